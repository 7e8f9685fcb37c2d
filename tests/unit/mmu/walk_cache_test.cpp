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
  // Operations of engine 0, one a cycle.
  void insert(WalkCache& cache, VirtAddr va, Asid asid, const WalkPosition& next, unsigned shift) {
    cache.insert(++now, 0, va, asid, next, shift);
  }
  bool lookup(WalkCache& cache, VirtAddr va, Asid asid) {
    return cache.lookup(++now, 0, va, asid, position);
  }
  void fence(WalkCache& cache, const FenceScope& scope) { cache.fence(++now, scope); }
  void fill(WalkCache& cache, bool global = false) {
    insert(cache, kVa, 1, {kMiddle, 1, global}, 30);
    insert(cache, kVa, 1, {kLast, 0, global}, 21);
  }
  StatGroup stats{"walk_cache"};
  WalkPosition position;
  Cycles now = 0;
};

TEST_F(WalkCacheTest, deepest_pointer_wins) {
  WalkCache cache(params(), stats);
  EXPECT_FALSE(lookup(cache, kVa, 1));
  fill(cache);
  ASSERT_TRUE(lookup(cache, kVa, 1));
  EXPECT_EQ(position.level, 0);
  EXPECT_EQ(position.table, kLast);
  ASSERT_TRUE(lookup(cache, kVa + (1 << 21), 1));
  EXPECT_EQ(position.level, 1);
  EXPECT_EQ(position.table, kMiddle);
  EXPECT_FALSE(lookup(cache, kVa + (1 << 30), 1));
  EXPECT_FALSE(lookup(cache, kVa, 2));
}

TEST_F(WalkCacheTest, global_pointer_serves_all_asids_and_says_so) {
  WalkCache cache(params(), stats);
  fill(cache, true);
  ASSERT_TRUE(lookup(cache, kVa, 7));
  EXPECT_TRUE(position.global);
}

TEST_F(WalkCacheTest, fence_with_address_drops_that_path_only) {
  WalkCache cache(params(), stats);
  fill(cache);
  const VirtAddr other = kVa + (std::uint64_t{1} << 30);
  insert(cache, other, 1, {kLast, 0, false}, 21);
  fence(cache, {.has_address = true, .address = kVa});
  EXPECT_FALSE(lookup(cache, kVa, 1));
  EXPECT_TRUE(lookup(cache, other, 1));
}

TEST_F(WalkCacheTest, fence_with_address_may_keep_pointers) {
  WalkCache cache(params(false), stats);
  fill(cache);
  fence(cache, {.has_address = true, .address = kVa});
  fence(cache, {.has_address = true, .has_asid = true, .address = kVa, .asid = 1});
  EXPECT_TRUE(lookup(cache, kVa, 1));
  fence(cache, {.has_asid = true, .asid = 1});
  EXPECT_FALSE(lookup(cache, kVa, 1));
}

TEST_F(WalkCacheTest, fence_with_asid_keeps_others_and_globals) {
  WalkCache cache(params(), stats);
  fill(cache);
  insert(cache, kVa, 2, {kLast, 0, false}, 21);
  insert(cache, kVa + (std::uint64_t{1} << 30), 1, {kLast, 0, true}, 21);
  fence(cache, {.has_asid = true, .asid = 1});
  EXPECT_FALSE(lookup(cache, kVa, 1));
  EXPECT_TRUE(lookup(cache, kVa, 2));
  EXPECT_TRUE(lookup(cache, kVa + (std::uint64_t{1} << 30), 1));
  fence(cache, {});
  EXPECT_FALSE(lookup(cache, kVa, 2));
  EXPECT_FALSE(lookup(cache, kVa + (std::uint64_t{1} << 30), 1));
}

TEST_F(WalkCacheTest, without_entries_it_is_off_and_takes_no_time) {
  WalkCacheParams off;
  off.level = {};
  off.latency_cycles = 5;
  WalkCache cache(off, stats);
  EXPECT_FALSE(cache.enabled());
  EXPECT_EQ(cache.latency_cycles(), 0U);
  fill(cache);
  EXPECT_FALSE(lookup(cache, kVa, 1));
}

}  // namespace
}  // namespace faultline
