// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/stalls.h"

#include <numeric>

namespace faultline {

std::uint64_t Stalls::total() const {
  return std::accumulate(cycles_.begin(), cycles_.end(), std::uint64_t{0});
}

void Stalls::register_statistics(StatGroup& stats) {
  struct Row {
    const char* name;
    const char* description;
  };
  static constexpr std::array<Row, kStalls> kRows{{
      {"stall_fetch_translation", "Waiting for instruction TLBs and their walks"},
      {"stall_fetch", "Waiting for L1I misses"},
      {"stall_operand", "Waiting for a register or a busy unit"},
      {"stall_data_translation", "Waiting for data TLBs and their walks"},
      {"stall_load", "Waiting for L1D misses of loads and atomics"},
      {"stall_store", "Stores that waited for a free miss entry"},
      {"stall_device", "Waiting for uncached accesses"},
      {"stall_branch", "Penalties of jumps and branches"},
      {"stall_system", "CSR writes, fences and returns from traps"},
      {"stall_trap", "Entering exceptions and interrupts"},
      {"stall_wait", "Waiting in wfi"},
  }};
  for (unsigned i = 0; i < kStalls; ++i) {
    stats.counter(kRows[i].name, "cycles", kRows[i].description, cycles_[i]);
  }
}

}  // namespace faultline
