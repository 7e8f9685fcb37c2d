// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/hart_stats.h"

#include <algorithm>
#include <string>

#include "models/cpu/csr.h"
#include "models/cpu/hart_stop.h"

namespace faultline {

namespace {

/// "load page fault" becomes "load_page_fault"; letters are lowered.
std::string snake_case(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == ' ' ? '_' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return name;
}

void register_causes(StatGroup& stats, std::array<std::uint64_t, 16>& counters,
                     std::uint64_t interrupt) {
  for (unsigned code = 0; code < counters.size(); ++code) {
    const std::string name = cause_name(interrupt | code);
    if (name == "reserved") continue;
    stats.counter(snake_case(name), "traps", "Traps with this cause: " + name, counters[code]);
  }
}

}  // namespace

void HartStats::register_statistics(StatGroup& stats) {
  stats.counter("instructions", "instructions", "Instructions retired", instructions);
  stats.counter("cycles", "cycles", "Core cycles: instructions plus all stalls", cycles);
  stats.counter("loads", "instructions", "Loads retired, atomics not included", loads);
  stats.counter("stores", "instructions", "Stores retired, atomics not included", stores);
  stats.counter("atomics", "instructions", "LR, SC and AMO instructions retired", atomics);
  stats.counter("branches", "instructions", "Conditional branches retired", branches);
  stats.counter("taken_branches", "instructions", "Conditional branches taken", taken_branches);
  stats.counter("mispredictions", "instructions",
                "Branches and jumps through registers that were mispredicted (cycle fidelity)",
                mispredictions);
  stalls.register_statistics(stats);
  stats.derived("ipc", "instructions/cycle", "Instructions per cycle", [this] {
    return cycles == 0 ? 0.0 : static_cast<double>(instructions) / static_cast<double>(cycles);
  });
  StatGroup& traps = stats.group("traps");
  register_causes(traps, exceptions, 0);
  register_causes(traps, interrupts, kCauseInterrupt);
}

}  // namespace faultline
