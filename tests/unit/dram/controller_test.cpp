// SPDX-License-Identifier: Apache-2.0
// What the controller decides: scheduling, queues, refresh.

#include "models/dram/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dram/controller_driver.h"

namespace faultline::test {
namespace {

using enum DramCommand;
using ::testing::ElementsAre;

std::vector<DramCommand> kinds(const std::vector<CommandRecord>& commands) {
  std::vector<DramCommand> result;
  for (const CommandRecord& c : commands) result.push_back(c.command);
  return result;
}

unsigned count(const std::vector<CommandRecord>& commands, DramCommand kind) {
  return static_cast<unsigned>(std::count_if(commands.begin(), commands.end(),
                                             [&](const auto& c) { return c.command == kind; }));
}

TEST(controller, reports_what_a_read_found_in_its_bank) {
  ControllerDriver driver;
  const auto& closed = driver.read({.row = 1});
  driver.drain();
  const auto& hit = driver.read({.column = 5, .row = 1});
  driver.drain();
  const auto& conflict = driver.read({.row = 2});
  driver.drain();
  EXPECT_EQ(closed.done->row, RowResult::Closed);
  EXPECT_EQ(hit.done->row, RowResult::Hit);
  EXPECT_EQ(conflict.done->row, RowResult::Conflict);
  EXPECT_THAT(kinds(driver.commands), ElementsAre(Activate, Read, Read, Precharge, Activate, Read));
}

TEST(controller, records_say_what_each_command_addresses) {
  ControllerDriver driver;
  driver.read({.bank_group = 2, .bank = 3, .column = 9, .row = 77});
  driver.drain();
  driver.read({.bank_group = 2, .bank = 3, .column = 8, .row = 78});
  driver.drain();
  ASSERT_EQ(driver.commands.size(), 5U);
  EXPECT_EQ(driver.commands[0].location, (DramLocation{.bank_group = 2, .bank = 3, .row = 77}));
  EXPECT_EQ(driver.commands[1].location,
            (DramLocation{.bank_group = 2, .bank = 3, .column = 9, .row = 77}));
  EXPECT_EQ(driver.commands[2].location, (DramLocation{.bank_group = 2, .bank = 3}));
}

TEST(controller, serves_a_younger_row_hit_before_an_older_conflict) {
  ControllerDriver driver;
  driver.read({.row = 1});
  driver.drain();
  const auto& conflict = driver.read({.row = 2});
  const auto& hit = driver.read({.column = 1, .row = 1});
  driver.drain();
  EXPECT_LT(hit.done->cycle, conflict.done->cycle);
  EXPECT_EQ(conflict.done->row, RowResult::Conflict);
}

TEST(controller, serves_requests_to_one_row_in_their_order) {
  ControllerDriver driver;
  const auto& first = driver.read({.column = 3, .row = 1});
  const auto& second = driver.read({.column = 1, .row = 1});
  driver.drain();
  EXPECT_LT(first.done->cycle, second.done->cycle);
  EXPECT_EQ(second.done->row, RowResult::Hit);
}

TEST(controller, overtakes_the_oldest_request_at_most_as_often_as_the_cap_says) {
  DramParams params;
  params.starvation_cap = 8;
  ControllerDriver driver(params);
  driver.read({.row = 1});
  driver.drain();
  driver.commands.clear();
  const auto& victim = driver.read({.row = 2});
  for (std::uint16_t i = 1; i <= 20; ++i) driver.read({.column = i, .row = 1});
  driver.drain();
  ASSERT_TRUE(victim.done);
  const auto its_activate = std::find_if(driver.commands.begin(), driver.commands.end(),
                                         [](const auto& c) { return c.command == Activate; });
  EXPECT_EQ(count({driver.commands.begin(), its_activate}, Read), 8U);
  EXPECT_EQ(its_activate->location.row, 2U);
}

TEST(controller, lets_no_stream_of_writes_starve_a_read) {
  DramParams params;
  params.starvation_cap = 32;
  ControllerDriver driver(params);
  std::uint16_t next = 0;
  const auto write_more = [&] {
    driver.write({.bank_group = static_cast<std::uint8_t>(next % 4),
                  .column = static_cast<std::uint16_t>(next / 4 % 128),
                  .row = 3U + next / 512U});
    ++next;
  };
  while (driver.controller.queued_writes() < params.write_queue_depth) write_more();
  const auto& read = driver.read({.bank = 1, .row = 9});
  const std::uint64_t writes_before = driver.controller.stats().writes;
  while (!read.done) {
    driver.make_room(params.write_queue_depth);
    write_more();
  }
  EXPECT_EQ(driver.controller.stats().writes - writes_before, params.starvation_cap);
}

TEST(controller, holds_writes_back_while_reads_are_queued) {
  ControllerDriver driver;
  driver.write({.row = 7});
  const auto& read = driver.read({.bank_group = 1, .row = 1});
  driver.drain();
  const auto& commands = driver.commands;
  ASSERT_THAT(kinds(commands), ElementsAre(Activate, Read, Activate, Write));
  EXPECT_EQ(commands[1].cycle + driver.timing.cl + kBurstCycles, read.done->cycle);
}

TEST(controller, drains_from_the_high_watermark_to_the_low_one) {
  DramParams params;
  params.write_queue_depth = 8;
  params.write_high_watermark = 6;
  params.write_low_watermark = 2;
  ControllerDriver driver(params);
  for (std::uint16_t i = 0; i < 40; ++i) driver.read({.column = i, .row = 1});
  for (std::uint16_t i = 0; i < 6; ++i) driver.write({.bank_group = 1, .column = i, .row = 1});
  driver.drain();
  // All six are queued before the first command: four writes, the reads, the two that were left.
  std::vector<DramCommand> columns;
  for (const CommandRecord& c : driver.commands) {
    if (c.command == Read || c.command == Write) columns.push_back(c.command);
  }
  ASSERT_EQ(columns.size(), 46U);
  EXPECT_EQ(std::count(columns.begin(), columns.begin() + 4, Write), 4);
  EXPECT_EQ(std::count(columns.begin() + 4, columns.begin() + 44, Read), 40);
  EXPECT_EQ(std::count(columns.begin() + 44, columns.end(), Write), 2);
}

TEST(controller, makes_a_write_wait_until_the_queue_has_room) {
  DramParams params;
  params.write_queue_depth = 2;
  params.write_high_watermark = 2;
  params.write_low_watermark = 0;
  ControllerDriver driver(params);
  using enum DramController::Admission;
  EXPECT_EQ(driver.write({.row = 1}).admission, Posted);
  EXPECT_EQ(driver.write({.column = 1, .row = 1}).admission, Posted);
  const auto& third = driver.write({.column = 2, .row = 1});
  EXPECT_EQ(third.admission, Waiting);
  EXPECT_EQ(driver.controller.awaited(), 1U);
  driver.drain();
  const auto first_write = std::find_if(driver.commands.begin(), driver.commands.end(),
                                        [](const auto& c) { return c.command == Write; });
  EXPECT_EQ(third.done->cycle, first_write->cycle + 1);
}

TEST(controller, answers_a_read_from_the_write_queue) {
  ControllerDriver driver;
  driver.write({.column = 4, .row = 1});
  EXPECT_EQ(driver.read({.column = 4, .row = 1}).admission, DramController::Admission::Forwarded);
  EXPECT_EQ(driver.read({.column = 5, .row = 1}).admission, DramController::Admission::Queued);
  EXPECT_EQ(driver.controller.stats().forwarded_reads, 1U);
}

TEST(controller, merges_writes_to_one_line) {
  ControllerDriver driver;
  driver.write({.row = 1});
  driver.write({.row = 1});
  driver.drain();
  EXPECT_EQ(count(driver.commands, Write), 1U);
  EXPECT_EQ(driver.controller.stats().merged_writes, 1U);
}

TEST(controller, closes_a_row_with_its_last_queued_access_under_the_closed_policy) {
  DramParams params;
  params.page_policy = PagePolicy::Closed;
  ControllerDriver driver(params);
  driver.read({.row = 1});
  driver.read({.column = 1, .row = 1});
  driver.drain();
  EXPECT_THAT(kinds(driver.commands), ElementsAre(Activate, Read, ReadAutoPrecharge));
  const auto& later = driver.read({.column = 2, .row = 1}, 1'000);
  driver.drain();
  EXPECT_EQ(later.done->row, RowResult::Closed);
}

TEST(controller, refreshes_every_rank_each_interval_at_staggered_times) {
  DramParams params;
  params.ranks = 2;
  ControllerDriver driver(params);
  const DramCycles interval = driver.timing.t_refi;
  driver.run_until(3 * interval);
  ASSERT_THAT(kinds(driver.commands), ElementsAre(Refresh, Refresh, Refresh, Refresh));
  EXPECT_EQ(driver.commands[0].cycle, interval);
  EXPECT_EQ(driver.commands[1].cycle, interval + interval / 2);
  EXPECT_EQ(driver.commands[2].cycle, 2 * interval);
  EXPECT_EQ(driver.commands[1].location.rank, 1);
}

TEST(controller, idle_time_in_one_step_equals_idle_time_cycle_by_cycle) {
  DramParams params;
  params.ranks = 4;
  ControllerDriver lazy(params);
  ControllerDriver eager(params);
  for (ControllerDriver* driver : {&lazy, &eager}) {
    for (std::uint8_t rank = 0; rank < 4; ++rank) driver->read({.rank = rank, .row = 1});
    for (std::uint16_t i = 0; i < 3; ++i) driver->write({.column = i, .row = 2});
  }
  const DramCycles end = 20 * DramCycles{lazy.timing.t_refi} + 1'234;
  for (DramCycles cycle = 1; cycle <= end; ++cycle) eager.run_until(cycle);
  lazy.run_until(end);
  for (ControllerDriver* driver : {&lazy, &eager}) {
    driver->read({.rank = 2, .row = 1});
    driver->drain();
  }
  EXPECT_EQ(lazy.commands, eager.commands);
  EXPECT_EQ(lazy.controller.stats(), eager.controller.stats());
  EXPECT_EQ(lazy.requests.back().done->cycle, eager.requests.back().done->cycle);
  // Rank 0 is due 20 times, the others a quarter of an interval later each: 19 times.
  EXPECT_EQ(lazy.controller.stats().refreshes, 77U);
}

}  // namespace
}  // namespace faultline::test
