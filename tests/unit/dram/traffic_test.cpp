// SPDX-License-Identifier: Apache-2.0
// No command that the controller issues violates a constraint of the standard, whatever the
// traffic: random requests over all speed grades, page policies and numbers of ranks, judged by the
// independent checker.

#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "tests/unit/dram/controller_driver.h"
#include "tests/unit/dram/protocol_checker.h"

namespace faultline::test {
namespace {

constexpr unsigned kRequests = 20'000;

/// Mixes idle time, bursts, streams, few rows and wide scatter; changes its mood every few hundred
/// requests.
class Traffic {
 public:
  Traffic(std::uint64_t seed, unsigned ranks) : random_(seed), ranks_(ranks) {}

  struct Item {
    DramLocation place;
    bool is_write;
    DramCycles gap;
  };

  Item next() {
    if (left_-- == 0) change_mood();
    Item item{place_, below(100) < write_percent_, below(gap_ + 1)};
    if (below(2'000) == 0) item.gap = below(100'000);  // idle over several refreshes
    if (stream_) {
      ++place_.bank_group;
      if (place_.bank_group == kBankGroups) {
        place_.bank_group = 0;
        place_.column = static_cast<std::uint16_t>((place_.column + 1) % kLinesPerRow);
      }
    } else {
      place_.rank = static_cast<std::uint8_t>(below(ranks_));
      place_.bank_group = static_cast<std::uint8_t>(below(kBankGroups));
      place_.bank = static_cast<std::uint8_t>(below(banks_));
      place_.row = static_cast<std::uint32_t>(below(rows_));
      place_.column = static_cast<std::uint16_t>(below(kLinesPerRow));
    }
    return item;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  void change_mood() {
    left_ = static_cast<unsigned>(50 + below(400));
    write_percent_ = below(101);
    constexpr std::array<DramCycles, 4> kGaps = {0, 4, 30, 300};
    gap_ = kGaps[below(kGaps.size())];
    stream_ = below(3) == 0;
    banks_ = 1 + below(kBanksPerGroup);
    rows_ = below(2) == 0 ? 3 : 60'000;
  }

  std::mt19937_64 random_;
  unsigned ranks_;
  DramLocation place_{};
  unsigned left_ = 0;
  std::uint64_t write_percent_ = 0, banks_ = 1, rows_ = 1;
  DramCycles gap_ = 0;
  bool stream_ = false;
};

using Case = std::tuple<std::string, PagePolicy, unsigned, std::uint64_t>;

class RandomTraffic : public ::testing::TestWithParam<Case> {};

TEST_P(RandomTraffic, violates_no_constraint_and_loses_no_request) {
  const auto& [preset, policy, ranks, seed] = GetParam();
  DramParams params;
  params.preset = preset;
  params.page_policy = policy;
  params.ranks = ranks;
  ASSERT_TRUE(check(params).empty());
  ControllerDriver driver(params);
  ProtocolChecker checker(driver.timing, ranks);
  Traffic traffic(seed, ranks);

  DramCycles at = 0;
  std::uint64_t reads = 0;
  for (unsigned i = 0; i < kRequests; ++i) {
    const Traffic::Item item = traffic.next();
    driver.make_room(100);
    at = std::max(at, driver.controller.now()) + item.gap;
    item.is_write ? driver.write(item.place, at) : driver.read(item.place, at);
    reads += item.is_write ? 0 : 1;
  }
  driver.drain();

  for (const CommandRecord& command : driver.commands) checker.see(command);
  checker.finish(driver.controller.now());
  for (const auto& v : checker.violations()) {
    ADD_FAILURE() << v.rule << " violated in cycle " << v.cycle << ", seed " << seed;
    break;
  }

  const ControllerStats& stats = driver.controller.stats();
  EXPECT_EQ(stats.reads + stats.forwarded_reads, reads);
  EXPECT_EQ(stats.writes + stats.merged_writes, kRequests - reads);
  EXPECT_EQ(stats.row_hits + stats.row_closed + stats.row_conflicts, stats.reads + stats.writes);
  for (const auto& request : driver.requests) {
    using enum DramController::Admission;
    const bool waits = request.admission == Queued || request.admission == Waiting;
    ASSERT_EQ(request.done.has_value(), waits);
  }
}

std::string case_name(const ::testing::TestParamInfo<Case>& tested) {
  const auto& [preset, policy, ranks, seed] = tested.param;
  return preset.substr(5) + (policy == PagePolicy::Open ? "_open_" : "_closed_") +
         std::to_string(ranks) + "_ranks_seed_" + std::to_string(seed);
}

INSTANTIATE_TEST_SUITE_P(
    dram, RandomTraffic,
    ::testing::Combine(::testing::Values("DDR4-1600", "DDR4-2400", "DDR4-3200"),
                       ::testing::Values(PagePolicy::Open, PagePolicy::Closed),
                       ::testing::Values(1U, 2U, 4U), ::testing::Values(1U, 20U)),
    case_name);

}  // namespace
}  // namespace faultline::test
