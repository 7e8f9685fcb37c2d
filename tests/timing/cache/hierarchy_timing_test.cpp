// SPDX-License-Identifier: Apache-2.0
// Exact cycles of two L1 caches (latency 3) above an L2 (latency 10) above a memory of 100 cycles:
// an L1 miss that hits L2 takes 13 cycles, one that misses it 113.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

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
  // Three misses reach L2 at 3, 4 and 5; two go to memory at 13 and 14; the third has an entry in
  // the cycle after the first has arrived, at 114, and comes back at 114 + 10 + 100.
  simulate({[&](LocalClock& clock) {
              l1b.store(clock, line(8));
              clock.advance(2);
              l1b.load(clock, line(9));
              EXPECT_EQ(clock.now(), 224U);
            },
            [&](LocalClock& clock) {
              clock.advance(1);
              l1a.load(clock, line(0));
              EXPECT_EQ(clock.now(), 114U);
            }});
  EXPECT_EQ(l2.stats().stall_cycles, 109U);
}

TEST_P(HierarchyTiming, stalled_misses_go_on_in_the_order_in_which_they_came) {
  // L2's two entries are taken until 113 and 115. Of the stalled, line 10 came at 6 and line 11 at
  // 7; they have their entries at 114 and 116.
  simulate({[&](LocalClock& clock) {
              l1a.store(clock, line(0));
              clock.advance(2);
              l1a.load(clock, line(1));
              EXPECT_EQ(clock.now(), 115U);
            },
            [&](LocalClock& clock) {
              clock.advance(3);
              clock.before_shared();
              l1b.store(clock, line(10));
              clock.advance(1);
              l1b.load(clock, line(11));
              EXPECT_EQ(clock.now(), 226U);
            }});
  EXPECT_EQ(memory.log, (Log{{13, false, line(0).value},
                             {15, false, line(1).value},
                             {124, false, line(10).value},
                             {126, false, line(11).value}}));
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

/// One core's caches, with their own memory. `l2_sets` x 4 lines.
struct System {
  StatGroup stats{"caches"};
  StubMemory memory;
  Cache l2;
  Cache l1;
  std::vector<Cycles> ends;  // of each access

  System(const std::string& name, bool memory_waits, unsigned l2_sets)
      : memory((name + "_memory").c_str(), memory_waits),
        l2((name + "_l2").c_str(), small_cache(l2_sets, 4, 10, 3), kPeriodPs, ServedBy::L2, stats),
        l1((name + "_l1").c_str(), small_cache(4, 2, 3, 4), kPeriodPs, ServedBy::L1, stats) {
    l1.memory.bind(l2.target);
    l2.memory.bind(memory.socket);
    l1.set_direct_memory(memory.direct());
    l2.set_direct_memory(memory.direct());
  }
  /// Random loads and stores of 40 lines.
  void run(LocalClock& clock) {
    std::mt19937_64 random(7);
    for (unsigned i = 0; i < 20'000; ++i) {
      clock.advance(1 + random() % 30);
      const PhysAddr address = line(random() % 40);
      if (random() % 3 == 0) {
        l1.store(clock, address);
      } else {
        l1.load(clock, address);
      }
      ends.push_back(clock.now());
    }
    l1.drain(clock);
    l2.drain(clock);
  }
};

TEST(CacheTime, does_not_depend_on_when_the_simulator_waits) {
  // The same traffic twice in one simulation, one time above a memory that waits, and a process
  // that acts every few cycles. L2 holds all lines, as replacement may depend on the order of
  // requests in one cycle.
  System annotating("annotating", false, 16);
  System waiting("waiting", true, 16);
  const auto noise = [](LocalClock&) {
    for (unsigned i = 0; i < 20'000; ++i) sc_core::wait(sc_core::sc_time(7, sc_core::SC_NS));
  };
  simulate({[&](LocalClock& clock) { annotating.run(clock); }, noise,
            [&](LocalClock& clock) { waiting.run(clock); }});
  EXPECT_EQ(annotating.ends, waiting.ends);
  std::sort(annotating.memory.log.begin(), annotating.memory.log.end());
  std::sort(waiting.memory.log.begin(), waiting.memory.log.end());
  EXPECT_EQ(annotating.memory.log, waiting.memory.log);
  for (std::size_t i = 0; i < annotating.stats.counters().size(); ++i) {
    EXPECT_EQ(*annotating.stats.counters()[i].value, *waiting.stats.counters()[i].value)
        << annotating.stats.counters()[i].name;
  }
  EXPECT_GT(annotating.l1.stats().stall_cycles, 0U);
  EXPECT_GT(annotating.l1.stats().write_backs, 0U);
  EXPECT_GT(annotating.l1.stats().merged_misses, 0U);
}

}  // namespace
}  // namespace faultline
