// SPDX-License-Identifier: Apache-2.0
#include "models/common/replacement.h"

#include <gtest/gtest.h>

#include <set>

namespace faultline {
namespace {

void fill_all(Replacement& policy, unsigned ways) {
  for (unsigned way = 0; way < ways; ++way) policy.fill(0, way);
}

TEST(Replacement, lru_evicts_the_way_used_longest_ago) {
  Replacement policy(ReplacementKind::Lru, 1, 4);
  fill_all(policy, 4);
  policy.touch(0, 0);
  policy.touch(0, 1);
  EXPECT_EQ(policy.victim(0), 2U);
  policy.touch(0, 2);
  EXPECT_EQ(policy.victim(0), 3U);
}

TEST(Replacement, fifo_ignores_hits) {
  Replacement policy(ReplacementKind::Fifo, 1, 4);
  fill_all(policy, 4);
  policy.touch(0, 0);
  EXPECT_EQ(policy.victim(0), 0U);
}

TEST(Replacement, tree_plru_points_away_from_the_way_just_used) {
  Replacement policy(ReplacementKind::TreePlru, 1, 4);
  fill_all(policy, 4);  // last used: 3, then 2: the tree points left, and to 0 there (1 was later)
  EXPECT_EQ(policy.victim(0), 0U);
  policy.touch(0, 0);
  EXPECT_EQ(policy.victim(0), 2U);
  policy.touch(0, 2);
  EXPECT_EQ(policy.victim(0), 1U);
}

TEST(Replacement, random_repeats_with_its_seed_and_reaches_every_way) {
  Replacement a(ReplacementKind::Random, 1, 8, 7);
  Replacement b(ReplacementKind::Random, 1, 8, 7);
  std::set<unsigned> seen;
  for (int i = 0; i < 200; ++i) {
    const unsigned way = a.victim(0);
    ASSERT_EQ(way, b.victim(0));
    seen.insert(way);
  }
  EXPECT_EQ(seen.size(), 8U);
}

TEST(Replacement, sets_do_not_influence_each_other) {
  Replacement policy(ReplacementKind::Lru, 2, 2);
  policy.fill(0, 0);
  policy.fill(1, 1);
  policy.fill(1, 0);
  policy.fill(0, 1);
  EXPECT_EQ(policy.victim(0), 0U);
  EXPECT_EQ(policy.victim(1), 1U);
}

}  // namespace
}  // namespace faultline
