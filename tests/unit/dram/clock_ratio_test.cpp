// SPDX-License-Identifier: Apache-2.0
#include "models/dram/clock_ratio.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(clock_ratio, rounds_up_to_the_next_edge_of_the_other_clock) {
  // 1 GHz core, 1200 MHz DRAM: 5 core cycles are 6 DRAM cycles.
  const ClockRatio clock(1'000, 2'400);
  EXPECT_EQ(clock.to_dram(0), 0U);
  EXPECT_EQ(clock.to_dram(1), 2U);  // 1.2
  EXPECT_EQ(clock.to_dram(5), 6U);
  EXPECT_EQ(clock.to_core(6), 5U);
  EXPECT_EQ(clock.to_core(7), 6U);    // 5.83
  EXPECT_EQ(clock.to_core(11), 10U);  // 9.17
  EXPECT_EQ(clock.to_core(12), 10U);
}

TEST(clock_ratio, does_not_drift_over_days) {
  const ClockRatio clock(1'000, 2'400);
  const Cycles day = Cycles{86'400} * 1'000'000'000;
  EXPECT_EQ(clock.to_dram(7 * day), 7 * day / 5 * 6);
  EXPECT_EQ(clock.to_core(7 * day / 5 * 6), 7 * day);
}

TEST(clock_ratio, knows_the_first_core_edge_after_a_dram_edge) {
  const ClockRatio clock(1'000, 2'400);
  EXPECT_EQ(clock.core_after(0), 1U);
  EXPECT_EQ(clock.core_after(5), 5U);  // 4.17
  EXPECT_EQ(clock.core_after(6), 6U);  // the edges coincide: the next
}

TEST(clock_ratio, accepts_core_clocks_faster_and_slower_than_the_dram) {
  const ClockRatio fast(333, 3'200);  // 625 ps a DRAM cycle
  const ClockRatio slow(20'000, 1'600);
  for (DramCycles cycle = 0; cycle < 1'000; ++cycle) {
    EXPECT_EQ(fast.to_core(cycle), (cycle * 625 + 332) / 333);
    EXPECT_EQ(slow.to_core(cycle), (cycle * 1'250 + 19'999) / 20'000);
    EXPECT_EQ(slow.to_dram(cycle), cycle * 16);
  }
}

}  // namespace
}  // namespace faultline
