// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tables that a run prints: what each fault path cost, where its cycles went, and a summary of
// the machine's counters. At most 120 columns wide.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/config/machine_config.h"
#include "platform/results/fault_summary.h"
#include "platform/results/run_result.h"

namespace faultline {

/// One line a path: count, minimum, median, p95, p99 and maximum, in cycles and in nanoseconds.
[[nodiscard]] std::string path_table(const std::vector<PathSummary>& paths, const CpuConfig& cpu);
/// One line a stage, one column a path: mean cycles of a fault, and the share of the path's cycles.
[[nodiscard]] std::string stage_table(const std::vector<PathSummary>& paths);
/// Instructions, cycles, hit rates, walks, DRAM rows.
[[nodiscard]] std::string summary_text(const RunResult& result, const CpuConfig& cpu);

}  // namespace faultline
