// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a co-simulation says in the end, for people and for programs.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/cosim/cosim.h"
#include "platform/cosim/coverage.h"

namespace faultline {

/// What was compared, a line a design, with the rates.
[[nodiscard]] std::string designs_table(const CosimResult& result);
/// The names and descriptions of designs, a line each.
[[nodiscard]] std::string designs_list(const std::vector<CosimDesign>& designs);

/// A line a table; the tables of outcomes, fences and arcs in full; what is missing.
[[nodiscard]] std::string coverage_text(const std::vector<const CoverTable*>& tables);

/// Every bin of every table with its hits, and the reason of those that need not be reached.
[[nodiscard]] nlohmann::ordered_json coverage_json(const std::vector<const CoverTable*>& tables);
/// The same and all of `result`, which had this seed: cosim.json.
[[nodiscard]] nlohmann::ordered_json cosim_json(std::uint64_t seed, const CosimResult& result,
                                                const std::vector<const CoverTable*>& tables);

}  // namespace faultline
