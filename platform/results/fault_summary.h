// SPDX-License-Identifier: Apache-2.0
#pragma once

// A fault log reduced to figures: what each path cost and where its cycles went.

#include <cstdint>
#include <span>
#include <vector>

#include "platform/measure/fault_log.h"

namespace faultline {

/// Five figures of a sample, all of them values that occur in it.
struct Distribution {
  Cycles min = 0;
  Cycles median = 0;
  Cycles p95 = 0;
  Cycles p99 = 0;
  Cycles max = 0;
  Cycles sum = 0;
};

/// The percentile by the nearest-rank method: the smallest value that at least `percent` per cent
/// of the sample do not exceed, that is the one of rank ceil(percent / 100 * n). `sorted` is
/// ascending and not empty; `percent` is from 1 to 100.
[[nodiscard]] Cycles nearest_rank(std::span<const Cycles> sorted, unsigned percent);
/// All zero for an empty sample.
[[nodiscard]] Distribution describe(std::vector<Cycles> sample);

/// All faults of one path.
struct PathSummary {
  std::size_t path = 0;  ///< index in fault_paths()
  std::uint64_t count = 0;
  std::uint64_t resumed = 0;  ///< how many went on with the same access
  Distribution cycles;
  /// Sums over the path's faults, sorted by stage, then level from the root down, then who served.
  /// They add up to cycles.sum.
  std::vector<StageSlice> stages;
};

/// The paths that were taken within the region of interest, in the order of fault_paths(). Faults
/// of every outcome count.
[[nodiscard]] std::vector<PathSummary> summarise(const FaultLog& log);

}  // namespace faultline
