// SPDX-License-Identifier: Apache-2.0
// Exact cycles of one cache above a memory of 100 cycles. Latency of the cache: 3, so that a
// request leaves at t + 3 and its line arrives at t + 103.
#include <gtest/gtest.h>

#include "tests/unit/cache/cache_bench.h"

namespace faultline {
namespace {

using Log = std::vector<MemoryAccess>;

class CacheTiming : public OneCache {
 protected:
  /// Moves to `t` the way a core does: what others did until then has happened.
  static void run_to(LocalClock& clock, Cycles t) {
    clock.advance_to(t);
    clock.before_shared();
  }
};

INSTANTIATE_TEST_SUITE_P(Cache, CacheTiming, ::testing::Bool(), memory_name);

TEST_P(CacheTiming, load_miss_leaves_after_the_latency_and_ends_with_the_line) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    clock.advance(10);
    const CacheResult result = cache->load(clock, line(0));
    EXPECT_EQ(clock.now(), 113U);
    EXPECT_EQ(result.served_by, ServedBy::DramRowHit);
  });
  EXPECT_EQ(memory.log, (Log{{13, false, line(0).value}}));
}

TEST_P(CacheTiming, load_hit_takes_the_latency) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->load(clock, line(0));  // 103
    const CacheResult result = cache->load(clock, line(0) + 63);
    EXPECT_EQ(clock.now(), 106U);
    EXPECT_EQ(result.served_by, ServedBy::L1);
  });
  EXPECT_EQ(cache->stats().load_hits, 1U);
}

TEST_P(CacheTiming, stores_take_none_of_the_callers_time) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // a miss
    EXPECT_EQ(clock.now(), 0U);
    run_to(clock, 200);
    cache->store(clock, line(0));  // a hit
    EXPECT_EQ(clock.now(), 200U);
  });
  EXPECT_EQ(memory.log, (Log{{3, false, line(0).value}}));
  EXPECT_EQ(cache->stats().store_misses, 1U);
  EXPECT_EQ(cache->stats().store_hits, 1U);
}

TEST_P(CacheTiming, load_of_a_pending_line_ends_when_it_arrives) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // arrives at 103
    clock.advance(1);
    const CacheResult result = cache->load(clock, line(0));
    EXPECT_EQ(clock.now(), 103U);
    EXPECT_EQ(result.served_by, ServedBy::DramRowHit);
  });
  EXPECT_EQ(cache->stats().merged_misses, 1U);
  EXPECT_EQ(cache->stats().fills, 1U);
}

TEST_P(CacheTiming, load_of_a_pending_line_takes_the_latency_at_least) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // arrives at 103
    run_to(clock, 102);
    cache->load(clock, line(0));  // 102 + 3, though the line is there at 103
    EXPECT_EQ(clock.now(), 105U);
  });
  EXPECT_EQ(cache->stats().merged_misses, 1U);
}

TEST_P(CacheTiming, lookup_in_the_cycle_of_the_arrival_still_merges) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // arrives at 103
    run_to(clock, 103);
    cache->load(clock, line(0));
    EXPECT_EQ(clock.now(), 106U);
  });
  EXPECT_EQ(cache->stats().merged_misses, 1U);
}

TEST_P(CacheTiming, lookup_in_the_cycle_after_the_arrival_hits) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // arrives at 103
    run_to(clock, 104);
    cache->load(clock, line(0));
    EXPECT_EQ(clock.now(), 107U);
  });
  EXPECT_EQ(cache->stats().load_hits, 1U);
  EXPECT_EQ(cache->stats().merged_misses, 0U);
}

TEST_P(CacheTiming, store_waits_in_the_cycle_in_which_an_entry_becomes_free) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // entry taken until 103
    clock.advance(1);
    cache->store(clock, line(1));  // entry taken until 104
    run_to(clock, 103);
    cache->store(clock, line(2));
    EXPECT_EQ(clock.now(), 104U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 1U);
  EXPECT_EQ(memory.log.back(), (MemoryAccess{107, false, line(2).value}));
}

TEST_P(CacheTiming, store_does_not_wait_in_the_cycle_after) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // entry taken until 103
    clock.advance(1);
    cache->store(clock, line(1));  // entry taken until 104
    run_to(clock, 104);
    cache->store(clock, line(2));
    EXPECT_EQ(clock.now(), 104U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 0U);
  EXPECT_EQ(memory.log.back(), (MemoryAccess{107, false, line(2).value}));
}

TEST_P(CacheTiming, load_miss_waits_for_a_free_entry_and_is_looked_up_anew) {
  build(small_cache(4, 2, 3, 1));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // entry taken until 103
    clock.advance(5);
    cache->load(clock, line(1));  // looked up at 104, leaves at 107
    EXPECT_EQ(clock.now(), 207U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 99U);
  EXPECT_EQ(memory.log, (Log{{3, false, line(0).value}, {107, false, line(1).value}}));
}

TEST_P(CacheTiming, misses_overlap_up_to_the_number_of_entries) {
  build(small_cache(16, 1, 3, 4));
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 8; ++i) {
      cache->store(clock, line(i));
      clock.advance(1);
    }
    // 0..3 leave at 3..6 and hold their entries until 103..106; 4..7 take them at 104..107.
    EXPECT_EQ(clock.now(), 108U);
    cache->drain(clock);
    EXPECT_EQ(clock.now(), 210U);
  });
  std::vector<Cycles> at;
  for (const MemoryAccess& access : memory.log) at.push_back(access.at);
  EXPECT_EQ(at, (std::vector<Cycles>{3, 4, 5, 6, 107, 108, 109, 110}));
}

TEST_P(CacheTiming, dirty_victim_is_written_back_when_the_new_line_has_arrived) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));
    run_to(clock, 200);
    cache->load(clock, line(1));  // leaves at 203, arrives at 303
    EXPECT_EQ(clock.now(), 303U);
    cache->load(clock, line(1));  // hits while the victim is on its way
    EXPECT_EQ(clock.now(), 306U);
    cache->drain(clock);
    EXPECT_EQ(clock.now(), 403U);
  });
  EXPECT_EQ(
      memory.log,
      (Log{{3, false, line(0).value}, {203, false, line(1).value}, {303, true, line(0).value}}));
  EXPECT_EQ(cache->stats().write_backs, 1U);
}

TEST_P(CacheTiming, entry_is_taken_until_its_write_back_is_answered) {
  build(small_cache(1, 1, 3, 1));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));
    run_to(clock, 200);
    cache->load(clock, line(1));  // arrives at 303, write-back answered at 403
    cache->load(clock, line(2));  // looked up at 404, leaves at 407
    EXPECT_EQ(clock.now(), 507U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 101U);
}

TEST_P(CacheTiming, posted_miss_writes_its_victim_back_after_its_fill) {
  build(small_cache(1, 1, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));
    run_to(clock, 200);
    cache->store(clock, line(1));
    EXPECT_EQ(clock.now(), 200U);
    cache->drain(clock);
    EXPECT_EQ(clock.now(), 403U);
  });
  EXPECT_EQ(
      memory.log,
      (Log{{3, false, line(0).value}, {203, false, line(1).value}, {303, true, line(0).value}}));
}

TEST_P(CacheTiming, miss_on_a_line_in_the_write_back_buffer_waits_until_it_has_left) {
  build(small_cache(1, 1, 3, 4));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));
    run_to(clock, 200);
    cache->load(clock, line(1));  // line 0 is written back from 303 to 403
    clock.advance(7);
    cache->load(clock, line(0));  // looked up at 404, leaves at 407
    EXPECT_EQ(clock.now(), 507U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 94U);
}

TEST_P(CacheTiming, clean_victim_costs_nothing) {
  build(small_cache(1, 1, 3, 1));
  simulate([&](LocalClock& clock) {
    cache->load(clock, line(0));
    cache->load(clock, line(1));
    cache->load(clock, line(2));
    EXPECT_EQ(clock.now(), 309U);
  });
  EXPECT_EQ(cache->stats().write_backs, 0U);
  EXPECT_EQ(cache->stats().stall_cycles, 0U);
}

TEST_P(CacheTiming, miss_waits_for_a_way_while_its_whole_set_is_pending) {
  build(small_cache(1, 2, 3, 4));
  simulate([&](LocalClock& clock) {
    cache->store(clock, line(0));  // arrives at 103
    clock.advance(1);
    cache->store(clock, line(1));  // arrives at 104
    clock.advance(1);
    cache->store(clock, line(2));  // takes the way of line 0
    EXPECT_EQ(clock.now(), 104U);
  });
  EXPECT_EQ(cache->stats().stall_cycles, 102U);
}

TEST_P(CacheTiming, drain_without_anything_outstanding_takes_no_time) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->load(clock, line(0));
    cache->drain(clock);
    EXPECT_EQ(clock.now(), 103U);
  });
}

TEST_P(CacheTiming, invalidating_clean_lines_takes_no_time) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    cache->load(clock, line(0));
    cache->invalidate_all(clock);
    EXPECT_EQ(clock.now(), 103U);
    cache->load(clock, line(0));
    EXPECT_EQ(clock.now(), 206U);
  });
}

TEST_P(CacheTiming, invalidating_dirty_lines_writes_them_back_through_the_entries) {
  build(small_cache(4, 2, 3, 2));
  simulate([&](LocalClock& clock) {
    for (unsigned i = 0; i < 3; ++i) {
      cache->store(clock, line(i));
      run_to(clock, 200 * (i + 1));
    }
    // Two leave at 603 and are done at 703; the third has an entry at 704 and leaves at 707.
    cache->invalidate_all(clock);
    EXPECT_EQ(clock.now(), 807U);
  });
  EXPECT_EQ(cache->stats().write_backs, 3U);
  EXPECT_EQ(memory.log.back(), (MemoryAccess{707, true, line(2).value}));
}

}  // namespace
}  // namespace faultline
