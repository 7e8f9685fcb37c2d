// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the co-simulation of walkers has seen: the results of walks and their reasons from the
// answers that both engines gave, the states of the machine from the RTL's ports.

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "models/common/stats.h"
#include "models/mmu/params.h"
#include "models/rtl/walker_module.h"
#include "platform/cosim/coverage.h"
#include "platform/cosim/round.h"
#include "platform/cosim/walk_answer.h"

namespace faultline {

class WalkCoverage {
 public:
  WalkCoverage();

  /// What follows is of a design with `params`.
  void begin_design(const MmuParams& params);
  /// What follows is of `round`, which outlives it.
  void begin_round(const Round& round);
  /// One walk, submitted in this cycle of the round, and its answer; `start` is the round's.
  void walk(const WalkRequest& request, Cycles submitted, const WalkAnswer& answer, Cycles start);
  /// One clock edge of the RTL's walker.
  void clock(Cycles cycle, const WalkerInputs& inputs, const WalkerOutputs& outputs);
  /// The walk caches' statistics at the end of a round.
  void end_round(const StatGroup& walk_cache);

  /// By level, access and result; fences by state; arcs; and so on.
  [[nodiscard]] const std::vector<CoverTable>& tables() const { return tables_; }

 private:
  struct Fence {
    Cycles cycle = 0;
    unsigned form = 0;
  };
  [[nodiscard]] CoverTable& table(std::size_t index) { return tables_[index]; }
  void decision(const WalkRequest& request, const WalkRecord& record);
  void rights(const WalkRequest& request, const WalkRecord& record, std::uint64_t pte);
  void reserved(const WalkRecord& record, std::uint64_t pte);
  void refusal(const WalkRecord& record);
  void moments(Cycles submitted, const WalkAnswer& answer);
  void queued_fences(const WalkRecord& record);
  void clock_engine(unsigned engine, const WalkerInputs& inputs, const WalkerOutputs& outputs);
  void coincidences(const WalkerInputs& inputs, const WalkerOutputs& outputs);

  std::vector<CoverTable> tables_;
  MmuParams params_{};
  const Round* round_ = nullptr;
  std::array<std::uint8_t, WalkerInputs::kMaxEngines> states_{};  // of the RTL, one edge ago
  std::array<bool, WalkerInputs::kMaxEngines> refused_{};         // a grant, one edge ago
  std::deque<Fence> fences_;                                      // the last ones
};

}  // namespace faultline
