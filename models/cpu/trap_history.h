// SPDX-License-Identifier: Apache-2.0
#pragma once

// The last traps of a hart, and the judgement whether it is stuck in them. Two signs are
// unmistakable: traps follow each other without one instruction retired in between (a handler that
// cannot be fetched), or the very same exception comes again and again with the very same registers
// and no other trap in between, or traps pile up without one xRET between them. Calls
// (ecall) and interrupts are no sign of the second kind: a guest may well poll with them. Not
// detected: loops of several instructions that make no progress without trapping; those end by the
// limits.

#include <array>
#include <cstdint>

#include "models/cpu/arch_state.h"
#include "models/cpu/hart_params.h"
#include "models/cpu/hart_stop.h"

namespace faultline {

class TrapHistory {
 public:
  explicit TrapHistory(const HartLimits& limits) : limits_(limits) {}

  /// A trap was taken; `retired` counts instructions since the start, `state` is the hart's.
  /// Returns true if the hart is stuck.
  bool record(const TrapEntry& trap, std::uint64_t retired, const ArchState& state);
  /// An xRET was executed.
  void returned() { unreturned_ = 0; }
  /// Puts the last traps into a report, newest first.
  void describe(HartStop& stop) const;

 private:
  using Registers = std::array<std::uint64_t, 32>;

  [[nodiscard]] bool repeats(const TrapEntry& trap, const Registers& registers) const;
  [[nodiscard]] const TrapEntry& newest() const { return ring_[(count_ - 1) % ring_.size()]; }
  void keep(const TrapEntry& trap);

  HartLimits limits_;
  std::array<TrapEntry, HartStop::kTraps> ring_{};
  std::uint64_t count_ = 0;  // entries made; equal traps in a row share one
  std::uint64_t retired_ = 0;
  std::uint64_t fruitless_ = 0;
  std::uint64_t equal_ = 0;
  std::uint64_t unreturned_ = 0;
  Registers registers_{};
};

}  // namespace faultline
