// SPDX-License-Identifier: Apache-2.0
#pragma once

// Statistics as JSON. The order is that of registration, numbers are exact or shortest round-trip,
// so the same run gives the same bytes.

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "models/common/stats.h"
#include "platform/results/run_result.h"

namespace faultline {

/// The values of a group now: each statistic is {"value", "unit", "description"} under its name,
/// each group an object under its own.
[[nodiscard]] nlohmann::ordered_json to_json(const StatGroup& group);

/// The value at a dotted path of what to_json() made ("mmu.l1_dtlb.hits"); nothing if it is not
/// there.
[[nodiscard]] std::optional<double> statistic(const nlohmann::ordered_json& statistics,
                                              std::string_view path);

/// The whole of stats.json: format, run, statistics, counts, faults by path with their stages.
[[nodiscard]] nlohmann::ordered_json stats_document(const RunResult& result);

}  // namespace faultline
