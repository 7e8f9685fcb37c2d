// SPDX-License-Identifier: Apache-2.0
#pragma once

// The state of the in-order pipeline in cycle fidelity: when each register is ready, when the
// current instruction was issued, and the branch predictor. See timing.h for what is modelled.

#include <algorithm>
#include <array>

#include "models/common/types.h"
#include "models/cpu/arch_state.h"
#include "models/cpu/branch_predictor.h"
#include "models/cpu/timing.h"

namespace faultline {

struct Pipeline {
  explicit Pipeline(const TimingParams& params)
      : latency(latency_table(params)), predictor(params.bht_entries, params.ras_entries) {}

  // Units that take one operation at a time stand behind the registers.
  static constexpr unsigned kMultiplier = ArchState::kRegisters;
  static constexpr unsigned kDivider = kMultiplier + 1;
  static constexpr unsigned kFloatDivider = kMultiplier + 2;

  /// First cycle in which an instruction that uses this register (or unit) may issue.
  std::array<Cycles, ArchState::kRegisters + 3> ready{};
  /// Cycle in which the current instruction was issued: it is that instruction's own cycle; a
  /// load's or store's is that of its (last) access to the L1D.
  Cycles issued = 0;
  LatencyTable latency;
  BranchPredictor predictor;

  /// First cycle in which `inst` may issue: its sources are ready, and its destination has no older
  /// result on the way (read-after-write and write-after-write interlocks).
  [[nodiscard]] Cycles operands_ready(const DecodedInst& inst) const {
    return std::max(std::max(ready[inst.rs1], ready[inst.rs2]),
                    std::max(ready[inst.rs3], ready[inst.rd]));
  }
  /// The result goes to `rd` and may be used from `when` on.
  void set_result(unsigned rd, Cycles when) {
    ready[rd] = when;
    ready[ArchState::kDiscard] = 0;
  }
  void reset() {
    ready.fill(0);
    predictor.reset();
  }
};

}  // namespace faultline
