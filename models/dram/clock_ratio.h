// SPDX-License-Identifier: Apache-2.0
#pragma once

// Conversion between core cycles and DRAM cycles by their exact ratio, in integers. A time that
// lies between two edges is moved to the later one.

#include <numeric>

#include "models/common/types.h"
#include "models/dram/timing.h"

namespace faultline {

class ClockRatio {
 public:
  /// `core_period_ps`: one core cycle. The DRAM clock has half the data rate: 2,000,000 /
  /// `data_rate_mtps` picoseconds, which need not be a whole number.
  ClockRatio(std::uint64_t core_period_ps, unsigned data_rate_mtps) {
    const std::uint64_t core = core_period_ps * data_rate_mtps;
    constexpr std::uint64_t kDram = 2'000'000;
    const std::uint64_t common = std::gcd(core, kDram);
    core_ = core / common;
    dram_ = kDram / common;
  }

  /// The first DRAM edge at or after a core edge.
  [[nodiscard]] DramCycles to_dram(Cycles core) const { return (core * core_ + dram_ - 1) / dram_; }
  /// The first core edge at or after a DRAM edge.
  [[nodiscard]] Cycles to_core(DramCycles dram) const { return (dram * dram_ + core_ - 1) / core_; }
  /// The first core edge after a DRAM edge.
  [[nodiscard]] Cycles core_after(DramCycles dram) const { return dram * dram_ / core_ + 1; }

 private:
  // One core cycle is core_/dram_ DRAM cycles; both are small, so products stay far below 2^64.
  std::uint64_t core_ = 1;
  std::uint64_t dram_ = 1;
};

}  // namespace faultline
