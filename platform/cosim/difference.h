// SPDX-License-Identifier: Apache-2.0
#pragma once

// The first difference of a round, in words, and the comparisons that are not of single answers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/stats.h"
#include "models/common/types.h"
#include "platform/cosim/round.h"

namespace faultline {

struct Difference {
  enum class Kind : std::uint8_t {
    Record,      ///< an answer, in more than its cycles
    Cycle,       ///< an answer, in its cycles only
    Silence,     ///< an answer that does not come
    Memory,      ///< what is in memory at the end
    Statistics,  ///< what was counted
    Assertion,   ///< an engine complained itself
  };
  Kind kind = Kind::Record;
  std::string summary;  ///< one line: what differs
  std::string details;  ///< lines: both sides, and what is around it; may be empty
};

/// "record", "cycle", ...
[[nodiscard]] const char* to_string(Difference::Kind kind);

/// The first counter that differs in two trees of the same shape: "level1.hits is 3 and 4".
[[nodiscard]] std::optional<std::string> compare_statistics(const StatGroup& left,
                                                            const StatGroup& right);

/// Names and contents of the two memories that are compared.
struct MemoryPair {
  std::string left_name, right_name;
  const std::vector<std::uint64_t>& left;
  const std::vector<std::uint64_t>& right;
};

/// The entries that differ, at most a few, in lines; nothing if there are none.
[[nodiscard]] std::optional<std::string> compare_memory(const Round& round,
                                                        const MemoryPair& memory);

/// The entries on the path of an address from the root on, a line each: as they were when the round
/// began and as they are now on either side.
[[nodiscard]] std::string describe_path(const Round& round, const MemoryPair& memory,
                                        const WalkRequest& request);
/// One line: "load of 0x... by U mode, satp 0x..., SUM 0, MXR 0, ADUE 1".
[[nodiscard]] std::string describe(const WalkRequest& request);

}  // namespace faultline
