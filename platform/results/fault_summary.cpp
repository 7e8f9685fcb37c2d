// SPDX-License-Identifier: Apache-2.0
#include "platform/results/fault_summary.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

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

std::vector<PathSummary> summarise(const FaultLog& log, Grouping grouping) {
  struct Collected {
    std::vector<Cycles> totals;
    PathSummary summary;
  };
  std::map<std::pair<std::size_t, CacheState>, Collected> paths;
  for (const FaultRecord& fault : log.faults) {
    if (!fault.in_roi) continue;
    const bool together = grouping == Grouping::Path;
    const CacheState caches = together ? CacheState::Unknown : fault.caches;
    Collected& path = paths[{fault.path, caches}];
    path.totals.push_back(fault.total);
    path.summary.minor += fault.account == FaultAccount::Minor ? 1 : 0;
    path.summary.major += fault.account == FaultAccount::Major ? 1 : 0;
    path.summary.resumed += fault.outcome == FaultOutcome::Resumed ? 1 : 0;
    for (const StageSlice& slice : log.slices_of(fault)) add(path.summary.stages, slice);
  }
  std::vector<PathSummary> taken;
  for (auto& [key, path] : paths) {
    std::tie(path.summary.path, path.summary.caches) = key;
    path.summary.count = path.totals.size();
    path.summary.cycles = describe(std::move(path.totals));
    sort_stages(path.summary.stages);
    taken.push_back(std::move(path.summary));
  }
  return taken;
}

Cycles cheapest_median(std::span<const PathSummary> paths) {
  Cycles cheapest = 0;
  for (const PathSummary& path : paths) {
    if (path.resumed == 0) continue;
    if (cheapest == 0 || path.cycles.median < cheapest) cheapest = path.cycles.median;
  }
  return cheapest;
}

FaultCounts count_faults(const FaultLog& log, Coverage coverage) {
  FaultCounts counts;
  counts.by_path.resize(fault_paths().size());
  for (const FaultRecord& fault : log.faults) {
    if (coverage == Coverage::Tables && !fault.in_roi) continue;
    ++counts.faults;
    ++counts.by_path[fault.path];
    counts.minor += fault.account == FaultAccount::Minor ? 1 : 0;
    counts.major += fault.account == FaultAccount::Major ? 1 : 0;
    counts.passes += fault.passes;
    counts.page_cache_hits += fault.page_cache_hits;
    counts.page_cache_misses += fault.page_cache_misses;
  }
  return counts;
}

}  // namespace faultline
