// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the co-simulation of L2 TLBs has seen.

#include <optional>
#include <vector>

#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/tlb_stats.h"
#include "platform/cosim/coverage.h"
#include "platform/cosim/tlb_round.h"

namespace faultline {

class TlbCoverage {
 public:
  TlbCoverage();

  /// What follows is of a design with `params`.
  void begin_design(const MmuParams& params);
  /// One operation with its answer, and the counts before and after it.
  void operation(const TlbOperation& operation, const std::optional<Leaf>& answer,
                 const TlbStats& before, const TlbStats& after);

  [[nodiscard]] const std::vector<CoverTable>& tables() const { return tables_; }

 private:
  std::vector<CoverTable> tables_;
};

}  // namespace faultline
