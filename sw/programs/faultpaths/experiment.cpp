// SPDX-License-Identifier: Apache-2.0
#include "sw/programs/faultpaths/experiment.h"

/// Executes one instruction of each line of 128 KiB of code, and returns.
extern "C" void walk_through_code();

namespace faultpaths {

namespace {

/// Whether the kernel sets accessed bits, upon a fault (Svade), and not the hardware.
bool kernel_sets_accessed() {
  const Pages page = map_private(1);
  fill(page);
  const Pipe result;
  const pid_t child = spawn([&] {
    // The child's pages are old. The first round makes present and young all that the second needs.
    std::uint64_t faults = 0;
    for (int round = 0; round < 2; ++round) {
      const Pages own = round == 0 ? map_private(1) : page;
      const std::uint64_t before = fault_count();
      own.load(0);
      faults = fault_count() - before;
    }
    result.put(faults);
    return 0;
  });
  const bool faulted = result.take() != 0;
  if (!succeeds(child)) die("a child that reads a page");
  release(page);
  return faulted;
}

}  // namespace

Experiment::Experiment(const Settings& settings)
    : settings_(settings),
      kernel_sets_accessed_(kernel_sets_accessed()),
      buffer_(map_private(settings.evict_bytes / kPageSize)) {
  fill(buffer_);
  evict();
}

void Experiment::record(const char* path, Caches caches, std::uint64_t provoked,
                        std::uint64_t counted) {
  records_.push_back({path, caches, provoked, counted});
}

void Experiment::evict() const {
  constexpr std::size_t kLine = 64;
  const volatile std::uint8_t* const bytes = buffer_.base;
  for (std::size_t at = 0; at < buffer_.count * kPageSize; at += kLine) {
    [[maybe_unused]] const std::uint8_t value = bytes[at];
  }
  walk_through_code();
}

bool Experiment::report() const {
  bool right = true;
  std::printf("%-24s %-6s %9s %9s\n", "path", "caches", "provoked", "counted");
  for (const Record& record : records_) {
    std::printf("%-24s %-6s %9lu %9lu\n", record.path,
                record.caches == Caches::kWarm ? "warm" : "cold", record.provoked, record.counted);
    right = right && record.provoked == record.counted;
  }
  return right;
}

}  // namespace faultpaths
