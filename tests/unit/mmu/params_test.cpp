// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using ::testing::HasSubstr;

TEST(MmuParams, defaults_are_sound) {
  EXPECT_TRUE(check(MmuParams{}).empty());
}

TEST(MmuParams, three_ways_in_64_entries_are_refused_with_what_is_allowed) {
  MmuParams params;
  params.l1_dtlb = {.entries = 64, .ways = 3};
  const auto problems = check(params);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].key, "l1_dtlb.ways");
  EXPECT_EQ(problems[0].value, "3");
  EXPECT_EQ(
      problems[0].allowed,
      "a divisor of entries (64) whose quotient is a power of two, or 0 for fully associative");
}

TEST(MmuParams, sets_must_be_a_power_of_two) {
  MmuParams params;
  params.l2_tlb = {.entries = 96, .ways = 8};  // 12 sets
  EXPECT_EQ(check(params).at(0).key, "l2_tlb.ways");
  params.l2_tlb = {.entries = 96, .ways = 3, .replacement = ReplacementKind::Lru};  // 32 sets
  EXPECT_TRUE(check(params).empty());
}

TEST(MmuParams, tree_plru_needs_a_power_of_two_of_ways) {
  MmuParams params;
  params.l1_itlb = {.entries = 40, .replacement = ReplacementKind::TreePlru};
  EXPECT_EQ(check(params).at(0).key, "l1_itlb.ways");
  EXPECT_THAT(check(params).at(0).allowed, HasSubstr("power of two up to 64"));
  params.l1_itlb.replacement = ReplacementKind::Lru;
  EXPECT_TRUE(check(params).empty());
}

TEST(MmuParams, only_the_l2_tlb_may_be_absent) {
  MmuParams params;
  params.l2_tlb.entries = 0;
  EXPECT_TRUE(check(params).empty());
  params.l1_itlb.entries = 0;
  EXPECT_EQ(check(params).at(0).key, "l1_itlb.entries");
}

TEST(MmuParams, walk_caches_exist_where_the_format_has_pointers) {
  MmuParams params;
  params.walk_cache.level[0].entries = 4;
  params.walk_cache.level[3].entries = 4;
  const auto problems = check(params);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].key, "walk_cache.level0.entries");
  EXPECT_EQ(problems[1].key, "walk_cache.level3.entries");
  EXPECT_EQ(problems[1].allowed, "0: the format has pointers on levels 1 to 2");
}

TEST(MmuParams, larger_formats_have_walk_caches_on_more_levels) {
  MmuParams params;
  params.walk_cache.level[3].entries = 4;
  params.format = PageTableFormat::Sv48;
  EXPECT_TRUE(check(params).empty());
  params.walk_cache.level[4].entries = 4;
  EXPECT_EQ(check(params).at(0).allowed, "0: the format has pointers on levels 1 to 3");
  params.format = PageTableFormat::Sv57;
  EXPECT_TRUE(check(params).empty());
}

TEST(MmuParams, rtl_takes_a_cycle_for_each_step_and_the_cpp_model_need_not) {
  MmuParams params;
  params.walk_cache.latency_cycles = 0;
  params.walker.accept_cycles = 0;
  params.walker.issue_cycles = 0;
  params.walker.decode_cycles = 0;
  params.walker.update_cycles = 0;
  params.walker.respond_cycles = 0;
  EXPECT_TRUE(check(params).empty());
  params.walker.engine = Engine::Rtl;
  std::vector<std::string> keys;
  for (const ParamProblem& problem : check(params)) {
    keys.push_back(problem.key);
    EXPECT_EQ(problem.value, "0");
    EXPECT_EQ(problem.allowed, "1 to 10000 with mmu.walker.engine: rtl");
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"walk_cache.latency_cycles", "walker.accept_cycles",
                                            "walker.issue_cycles", "walker.decode_cycles",
                                            "walker.update_cycles", "walker.respond_cycles"}));
  params.walk_cache.level = {};
  EXPECT_EQ(check(params).size(), 5U) << "a look-up that never happens may take 0 cycles";
}

TEST(MmuParams, there_is_a_walker_and_a_place_in_its_queue) {
  MmuParams params;
  params.walker.count = 0;
  params.walker.queue_depth = 0;
  const auto problems = check(params);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].key, "walker.count");
  EXPECT_EQ(problems[0].allowed, "1 to 64");
  EXPECT_EQ(problems[1].key, "walker.queue_depth");
}

}  // namespace
}  // namespace faultline
