// SPDX-License-Identifier: Apache-2.0
#pragma once

// The counters of one hart.

#include <array>
#include <cstdint>

#include "models/common/stats.h"
#include "models/cpu/stalls.h"

namespace faultline {

/// instructions + stalls.total() = cycles at every moment at which the hart is between two
/// instructions.
struct HartStats {
  std::uint64_t instructions = 0;
  std::uint64_t cycles = 0;
  std::uint64_t loads = 0;
  std::uint64_t stores = 0;
  std::uint64_t atomics = 0;
  std::uint64_t branches = 0;
  std::uint64_t taken_branches = 0;
  std::uint64_t mispredictions = 0;
  std::array<std::uint64_t, 16> exceptions{};  // by cause
  std::array<std::uint64_t, 16> interrupts{};
  Stalls stalls;

  /// Exceptions 12, 13 and 15.
  [[nodiscard]] std::uint64_t page_faults() const {
    return exceptions[12] + exceptions[13] + exceptions[15];
  }

  void register_statistics(StatGroup& stats);
};

}  // namespace faultline
