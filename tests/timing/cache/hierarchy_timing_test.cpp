// SPDX-License-Identifier: Apache-2.0
// Exact cycles of two L1 caches (latency 3) above an L2 (latency 10) above a memory of 100 cycles:
// an L1 miss that hits L2 takes 13 cycles, one that misses it 113.
#include <gtest/gtest.h>

#include "tests/unit/cache/cache_bench.h"

namespace faultline {
namespace {

using Log = std::vector<MemoryAccess>;

class HierarchyTiming : public ::testing::TestWithParam<bool> {
 protected:
  StatGroup stats{"caches"};
  StubMemory memory{"memory", GetParam()};
  Cache l2{"l2", l2_params(), kPeriodPs, ServedBy::L2, stats};
  Cache l1a{"l1a", small_cache(4, 1, 3, 2), kPeriodPs, ServedBy::L1, stats};
  Cache l1b{"l1b", small_cache(4, 1, 3, 2), kPeriodPs, ServedBy::L1, stats};

  HierarchyTiming() {
    l1a.memory.bind(l2.target);
    l1b.memory.bind(l2.target);
    l2.memory.bind(memory.socket);
    for (Cache* cache : {&l1a, &l1b, &l2}) cache->set_direct_memory(memory.direct());
  }
  void TearDown() override {
    for (const Cache* cache : {&l1a, &l1b, &l2}) {
      EXPECT_EQ(cache->stats().hits() + cache->stats().misses(), cache->stats().accesses);
    }
    EXPECT_EQ(
        l1a.stats().fills + l1b.stats().fills + l1a.stats().write_backs + l1b.stats().write_backs,
        l2.stats().accesses);
  }
  static CacheParams l2_params() { return small_cache(16, 2, 10, 2); }
};

INSTANTIATE_TEST_SUITE_P(Cache, HierarchyTiming, ::testing::Bool(), memory_name);

TEST_P(HierarchyTiming, l1_miss_takes_both_latencies_and_the_memorys_when_l2_misses_too) {
  simulate([&](LocalClock& clock) {
    const CacheResult result = l1a.load(clock, line(0));
    EXPECT_EQ(clock.now(), 113U);
    EXPECT_EQ(result.served_by, ServedBy::DramRowHit);
  });
  EXPECT_EQ(memory.log, (Log{{13, false, line(0).value}}));
}

TEST_P(HierarchyTiming, l1_miss_takes_both_latencies_when_l2_hits) {
  simulate([&](LocalClock& clock) {
    l1a.load(clock, line(0));  // 113
    const CacheResult result = l1b.load(clock, line(0));
    EXPECT_EQ(clock.now(), 126U);
    EXPECT_EQ(result.served_by, ServedBy::L2);
  });
}

TEST_P(HierarchyTiming, l2_hits_do_not_wait_where_nobody_else_can_act) {
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 16; ++i) l1a.load(clock, line(i));
    const sc_core::sc_time before = sc_core::sc_time_stamp();
    for (unsigned i = 0; i < 16; ++i) {
      EXPECT_EQ(l1b.load(clock, line(i)).served_by, ServedBy::L2);
    }
    EXPECT_EQ(sc_core::sc_time_stamp(), before);
    EXPECT_EQ(clock.now(), 16U * 113 + 16 * 13);
  });
}

TEST_P(HierarchyTiming, l1_merges_of_two_cores_meet_in_l2) {
  simulate({[&](LocalClock& clock) {
              clock.advance(5);
              l1b.load(clock, line(0));  // finds L2's line pending at 8
              EXPECT_EQ(clock.now(), 113U);
            },
            [&](LocalClock& clock) {
              l1a.load(clock, line(0));
              EXPECT_EQ(clock.now(), 113U);
            }});
  EXPECT_EQ(l2.stats().merged_misses, 1U);
  EXPECT_EQ(l2.stats().fills, 1U);
  EXPECT_EQ(memory.log, (Log{{13, false, line(0).value}}));
}

TEST_P(HierarchyTiming, l2_holds_back_what_exceeds_its_miss_entries) {
  // Three misses reach L2 at 3, 4 and 5; two go to memory at 13 and 14; the third is taken when the
  // first has arrived, at 113, and comes back at 113 + 10 + 100.
  simulate({[&](LocalClock& clock) {
              l1b.store(clock, line(8));
              clock.advance(2);
              l1b.load(clock, line(9));
              EXPECT_EQ(clock.now(), 223U);
            },
            [&](LocalClock& clock) {
              clock.advance(1);
              l1a.load(clock, line(0));
              EXPECT_EQ(clock.now(), 114U);
            }});
  EXPECT_EQ(l2.stats().stall_cycles, 108U);
}

TEST_P(HierarchyTiming, victim_of_l1_hits_l2) {
  simulate([&](LocalClock& clock) {
    l1a.store(clock, line(0));
    clock.advance_to(200);
    l1a.load(clock, line(4));  // the same set: leaves at 203, arrives at 313
    EXPECT_EQ(clock.now(), 313U);
    l1a.drain(clock);  // the write-back reaches L2 at 313
    EXPECT_EQ(clock.now(), 323U);
  });
  EXPECT_EQ(l2.stats().store_hits, 1U);
  EXPECT_EQ(memory.log, (Log{{13, false, line(0).value}, {213, false, line(4).value}}));
}

TEST_P(HierarchyTiming, victim_of_l1_that_l2_has_dropped_allocates_without_a_fill) {
  simulate([&](LocalClock& clock) {
    l1a.store(clock, line(0));
    clock.advance_to(200);
    // L2's set 0 has two ways; lines 16 and 32 push line 0 out of it, clean.
    l1b.load(clock, line(16));
    l1b.load(clock, line(32));
    EXPECT_EQ(clock.now(), 200U + 2 * 113);
    l1a.load(clock, line(4));  // 426 to 539
    l1a.drain(clock);
    EXPECT_EQ(clock.now(), 549U);
  });
  EXPECT_EQ(l2.stats().store_misses, 1U);
  EXPECT_EQ(l2.stats().fills, 4U);
  EXPECT_EQ(l2.stats().write_backs, 0U);
}

TEST_P(HierarchyTiming, posted_miss_that_hits_l2_arrives_after_both_latencies) {
  simulate([&](LocalClock& clock) {
    l1a.load(clock, line(0));  // 113
    l1b.store(clock, line(0));
    EXPECT_EQ(clock.now(), 113U);
    clock.advance(1);
    l1b.load(clock, line(0));
    EXPECT_EQ(clock.now(), 126U);
  });
}

}  // namespace
}  // namespace faultline
