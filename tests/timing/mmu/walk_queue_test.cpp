// SPDX-License-Identifier: Apache-2.0
// Walks of several initiators: the rules 1 to 3 of models/mmu/walk_engine.h, to the cycle.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

/// Walks without walk caches and without latency of L1 and L2. A walk of one read takes
/// 1 + (1 + 10 + 1) + 1 = 14 cycles from `started`, each read more 12.
struct Contention {
  static constexpr unsigned kInitiators = 8;

  /// `walkers` engines. Initiator i has a page of its own; its walk reads once, but for those
  /// listed in `reads`.
  Contention(unsigned walkers, unsigned queue_depth, std::vector<unsigned> reads = {})
      : bench(params(walkers, queue_depth)) {
    reads.resize(kInitiators, 1);
    for (unsigned i = 0; i < kInitiators; ++i) {
      bench.tables.set(va(i), Sv39::kLevels - reads[i], leaf_pte(kMemoryBase));
    }
  }
  static MmuParams params(unsigned walkers, unsigned queue_depth) {
    MmuParams p = bench_params();
    p.l2_tlb.entries = 0;
    p.walk_cache.level = {};
    p.walker.count = walkers;
    p.walker.queue_depth = queue_depth;
    return p;
  }
  static std::uint64_t va(unsigned i) { return std::uint64_t{i} << 30; }

  /// One walk of initiator `i`, presented at `at`; notes what the walker noted.
  MmuBench::Body walk(unsigned i, Cycles at) {
    return [this, i, at](LocalClock& clock) {
      clock.advance(at);
      clock.before_shared();
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va(i)}, AccessType::Load, bench.user).ok());
      const WalkRecord& walk = bench.mmu.last_walk();
      EXPECT_EQ(walk.address.value, va(i));
      EXPECT_EQ(clock.now(), walk.finished);
      walks[i] = {walk.requested, walk.started, walk.finished};
      engines[i] = walk.engine;
    };
  }
  struct Times {
    Cycles requested, started, finished;
    bool operator==(const Times&) const = default;
  };
  MmuBench bench;
  std::array<Times, kInitiators> walks{};
  std::array<unsigned, kInitiators> engines{};
};

TEST(WalkQueueTiming, lone_initiator_runs_ahead_of_simulated_time) {
  Contention c(1, 1);
  c.bench.run([&](LocalClock& clock) {
    c.walk(0, 0)(clock);
    c.walk(1, 0)(clock);
    EXPECT_EQ(clock.now(), 28U);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    EXPECT_EQ(sc_core::sc_delta_count(), 0U) << "it never waited";
  });
}

TEST(WalkQueueTiming, others_wait_for_the_walker_in_the_order_of_their_requests) {
  Contention c(1, 4);
  c.bench.stub.waits = true;
  c.bench.run({c.walk(0, 0), c.walk(1, 5), c.walk(2, 13), c.walk(3, 50)});
  EXPECT_EQ(c.walks[0], (Contention::Times{0, 0, 14}));
  EXPECT_EQ(c.walks[1], (Contention::Times{5, 14, 28}));
  EXPECT_EQ(c.walks[2], (Contention::Times{13, 28, 42}));
  EXPECT_EQ(c.walks[3], (Contention::Times{50, 50, 64}));
  EXPECT_EQ(c.bench.stat("walker.queue_cycles"), 9U + 15);
}

TEST(WalkQueueTiming, contention_is_the_same_when_memory_annotates_its_latency) {
  Contention c(1, 4);
  c.bench.run({c.walk(0, 0), c.walk(1, 5), c.walk(2, 13), c.walk(3, 50)});
  EXPECT_EQ(c.walks[0], (Contention::Times{0, 0, 14}));
  EXPECT_EQ(c.walks[1], (Contention::Times{5, 14, 28}));
  EXPECT_EQ(c.walks[2], (Contention::Times{13, 28, 42}));
  EXPECT_EQ(c.walks[3], (Contention::Times{50, 50, 64}));
}

TEST(WalkQueueTiming, two_walkers_serve_two_at_a_time) {
  Contention c(2, 4);
  c.bench.run({c.walk(0, 0), c.walk(1, 5), c.walk(2, 6), c.walk(3, 7)});
  EXPECT_EQ(c.walks[0], (Contention::Times{0, 0, 14}));
  EXPECT_EQ(c.walks[1], (Contention::Times{5, 5, 19}));
  EXPECT_EQ(c.walks[2], (Contention::Times{6, 14, 28}));
  EXPECT_EQ(c.walks[3], (Contention::Times{7, 19, 33}));
}

// One place in the queue: the third request gets it when the second is taken, at 14, and so on.
TEST(WalkQueueTiming, full_queue_holds_requests_back) {
  Contention c(1, 1);
  c.bench.run({c.walk(0, 0), c.walk(1, 1), c.walk(2, 2), c.walk(3, 3)});
  EXPECT_EQ(c.walks[0], (Contention::Times{0, 0, 14}));
  EXPECT_EQ(c.walks[1], (Contention::Times{1, 14, 28}));
  EXPECT_EQ(c.walks[2], (Contention::Times{14, 28, 42}));
  EXPECT_EQ(c.walks[3], (Contention::Times{28, 42, 56}));
}

// Rule 1: the port takes one request a cycle, although an engine is idle for each. Three come in
// cycle 3, in no particular order; the one of cycle 4 is behind them.
TEST(WalkQueueTiming, one_request_gets_in_a_cycle) {
  Contention c(4, 4);
  c.bench.run({c.walk(0, 3), c.walk(1, 3), c.walk(2, 3), c.walk(3, 4)});
  std::ranges::sort(c.walks.begin(), c.walks.begin() + 3, {}, &Contention::Times::requested);
  EXPECT_EQ(c.walks[0], (Contention::Times{3, 3, 17}));
  EXPECT_EQ(c.walks[1], (Contention::Times{4, 4, 18}));
  EXPECT_EQ(c.walks[2], (Contention::Times{5, 5, 19}));
  EXPECT_EQ(c.walks[3], (Contention::Times{6, 6, 20}));
  EXPECT_EQ(c.engines[3], 3U);
}

// Rule 2: two places. The fourth request gets that of the second when this starts, and the fifth
// that of the third.
TEST(WalkQueueTiming, place_in_the_queue_is_free_from_the_start_of_its_walk) {
  Contention c(1, 2);
  c.bench.run({c.walk(0, 0), c.walk(1, 1), c.walk(2, 2), c.walk(3, 3), c.walk(4, 4)});
  EXPECT_EQ(c.walks[1], (Contention::Times{1, 14, 28}));
  EXPECT_EQ(c.walks[2], (Contention::Times{2, 28, 42}));
  EXPECT_EQ(c.walks[3], (Contention::Times{14, 42, 56}));
  EXPECT_EQ(c.walks[4], (Contention::Times{28, 56, 70}));
}

// Rules 1 and 2: at 14 the place is free, but the request that comes in this cycle is behind the
// one that waits outside since 2.
TEST(WalkQueueTiming, who_waits_outside_is_before_who_comes) {
  Contention c(1, 1);
  c.bench.run({c.walk(0, 0), c.walk(1, 1), c.walk(2, 2), c.walk(3, 14)});
  EXPECT_EQ(c.walks[2], (Contention::Times{14, 28, 42}));
  EXPECT_EQ(c.walks[3], (Contention::Times{28, 42, 56}));
}

// Rule 3: both engines are idle from 26 on. Two walks wait; they start one after the other, the
// older one on engine 0.
TEST(WalkQueueTiming, one_walk_starts_a_cycle) {
  Contention c(2, 4, {2, 1});
  c.bench.run({c.walk(0, 0), c.walk(1, 12), c.walk(2, 13), c.walk(3, 14)});
  EXPECT_EQ(c.walks[0], (Contention::Times{0, 0, 26}));
  EXPECT_EQ(c.walks[1], (Contention::Times{12, 12, 26}));
  EXPECT_EQ(c.walks[2], (Contention::Times{13, 26, 40}));
  EXPECT_EQ(c.walks[3], (Contention::Times{14, 27, 41}));
  EXPECT_EQ(c.engines, (std::array<unsigned, 8>{0, 1, 0, 1}));
}

// Rule 3: engine 2 is idle since 16 and engine 1 since 27; the walk at 30 starts on engine 1, that
// at 31 on engine 2. Engine 0 is idle from 38 on, in this very cycle.
TEST(WalkQueueTiming, lowest_idle_engine_is_taken) {
  Contention c(3, 4, {3, 2, 1});
  c.bench.run(
      {c.walk(0, 0), c.walk(1, 1), c.walk(2, 2), c.walk(3, 30), c.walk(4, 31), c.walk(5, 38)});
  EXPECT_EQ(c.walks[0].finished, 38U);
  EXPECT_EQ(c.walks[1].finished, 27U);
  EXPECT_EQ(c.walks[2].finished, 16U);
  EXPECT_EQ(c.walks[3], (Contention::Times{30, 30, 44}));
  EXPECT_EQ(c.walks[4], (Contention::Times{31, 31, 45}));
  EXPECT_EQ(c.walks[5], (Contention::Times{38, 38, 52}));
  EXPECT_EQ(c.engines, (std::array<unsigned, 8>{0, 1, 2, 1, 2, 0}));
}

}  // namespace
}  // namespace faultline
