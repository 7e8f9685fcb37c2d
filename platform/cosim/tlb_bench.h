// SPDX-License-Identifier: Apache-2.0
#pragma once

// Two L2 TLBs side by side: each operation of a round is made on both, and answers, latencies and
// counts are compared after each.

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/mmu/l2_tlb.h"
#include "platform/cosim/difference.h"
#include "platform/cosim/tlb_coverage.h"
#include "platform/cosim/tlb_round.h"

namespace faultline {

/// What makes one of the two TLBs, and its name in reports.
struct NamedTlb {
  std::string name;
  std::function<std::unique_ptr<L2Tlb>(StatGroup& stats)> make;
};

/// How a round of TLBs went.
struct TlbRoundResult {
  std::uint64_t operations = 0;  ///< that were equal
  Cycles cycles = 0;
  std::optional<Difference> difference;
};

/// Plays one round; stops at the first difference.
[[nodiscard]] TlbRoundResult play_tlb_round(const std::vector<TlbOperation>& operations,
                                            const std::array<NamedTlb, 2>& tlbs,
                                            TlbCoverage& coverage);

}  // namespace faultline
