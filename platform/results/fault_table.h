// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tables that a run prints: what each fault path cost, where its cycles went, and a summary of
// the machine's counters. The first is at most 120 columns wide, the second 160.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/config/machine_config.h"
#include "platform/results/fault_summary.h"
#include "platform/results/run_result.h"

namespace faultline {

/// One line a path (cold and warm caches apart): count, minimum, median, p95, p99 and maximum in
/// cycles, three of them in nanoseconds, and the median as a multiple of the cheapest path's.
[[nodiscard]] std::string path_table(const std::vector<PathSummary>& paths, const CpuConfig& cpu);
/// One line a path, one column a StageGroup that occurs: mean cycles of a fault. Empty without
/// faults.
[[nodiscard]] std::string stage_table(const std::vector<PathSummary>& paths);
/// latency.csv: a head, and a line a path with its figures and the mean cycles of every stage.
[[nodiscard]] std::string latency_csv(const std::vector<PathSummary>& paths);
/// Instructions, cycles, hit rates, walks, DRAM rows.
[[nodiscard]] std::string summary_text(const RunResult& result, const CpuConfig& cpu);

}  // namespace faultline
