// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a walk engine answers to one request, as a table of named values that can be compared and
// shown side by side.

#include <cstdint>
#include <string>
#include <vector>

#include "models/mmu/leaf.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// Everything that WalkEngine::walk() gives.
struct WalkAnswer {
  WalkRecord record{};
  Leaf leaf{};
  bool cacheable = true;
};

/// True if both say the same: the whole record with all its reads and updates, the leaf if there is
/// one, and whether it may be kept.
[[nodiscard]] bool same(const WalkAnswer& a, const WalkAnswer& b);

/// True if they say the same but for the cycles in which they say it.
[[nodiscard]] bool same_but_for_cycles(WalkAnswer a, WalkAnswer b);

/// One line of an answer: "read 0 issued" and "123".
struct AnswerLine {
  std::string name;
  std::string value;
};
/// All lines of an answer; cycles are counted from `start` on.
[[nodiscard]] std::vector<AnswerLine> describe(const WalkAnswer& answer, Cycles start);

/// Two lists of lines beside each other, under the names of their sides; lines that differ, or that
/// one side does not have, are marked.
[[nodiscard]] std::string side_by_side(const std::string& left_name,
                                       const std::vector<AnswerLine>& left,
                                       const std::string& right_name,
                                       const std::vector<AnswerLine>& right);

}  // namespace faultline
