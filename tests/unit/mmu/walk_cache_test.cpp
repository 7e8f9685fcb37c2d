// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk_cache.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

constexpr PhysAddr kMiddle{0x8000'1000};
constexpr PhysAddr kLast{0x8000'2000};
constexpr VirtAddr kVa{0x12'3456'7000};

struct WalkCacheTest : ::testing::Test {
  static WalkCacheParams params(bool address_fence_drops = true) {
    WalkCacheParams p;
    p.level = {{{0, 0}, {4, 0}, {2, 0}, {0, 0}, {0, 0}}};
    p.address_fence_drops = address_fence_drops;
    return p;
  }
  static void fill(WalkCache& cache, bool global = false) {
    cache.insert(kVa, 1, {kMiddle, 1, global}, 30);
    cache.insert(kVa, 1, {kLast, 0, global}, 21);
  }
  StatGroup stats{"walk_cache"};
  WalkPosition position;
};

TEST_F(WalkCacheTest, deepest_pointer_wins) {
  WalkCache cache(params(), stats);
  EXPECT_FALSE(cache.lookup(kVa, 1, position));
  fill(cache);
  ASSERT_TRUE(cache.lookup(kVa, 1, position));
  EXPECT_EQ(position.level, 0);
  EXPECT_EQ(position.table, kLast);
  ASSERT_TRUE(cache.lookup(kVa + (1 << 21), 1, position));
  EXPECT_EQ(position.level, 1);
  EXPECT_EQ(position.table, kMiddle);
  EXPECT_FALSE(cache.lookup(kVa + (1 << 30), 1, position));
  EXPECT_FALSE(cache.lookup(kVa, 2, position));
}

TEST_F(WalkCacheTest, global_pointer_serves_all_asids_and_says_so) {
  WalkCache cache(params(), stats);
  fill(cache, true);
  ASSERT_TRUE(cache.lookup(kVa, 7, position));
  EXPECT_TRUE(position.global);
}

TEST_F(WalkCacheTest, fence_with_address_drops_that_path_only) {
  WalkCache cache(params(), stats);
  fill(cache);
  const VirtAddr other = kVa + (std::uint64_t{1} << 30);
  cache.insert(other, 1, {kLast, 0, false}, 21);
  cache.fence({.has_address = true, .address = kVa});
  EXPECT_FALSE(cache.lookup(kVa, 1, position));
  EXPECT_TRUE(cache.lookup(other, 1, position));
}

TEST_F(WalkCacheTest, fence_with_address_may_keep_pointers) {
  WalkCache cache(params(false), stats);
  fill(cache);
  cache.fence({.has_address = true, .address = kVa});
  cache.fence({.has_address = true, .has_asid = true, .address = kVa, .asid = 1});
  EXPECT_TRUE(cache.lookup(kVa, 1, position));
  cache.fence({.has_asid = true, .asid = 1});
  EXPECT_FALSE(cache.lookup(kVa, 1, position));
}

TEST_F(WalkCacheTest, fence_with_asid_keeps_others_and_globals) {
  WalkCache cache(params(), stats);
  fill(cache);
  cache.insert(kVa, 2, {kLast, 0, false}, 21);
  cache.insert(kVa + (std::uint64_t{1} << 30), 1, {kLast, 0, true}, 21);
  cache.fence({.has_asid = true, .asid = 1});
  EXPECT_FALSE(cache.lookup(kVa, 1, position));
  EXPECT_TRUE(cache.lookup(kVa, 2, position));
  EXPECT_TRUE(cache.lookup(kVa + (std::uint64_t{1} << 30), 1, position));
  cache.fence({});
  EXPECT_FALSE(cache.lookup(kVa, 2, position));
  EXPECT_FALSE(cache.lookup(kVa + (std::uint64_t{1} << 30), 1, position));
}

TEST_F(WalkCacheTest, without_entries_it_is_off_and_takes_no_time) {
  WalkCacheParams off;
  off.level = {};
  off.latency_cycles = 5;
  WalkCache cache(off, stats);
  EXPECT_FALSE(cache.enabled());
  EXPECT_EQ(cache.latency_cycles(), 0U);
  fill(cache);
  EXPECT_FALSE(cache.lookup(kVa, 1, position));
}

}  // namespace
}  // namespace faultline
