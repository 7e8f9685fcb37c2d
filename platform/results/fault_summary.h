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

/// All faults of one path, or those of them that met caches of one state.
struct PathSummary {
  std::size_t path = 0;  ///< index in fault_paths()
  CacheState caches = CacheState::Unknown;
  std::uint64_t count = 0;
  std::uint64_t minor = 0;  ///< as mm_account_fault counts; neither for errors
  std::uint64_t major = 0;
  std::uint64_t resumed = 0;  ///< how many went on with the same access
  Distribution cycles;
  /// Sums over the path's faults, sorted by stage, then level from the root down, then who served.
  /// They add up to cycles.sum.
  std::vector<StageSlice> stages;
};

/// What makes two faults belong to one summary.
enum class Grouping : std::uint8_t {
  Path,
  PathAndCaches,  ///< PathSummary::caches is what the guest said of them
};

/// The paths that were taken within the region of interest, in the order of fault_paths(). Faults
/// of every outcome count.
[[nodiscard]] std::vector<PathSummary> summarise(const FaultLog& log, Grouping grouping);

/// The smallest median of those paths whose accesses went on; 0 if there is none.
[[nodiscard]] Cycles cheapest_median(std::span<const PathSummary> paths);

/// What the kernel's counters count, seen from outside.
struct FaultCounts {
  std::uint64_t faults = 0;
  std::uint64_t minor = 0;
  std::uint64_t major = 0;
  std::uint64_t passes = 0;  ///< entries into handle_mm_fault
  std::uint64_t page_cache_hits = 0;
  std::uint64_t page_cache_misses = 0;
  std::vector<std::uint64_t> by_path;  ///< by index in fault_paths()
};

/// Which faults are counted.
enum class Coverage : std::uint8_t {
  Tables,    ///< those in the tables
  WholeRun,  ///< all since power-on
};
[[nodiscard]] FaultCounts count_faults(const FaultLog& log, Coverage coverage);

}  // namespace faultline
