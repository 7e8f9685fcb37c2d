// SPDX-License-Identifier: Apache-2.0
// Where waves begin and end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/waves/wave_window.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;
using Kind = WavesTrigger::Kind;
using Start = WaveWindow::Start;

WaveWindow window(Kind kind, std::uint64_t number, Cycles cycles = 0, bool starts_timed = false) {
  return {{.on = true, .from = {kind, number}, .cycles = cycles}, starts_timed};
}

TEST(WaveWindow, from_a_cycle_is_known_at_once_and_watched_a_little_before) {
  WaveWindow w = window(Kind::Cycle, 5000, 70);
  EXPECT_EQ(w.observed_from(), (Start{.cycle = 5000 - WaveWindow::kLeadCycles}));
  EXPECT_EQ(w.begin(), 5000U);
  EXPECT_EQ(w.end(), 5070U);
  EXPECT_TRUE(w.reached(4990));
  EXPECT_TRUE(w.reached(5069));
  EXPECT_FALSE(w.reached(5070));
  w.run_ended(9000);
  EXPECT_EQ(w.end(), 5070U);
  EXPECT_EQ(w.remark(), "");
}

TEST(WaveWindow, near_the_start_is_watched_from_the_start) {
  EXPECT_EQ(window(Kind::Cycle, 3).observed_from(), (Start{.cycle = 0}));
  EXPECT_EQ(window(Kind::Cycle, 3).end(), 3 + WaveWindow::kUsualCycles);
}

TEST(WaveWindow, from_an_instruction_begins_when_the_hart_gets_there) {
  WaveWindow w = window(Kind::Instruction, 100);
  EXPECT_EQ(w.observed_from(), (Start{.instructions = 100}));
  EXPECT_FALSE(w.begin());
  EXPECT_TRUE(w.reached(260));
  EXPECT_EQ(w.begin(), 260U);
  EXPECT_EQ(w.end(), 260 + WaveWindow::kUsualCycles);
}

TEST(WaveWindow, from_a_fault_is_watched_from_the_fault_before) {
  WaveWindow w = window(Kind::Fault, 3);
  EXPECT_EQ(w.observed_from(), Start{});
  EXPECT_FALSE(w.fault_raised(1000));
  EXPECT_TRUE(w.fault_raised(2000));
  EXPECT_TRUE(w.reached(2100));
  EXPECT_FALSE(w.begin());
  EXPECT_FALSE(w.fault_raised(3000));
  EXPECT_EQ(w.begin(), 3000U);
  EXPECT_EQ(w.fault(), 3U);
  EXPECT_EQ(window(Kind::Fault, 1).observed_from(), (Start{.cycle = 0}));
}

TEST(WaveWindow, from_a_fault_ends_a_little_after_that_fault) {
  WaveWindow w = window(Kind::Fault, 1);
  w.fault_raised(1000);
  w.fault_raised(1500);  // within the first
  w.fault_closed(2, 1800);
  EXPECT_TRUE(w.reached(1900));
  w.fault_closed(1, 2000);
  EXPECT_EQ(w.end(), 2000 + WaveWindow::kCyclesAfterFault);
  w.run_ended(5000);
  EXPECT_EQ(w.remark(), "");
}

TEST(WaveWindow, of_a_given_length_does_not_care_when_the_fault_ends) {
  WaveWindow w = window(Kind::Fault, 1, 500);
  w.fault_raised(1000);
  w.fault_closed(1, 1200);
  EXPECT_EQ(w.end(), 1500U);
}

TEST(WaveWindow, says_that_a_fault_is_longer_than_the_window) {
  WaveWindow w = window(Kind::Fault, 1);
  w.fault_raised(1000);
  EXPECT_FALSE(w.reached(1000 + WaveWindow::kMostCycles));
  w.fault_closed(1, 5'000'000);
  w.run_ended(6'000'000);
  EXPECT_EQ(w.end(), 1000 + WaveWindow::kMostCycles);
  EXPECT_THAT(w.remark(), HasSubstr("fault 1 was not over after 1000000 cycles"));
}

TEST(WaveWindow, from_the_first_fault_leaves_functional_ones_out) {
  WaveWindow w = window(Kind::FirstFault, 0);
  EXPECT_EQ(w.observed_from(), Start{});
  w.fault_raised(100);
  EXPECT_FALSE(w.begin());
  EXPECT_TRUE(w.fidelity_changed(true));
  w.fault_raised(900);
  EXPECT_EQ(w.begin(), 900U);
  EXPECT_EQ(w.fault(), 2U);
  w.fault_raised(950);
  EXPECT_EQ(w.begin(), 900U);
  EXPECT_FALSE(w.fidelity_changed(true));
  EXPECT_EQ(window(Kind::FirstFault, 0, 0, true).observed_from(), (Start{.cycle = 0}));
}

TEST(WaveWindow, ends_with_the_run_and_says_so) {
  WaveWindow w = window(Kind::Cycle, 100, 1000);
  w.run_ended(600);
  EXPECT_EQ(w.end(), 600U);
  EXPECT_EQ(w.remark(), "the run ended first");
}

TEST(WaveWindow, says_what_was_not_reached) {
  WaveWindow cycle = window(Kind::Cycle, 100);
  cycle.run_ended(100);
  EXPECT_FALSE(cycle.begin());
  EXPECT_EQ(cycle.remark(), "cycle 100 was not reached: the run ended in cycle 100");

  WaveWindow fault = window(Kind::Fault, 3);
  fault.fault_raised(10);
  fault.run_ended(100);
  EXPECT_FALSE(fault.begin());
  EXPECT_EQ(fault.remark(), "fault 3 was not reached: the run had 1");

  WaveWindow first = window(Kind::FirstFault, 0);
  first.fault_raised(10);
  first.run_ended(100);
  EXPECT_EQ(first.remark(), "there was no fault in cycle fidelity");

  WaveWindow instruction = window(Kind::Instruction, 7);
  instruction.run_ended(100);
  EXPECT_EQ(instruction.remark(), "instruction 7 was not reached before the run ended");
}

}  // namespace
}  // namespace faultline
