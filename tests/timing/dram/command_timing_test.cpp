// SPDX-License-Identifier: Apache-2.0
// Exact cycles of commands, derived by hand. All of DDR4-2400 with 8 Gb devices:
//   CL 17, CWL 12, tRCD 17, tRP 17, tRAS 39, tRC 56, tRRD_S 4, tRRD_L 6, tFAW 26, tCCD_S 4, tCCD_L
//   6, tWR 18, tWTR_S 3, tWTR_L 9, tRTP 9, tRFC 420, tREFI 9360; a burst takes 4 cycles.

#include <gtest/gtest.h>

#include "tests/unit/dram/controller_driver.h"

namespace faultline::test {
namespace {

using enum DramCommand;

DramCycles cycle_of(const ControllerDriver& driver, DramCommand command, unsigned number = 0) {
  for (const CommandRecord& c : driver.commands) {
    if (c.command == command && number-- == 0) return c.cycle;
  }
  ADD_FAILURE() << "no such " << to_string(command);
  return 0;
}

/// Runs up to `cycle` and returns how many commands are out: before cycle n is decided, and after.
std::size_t issued_before(ControllerDriver& driver, DramCycles cycle) {
  driver.run_until(cycle);
  return driver.commands.size();
}

TEST(dram_commands, closed_row_read) {
  ControllerDriver driver;
  // ACT in 100, RD after tRCD in 117, data 134 to 137 (CL 17, 4 cycles): done in 138.
  const auto& read = driver.read({.row = 1}, 100);
  EXPECT_EQ(issued_before(driver, 117), 1U);
  EXPECT_EQ(issued_before(driver, 118), 2U);
  EXPECT_EQ(cycle_of(driver, Activate), 100U);
  EXPECT_EQ(read.done->cycle, 138U);
}

TEST(dram_commands, row_hit_read) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  // The row is open since 100; RD at once: 200 + 17 + 4.
  const auto& read = driver.read({.column = 1, .row = 1}, 200);
  EXPECT_EQ(issued_before(driver, 200), 2U);
  EXPECT_EQ(issued_before(driver, 201), 3U);
  EXPECT_EQ(read.done->cycle, 221U);
}

TEST(dram_commands, row_conflict_read) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  // PRE in 200, ACT after tRP in 217, RD after tRCD in 234, done after 17 + 4 in 255.
  const auto& read = driver.read({.row = 2}, 200);
  EXPECT_EQ(issued_before(driver, 217), 3U);
  EXPECT_EQ(issued_before(driver, 218), 4U);
  EXPECT_EQ(issued_before(driver, 234), 4U);
  EXPECT_EQ(issued_before(driver, 235), 5U);
  EXPECT_EQ(read.done->cycle, 255U);
}

TEST(dram_commands, conflict_waits_for_t_ras) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  // tRAS after ACT is 139; tRTP after RD would be 117 + 9 = 126.
  driver.read({.row = 2}, 120);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Precharge), 139U);
  EXPECT_EQ(cycle_of(driver, Activate, 1), 156U);  // = 100 + tRC, too
}

TEST(dram_commands, conflict_waits_for_t_rtp) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  driver.read({.column = 1, .row = 1}, 150);
  driver.read({.row = 2}, 151);  // PRE at 150 + 9
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Precharge), 159U);
}

TEST(dram_commands, conflict_waits_for_write_recovery) {
  ControllerDriver driver;
  driver.write({.row = 1}, 100);
  // WR in 117, its data ends after 12 + 4, tWR 18: PRE in 151.
  driver.read({.row = 2}, 120);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Write), 117U);
  EXPECT_EQ(cycle_of(driver, Precharge), 151U);
}

TEST(dram_commands, column_commands_are_t_ccd_s_apart_between_bank_groups) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  driver.read({.bank_group = 1, .row = 1}, 100);
  driver.drain();
  driver.read({.column = 1, .row = 1}, 200);
  driver.read({.bank_group = 1, .column = 1, .row = 1}, 200);
  EXPECT_EQ(issued_before(driver, 204), 5U);
  EXPECT_EQ(issued_before(driver, 205), 6U);
}

TEST(dram_commands, column_commands_are_t_ccd_l_apart_within_a_bank_group) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  driver.drain();
  driver.read({.column = 1, .row = 1}, 200);
  driver.read({.column = 2, .row = 1}, 200);
  EXPECT_EQ(issued_before(driver, 206), 3U);
  EXPECT_EQ(issued_before(driver, 207), 4U);
}

TEST(dram_commands, activates_obey_t_rrd_and_the_window_of_four) {
  ControllerDriver driver;
  // Banks of different groups: tRRD_S 4. Within group 0: tRRD_L 6. The fifth waits for tFAW 26
  // after the first. RD of bank 0 falls into 117 and delays nobody.
  for (std::uint8_t group = 0; group < 4; ++group)
    driver.read({.bank_group = group, .row = 1}, 100);
  driver.read({.bank_group = 1, .bank = 1, .row = 1}, 100);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Activate, 0), 100U);
  EXPECT_EQ(cycle_of(driver, Activate, 1), 104U);
  EXPECT_EQ(cycle_of(driver, Activate, 2), 108U);
  EXPECT_EQ(cycle_of(driver, Activate, 3), 112U);
  EXPECT_EQ(cycle_of(driver, Activate, 4), 126U);

  ControllerDriver same_group;
  same_group.read({.bank = 0, .row = 1}, 100);
  same_group.read({.bank = 1, .row = 1}, 100);
  same_group.drain();
  EXPECT_EQ(cycle_of(same_group, Activate, 1), 106U);
}

TEST(dram_commands, write_to_read_turnaround) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  driver.read({.bank_group = 1, .row = 1}, 100);
  driver.drain();
  // WR in 200. Same bank group: CWL 12 + burst 4 + tWTR_L 9 = 25.
  driver.write({.column = 1, .row = 1}, 200);
  driver.read({.column = 2, .row = 1}, 201);
  EXPECT_EQ(issued_before(driver, 225), 5U);
  EXPECT_EQ(issued_before(driver, 226), 6U);
  // WR in 300. Other bank group: 12 + 4 + tWTR_S 3 = 19.
  driver.write({.column = 3, .row = 1}, 300);
  driver.read({.bank_group = 1, .column = 2, .row = 1}, 301);
  EXPECT_EQ(issued_before(driver, 319), 7U);
  EXPECT_EQ(issued_before(driver, 320), 8U);
}

TEST(dram_commands, read_to_write_turnaround) {
  ControllerDriver driver;
  driver.read({.row = 1}, 100);
  driver.drain();
  // RD in 200; WR after CL 17 - CWL 12 + burst 4 + turnaround 1 + preamble 1 = 11.
  driver.read({.column = 1, .row = 1}, 200);
  driver.write({.column = 2, .row = 1}, 201);
  EXPECT_EQ(issued_before(driver, 211), 3U);
  EXPECT_EQ(issued_before(driver, 212), 4U);
}

TEST(dram_commands, another_rank_waits_for_the_data_bus) {
  DramParams params;
  params.ranks = 2;
  ControllerDriver driver(params);
  driver.read({.rank = 0, .row = 1}, 100);
  driver.read({.rank = 1, .row = 1}, 100);
  driver.drain();
  // Burst 4 + tRTRS 2.
  driver.read({.rank = 0, .column = 1, .row = 1}, 200);
  driver.read({.rank = 1, .column = 1, .row = 1}, 200);
  EXPECT_EQ(issued_before(driver, 206), 5U);
  EXPECT_EQ(issued_before(driver, 207), 6U);
}

TEST(dram_commands, refresh_blocks_the_rank_for_t_rfc) {
  ControllerDriver driver;
  // REF in 9360 (no row is open); a read that comes just then: ACT in 9360 + 420, RD + 17, + 17
  // + 4.
  const auto& read = driver.read({.row = 1}, 9'360);
  EXPECT_EQ(issued_before(driver, 9'780), 1U);
  EXPECT_EQ(issued_before(driver, 9'781), 2U);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Refresh), 9'360U);
  EXPECT_EQ(read.done->cycle, 9'360U + 420 + 17 + 17 + 4);
}

TEST(dram_commands, refresh_closes_open_rows_first) {
  ControllerDriver driver;
  driver.read({.row = 1}, 9'330);
  // ACT in 9330, RD in 9347; PREA when tRAS allows: 9369 (tRTP: 9356); REF after tRP: 9386 = ACT +
  // tRC.
  driver.drain();
  driver.run_until(9'400);
  EXPECT_EQ(cycle_of(driver, PrechargeAll), 9'369U);
  EXPECT_EQ(cycle_of(driver, Refresh), 9'386U);
}

TEST(dram_commands, a_request_that_comes_before_the_refresh_is_not_started_after_it_is_due) {
  ControllerDriver driver;
  // ACT in 9350; RD could go in 9367, but the refresh is due in 9360: PREA in 9389 (tRAS), REF in
  // 9406, ACT again in 9826, RD in 9843, done in 9864.
  const auto& read = driver.read({.row = 1}, 9'350);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, PrechargeAll), 9'389U);
  EXPECT_EQ(cycle_of(driver, Refresh), 9'406U);
  EXPECT_EQ(cycle_of(driver, Read), 9'843U);
  EXPECT_EQ(read.done->cycle, 9'864U);
  EXPECT_EQ(read.done->row, RowResult::Closed);
}

TEST(dram_commands, auto_precharge_closes_after_t_ras) {
  DramParams params;
  params.page_policy = PagePolicy::Closed;
  ControllerDriver driver(params);
  driver.read({.row = 1}, 100);
  // RDA in 117; the device precharges in 139 (tRAS); ACT after tRP.
  driver.read({.row = 2}, 140);
  driver.drain();
  EXPECT_EQ(cycle_of(driver, Activate, 1), 156U);
}

/// Cycles per line of a long stream of reads over `lines` neighbouring lines, queue always full.
double cycles_per_line(const DramParams& params, std::uint64_t lines) {
  ControllerDriver driver(params);
  for (std::uint64_t line = 0; line < lines; ++line) {
    driver.make_room(params.read_queue_depth - 1);
    driver.read(driver.map.locate(line));
  }
  driver.drain();
  return static_cast<double>(driver.controller.now()) / static_cast<double>(lines);
}

TEST(dram_commands, a_stream_over_bank_groups_reaches_the_bus_less_refresh) {
  // tCCD_S = 4 cycles a line is the whole bus. Refresh takes tRP + tRFC = 437 and reopening tRCD 17
  // and some of tRC of every 9360: the stream keeps 1 - 437/9360 = 95.3 % at best.
  const double per_line = cycles_per_line({}, 50'000);
  EXPECT_GT(per_line, 4.0 / (1.0 - 437.0 / 9'360.0) - 0.01);
  EXPECT_LT(per_line, 4.0 / 0.94);
}

TEST(dram_commands, a_stream_within_one_bank_group_is_limited_by_t_ccd_l) {
  DramParams params;
  params.address_order = "row-rank-bank-bankgroup-column-channel";
  params.read_queue_depth = 2;  // a longer queue would see the next bank group's row coming
  const double per_line = cycles_per_line(params, 50'000);
  EXPECT_GT(per_line, 6.0);
  EXPECT_LT(per_line, 6.0 / 0.9);
}

TEST(dram_commands, random_rows_of_one_bank_cost_t_rc_each) {
  ControllerDriver driver;
  constexpr unsigned kReads = 1'000;
  for (std::uint32_t i = 0; i < kReads; ++i) {
    driver.make_room(1);
    driver.read({.row = i % 50'000});
  }
  driver.drain();
  // 56 cycles a read, and a refresh (437) every 9360.
  const double per_read = static_cast<double>(driver.controller.now()) / kReads;
  EXPECT_NEAR(per_read, 56.0 / (1.0 - 437.0 / 9'360.0), 0.5);
}

}  // namespace
}  // namespace faultline::test
