// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/csr_counters.h"

namespace faultline {

/// Performs a change that must not change the value of any counter, only what it counts from now
/// on.
template <typename Change>
void CsrCounters::keep_values(Change change) {
  std::array<std::uint64_t, counter::kCount> values{};
  for (unsigned i = 0; i < counter::kCount; ++i) values[i] = value(i);
  change();
  for (unsigned i = 0; i < counter::kCount; ++i) counters_[i].offset = values[i] - source_now(i);
}

std::uint64_t CsrCounters::source_now(unsigned index) const {
  if (!counts(index)) return 0;
  const Source* source = nullptr;
  if (index == counter::kCycle) {
    source = &cycle_;
  } else if (index == counter::kInstret) {
    source = &instret_;
  } else {
    source = &sources_[static_cast<unsigned>(counters_[index].event)];
  }
  return *source ? (*source)() : 0;
}

void CsrCounters::write(unsigned index, std::uint64_t value) {
  const std::uint64_t own_retirement = index == counter::kInstret && counts(index) ? 1 : 0;
  counters_[index].offset = value - own_retirement - source_now(index);
}

void CsrCounters::write_inhibit(std::uint64_t bits) {
  constexpr std::uint64_t kWritable = 0xFFFF'FFFF & ~(std::uint64_t{1} << counter::kTime);
  keep_values([&] { inhibit_ = bits & kWritable; });
}

void CsrCounters::write_event(unsigned index, std::uint64_t event) {
  keep_values([&] {
    counters_[index].event =
        event < kCounterEvents ? static_cast<CounterEvent>(event) : CounterEvent::None;
  });
}

void CsrCounters::hold() {
  keep_values([this] { ++holds_; });
}

void CsrCounters::release() {
  keep_values([this] { --holds_; });
}

}  // namespace faultline
