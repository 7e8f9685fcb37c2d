// SPDX-License-Identifier: Apache-2.0
#include "platform/results/fault_summary.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "platform/measure/paths.h"

namespace faultline {

namespace {

/// Adds one fault's slice to the sums.
void add(std::vector<StageSlice>& sums, const StageSlice& slice) {
  const auto same =
      std::ranges::find_if(sums, [&](const StageSlice& s) { return s.same_kind(slice); });
  if (same == sums.end()) {
    sums.push_back(slice);
  } else {
    same->visits += slice.visits;
    same->cycles += slice.cycles;
  }
}

void sort_stages(std::vector<StageSlice>& stages) {
  std::ranges::sort(stages, [](const StageSlice& a, const StageSlice& b) {
    return std::tuple(a.stage, b.level, a.served_by) < std::tuple(b.stage, a.level, b.served_by);
  });
}

}  // namespace

Cycles nearest_rank(std::span<const Cycles> sorted, unsigned percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[rank - 1];
}

Distribution describe(std::vector<Cycles> sample) {
  if (sample.empty()) return {};
  std::ranges::sort(sample);
  return {.min = sample.front(),
          .median = nearest_rank(sample, 50),
          .p95 = nearest_rank(sample, 95),
          .p99 = nearest_rank(sample, 99),
          .max = sample.back(),
          .sum = std::accumulate(sample.begin(), sample.end(), Cycles{0})};
}

std::vector<PathSummary> summarise(const FaultLog& log) {
  struct Collected {
    std::vector<Cycles> totals;
    PathSummary summary;
  };
  std::vector<Collected> paths(fault_paths().size());
  for (const FaultRecord& fault : log.faults) {
    if (!fault.in_roi) continue;
    Collected& path = paths[fault.path];
    path.totals.push_back(fault.total);
    path.summary.resumed += fault.outcome == FaultOutcome::Resumed ? 1 : 0;
    for (const StageSlice& slice : log.slices_of(fault)) add(path.summary.stages, slice);
  }
  std::vector<PathSummary> taken;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Collected& path = paths[i];
    if (path.totals.empty()) continue;
    path.summary.path = i;
    path.summary.count = path.totals.size();
    path.summary.cycles = describe(std::move(path.totals));
    sort_stages(path.summary.stages);
    taken.push_back(std::move(path.summary));
  }
  return taken;
}

}  // namespace faultline
