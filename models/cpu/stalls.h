// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a hart's cycles go. Every cycle is either the issue cycle of a retired instruction or has
// one of the reasons below; the sum is the hart's cycles, exactly.

#include <array>
#include <cstdint>

#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/common/types.h"

namespace faultline {

enum class Stall : std::uint8_t {
  FetchTranslation,  ///< instruction TLBs and walks
  Fetch,             ///< L1I misses
  Operand,           ///< waiting for a register or a busy unit
  DataTranslation,   ///< data TLBs and walks
  Load,              ///< L1D misses of loads and atomics
  Store,             ///< stores that found no free miss entry
  Device,            ///< uncached accesses
  Branch,            ///< penalties of jumps and branches
  System,            ///< CSR writes, fences, returns from traps
  Trap,              ///< entering exceptions and interrupts
  Wait,              ///< wfi
};
inline constexpr unsigned kStalls = 11;

/// The counters. Time is charged after it has passed: remember the clock before, charge since then.
class Stalls {
 public:
  void charge(Stall reason, Cycles n) { cycles_[static_cast<unsigned>(reason)] += n; }
  /// The clock has moved from `start` to now for this reason.
  void charge_since(Stall reason, Cycles start, const LocalClock& clock) {
    charge(reason, clock.now() - start);
  }
  /// Spends `n` cycles for this reason.
  void spend(Stall reason, Cycles n, LocalClock& clock) {
    clock.advance(n);
    charge(reason, n);
  }
  [[nodiscard]] std::uint64_t of(Stall reason) const {
    return cycles_[static_cast<unsigned>(reason)];
  }
  [[nodiscard]] std::uint64_t total() const;
  void register_statistics(StatGroup& stats);

 private:
  std::array<std::uint64_t, kStalls> cycles_{};
};

}  // namespace faultline
