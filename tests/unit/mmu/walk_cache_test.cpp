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

// In cycle 1, engine 1 inserts; engine 0 looks up after it in the program, but sees nothing yet.
TEST_F(WalkCacheTest, insertion_is_seen_from_the_next_cycle_on) {
  WalkCache cache(params(), stats);
  cache.insert(1, 1, kVa, 1, {kLast, 0, false}, 21);
  EXPECT_FALSE(cache.lookup(1, 0, kVa, 1, position));
  EXPECT_EQ(cache.level(1)->stats().fills, 0U);
  EXPECT_TRUE(cache.lookup(2, 0, kVa, 1, position));
  EXPECT_EQ(cache.level(1)->stats().fills, 1U);
}

TEST_F(WalkCacheTest, settle_applies_what_earlier_cycles_did) {
  WalkCache cache(params(), stats);
  cache.insert(7, 0, kVa, 1, {kLast, 0, false}, 21);
  cache.settle(7);
  EXPECT_EQ(cache.level(1)->stats().fills, 0U);
  cache.settle(8);
  EXPECT_EQ(cache.level(1)->stats().fills, 1U);
}

TEST_F(WalkCacheTest, fence_comes_before_the_insertions_of_its_cycle) {
  WalkCache cache(params(), stats);
  cache.insert(1, 0, kVa, 1, {kLast, 0, false}, 21);
  cache.fence(2, {});
  EXPECT_EQ(cache.level(1)->stats().fenced, 1U);
  EXPECT_FALSE(cache.lookup(2, 0, kVa, 1, position));
  cache.insert(2, 1, kVa, 1, {kLast, 0, false}, 21);
  EXPECT_TRUE(cache.lookup(3, 0, kVa, 1, position));
}

// LRU with two entries of level 2. In one cycle engine 1 touches the first entry and engine 0 puts
// in a third: engine 0 comes first and evicts the first entry, whoever is first in the program.
TEST_F(WalkCacheTest, effects_of_a_cycle_apply_in_the_order_of_the_engines) {
  const auto page = [](std::uint64_t i) { return kVa + (i << 30); };
  for (const bool touch_first : {false, true}) {
    StatGroup group("walk_cache");
    WalkCache cache(params(), group);
    cache.insert(1, 0, page(1), 1, {kMiddle, 1, false}, 30);
    cache.insert(2, 0, page(2), 1, {kMiddle, 1, false}, 30);
    const auto insert_third = [&] { cache.insert(3, 0, page(3), 1, {kMiddle, 1, false}, 30); };
    if (!touch_first) insert_third();
    EXPECT_TRUE(cache.lookup(3, 1, page(1), 1, position));
    if (touch_first) insert_third();
    EXPECT_FALSE(cache.lookup(4, 0, page(1), 1, position)) << touch_first;
    EXPECT_TRUE(cache.lookup(5, 0, page(2), 1, position)) << touch_first;
    EXPECT_TRUE(cache.lookup(6, 0, page(3), 1, position)) << touch_first;
  }
}

// The same cycle, engines the other way round: the touch is first, so the second entry is evicted.
TEST_F(WalkCacheTest, touch_of_a_lower_engine_protects_its_entry) {
  const auto page = [](std::uint64_t i) { return kVa + (i << 30); };
  WalkCache cache(params(), stats);
  cache.insert(1, 0, page(1), 1, {kMiddle, 1, false}, 30);
  cache.insert(2, 0, page(2), 1, {kMiddle, 1, false}, 30);
  cache.insert(3, 1, page(3), 1, {kMiddle, 1, false}, 30);
  EXPECT_TRUE(cache.lookup(3, 0, page(1), 1, position));
  EXPECT_TRUE(cache.lookup(4, 0, page(1), 1, position));
  EXPECT_FALSE(cache.lookup(5, 0, page(2), 1, position));
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
