// SPDX-License-Identifier: Apache-2.0
#pragma once

// The hardware performance monitor of a hart: mcycle, minstret and mhpmcounter3..31 with their
// event selectors and mcountinhibit (RISC-V Privileged 1.12, 3.1.10 and 3.1.12). Counting costs
// nothing: the models count anyway, and a counter is the difference between a model's count now and
// an offset, taken when somebody reads it. Not modelled: overflow interrupts and filtering by
// privilege (Sscofpmf).

#include <array>
#include <cstdint>
#include <functional>

#include "models/cpu/csr.h"

namespace faultline {

/// What mhpmevent3..31 can select. The values are those that software writes; any other value reads
/// back as 0 and counts nothing.
enum class CounterEvent : std::uint8_t {
  None = 0,
  L1ItlbMiss = 1,
  L1DtlbMiss = 2,
  L2TlbMiss = 3,
  Walk = 4,        ///< table walks
  WalkCycles = 5,  ///< cycles from a walk's request to its result
  PageFault = 6,   ///< traps with cause 12, 13 or 15
  L1iMiss = 7,
  L1dMiss = 8,
  L2Miss = 9,
};
inline constexpr unsigned kCounterEvents = 10;

/// Counters 0 (cycle), 2 (instret) and 3..31 of a hart. Index 1 is time, which is no counter of the
/// hart.
class CsrCounters {
 public:
  /// Gives the count of a model since power-on; never decreases (see hold()).
  using Source = std::function<std::uint64_t()>;

  /// Core cycles at the start of the instruction being executed.
  void connect_cycle(Source source) { cycle_ = std::move(source); }
  /// Instructions retired before the one being executed.
  void connect_instret(Source source) { instret_ = std::move(source); }
  /// `event` is not None. An event without a source counts nothing.
  void connect(CounterEvent event, Source source) {
    sources_[static_cast<unsigned>(event)] = std::move(source);
  }

  /// The value of counter `index` (0, 2..31).
  [[nodiscard]] std::uint64_t value(unsigned index) const {
    return counters_[index].offset + source_now(index);
  }
  /// Software writes a counter. The write takes the place of the increment by the writing
  /// instruction itself, so the next instruction reads from minstret what was written.
  void write(unsigned index, std::uint64_t value);

  [[nodiscard]] std::uint64_t inhibit() const { return inhibit_; }
  /// Bit 1 is read-only 0. A counter keeps its value while its bit is set.
  void write_inhibit(std::uint64_t bits);

  /// The event that counter `index` (3..31) counts.
  [[nodiscard]] CounterEvent event(unsigned index) const { return counters_[index].event; }
  /// Selects an event; the counter keeps its value.
  void write_event(unsigned index, std::uint64_t event);

  /// Around a reset of the models' statistics: every counter keeps its value, so that a guest does
  /// not see that somebody outside started a new region of interest. Pairs may nest.
  void hold();
  void release();

 private:
  struct Counter {
    std::uint64_t offset = 0;  ///< value = offset + source_now, modulo 2^64
    CounterEvent event = CounterEvent::None;
  };

  [[nodiscard]] std::uint64_t source_now(unsigned index) const;
  [[nodiscard]] bool counts(unsigned index) const {
    return holds_ == 0 && (inhibit_ >> index & 1) == 0;
  }
  template <typename Change>
  void keep_values(Change change);

  Source cycle_, instret_;
  std::array<Source, kCounterEvents> sources_;
  std::array<Counter, counter::kCount> counters_{};
  std::uint64_t inhibit_ = 0;
  unsigned holds_ = 0;
};

}  // namespace faultline
