// SPDX-License-Identifier: Apache-2.0
#pragma once

// The states that a walk engine went through, cycle by cycle, from the record of the walk and the
// lengths of its steps: the table in models/mmu/walk_engine.h, read backwards.

#include <vector>

#include "models/common/types.h"
#include "models/mmu/params.h"
#include "models/mmu/walk_record.h"
#include "platform/waves/wave_names.h"

namespace faultline {

/// A state and its first cycle; it lasts until the next one begins.
struct WalkStateChange {
  Cycles cycle = 0;
  WaveWalkState state = WaveWalkState::Idle;
  bool operator==(const WalkStateChange&) const = default;
};

/// In order, from Accept at `started` to Idle at `finished`. States of no length are left out.
[[nodiscard]] std::vector<WalkStateChange> walk_states(const WalkRecord& walk,
                                                       const MmuParams& params);

}  // namespace faultline
