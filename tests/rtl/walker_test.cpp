// SPDX-License-Identifier: Apache-2.0
// The RTL walker's queue and dispatch: rules 1 to 3 and 5 of models/mmu/walk_engine.h.

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/rtl/walker_designs.h"

namespace faultline {
namespace {

using Walk = WalkerBench::Walk;

TEST(WalkerRtl, request_to_an_idle_walker_starts_in_its_cycle) {
  WalkerBench bench = FourEngines::make();
  bench.cycle();
  ASSERT_TRUE(bench.cycle(bench.load(7)));
  bench.drain();
  EXPECT_EQ(bench.walk(7).requested, 2U);
  EXPECT_EQ(bench.walk(7).started, 2U);
  EXPECT_EQ(bench.walk(7).finished, 2U + FourEngines::kShortestLoad);
}

TEST(WalkerRtl, requests_of_consecutive_cycles_start_on_one_engine_after_the_other) {
  WalkerBench bench = FourEngines::make();
  for (std::uint16_t id = 0; id < 4; ++id) ASSERT_TRUE(bench.cycle(bench.load(id)));
  bench.drain();
  for (std::uint16_t id = 0; id < 4; ++id) {
    EXPECT_EQ(bench.walk(id).started, 1U + id);
    EXPECT_EQ(bench.walk(id).engine, id);
  }
}

TEST(WalkerRtl, idle_engine_of_the_lowest_number_takes_the_request) {
  WalkerBench bench = FourEngines::make();
  bench.latency = [](unsigned) { return Cycles{20}; };
  bench.cycle(bench.load(0));
  bench.cycle(bench.short_load(1));
  bench.cycle();
  bench.cycle(bench.load(2));  // engine 1 has just finished; 2 and 3 have never worked
  bench.cycle(bench.load(3));
  bench.drain();
  EXPECT_EQ(bench.walk(1).finished, 4U);
  EXPECT_EQ(bench.walk(2).started, 4U);
  EXPECT_EQ(bench.walk(2).engine, 1U);
  EXPECT_EQ(bench.walk(3).engine, 2U);
}

TEST(WalkerRtl, of_engines_that_finish_together_one_starts_a_cycle) {
  WalkerBench bench = FourEngines::make();
  bench.latency = [](unsigned engine) { return Cycles{20} - engine; };
  for (std::uint16_t id = 0; id < 7; ++id) ASSERT_TRUE(bench.cycle(bench.load(id)));
  bench.drain();
  const Cycles finished = bench.walk(0).finished;
  for (std::uint16_t id = 1; id < 4; ++id) EXPECT_EQ(bench.walk(id).finished, finished);
  for (std::uint16_t id = 4; id < 7; ++id) {
    EXPECT_EQ(bench.walk(id).started, finished + id - 4);
    EXPECT_EQ(bench.walk(id).engine, id - 4U);
  }
}

TEST(WalkerRtl, walk_starts_in_the_cycle_in_which_the_one_before_finishes) {
  WalkerBench bench = OneEngine::make();
  for (std::uint16_t id = 0; id < 5; ++id) ASSERT_TRUE(bench.cycle(bench.load(id)));
  bench.drain();
  for (std::uint16_t id = 1; id < 5; ++id) {
    EXPECT_EQ(bench.walk(id).requested, 1U + id);
    EXPECT_EQ(bench.walk(id).started, bench.walk(id - 1).finished);
  }
}

TEST(WalkerRtl, full_queue_takes_a_request_again_in_the_cycle_in_which_its_oldest_starts) {
  WalkerBench bench = OneEngine::make();
  bench.latency = [](unsigned) { return Cycles{20}; };
  for (std::uint16_t id = 0; id < 5; ++id) ASSERT_TRUE(bench.cycle(bench.load(id)));
  while (!bench.cycle(bench.load(5))) ASSERT_LT(bench.now(), 100U);
  bench.drain();
  EXPECT_EQ(bench.walk(5).requested, bench.walk(0).finished);
  EXPECT_EQ(bench.walk(1).started, bench.walk(0).finished);
  EXPECT_EQ(bench.walk(5).started, bench.walk(4).finished);
}

TEST(WalkerRtl, queue_of_one_place_holds_one_request) {
  WalkerBench bench = TwoEngines::make();
  bench.latency = [](unsigned) { return Cycles{20}; };
  for (std::uint16_t id = 0; id < 3; ++id) ASSERT_TRUE(bench.cycle(bench.load(id)));
  EXPECT_FALSE(bench.cycle(bench.load(3)));
}

TEST(WalkerRtl, pointer_that_one_engine_keeps_serves_the_other) {
  WalkerBench bench = TwoEngines::make();
  bench.entries[std::uint64_t{1} << kPageShift] = 2 << kPtePpnShift | kPteV;
  bench.entries[std::uint64_t{2} << kPageShift] = 3 << kPtePpnShift | kPteV;
  bench.cycle(bench.load(0));
  bench.drain();
  bench.latency = [](unsigned) { return Cycles{20}; };
  bench.cycle(bench.load(1, std::uint64_t{1} << 30));
  bench.cycle(bench.load(2));
  bench.drain();
  EXPECT_EQ(bench.walk(0).first_level, 2U);
  EXPECT_EQ(bench.walk(1).first_level, 2U);
  EXPECT_EQ(bench.walk(2).engine, 1U);
  EXPECT_EQ(bench.walk(2).first_level, 0U);
}

TEST(WalkerRtl, walk_caches_count_a_lookup_of_each_engine) {
  WalkerBench bench = TwoEngines::make();
  bench.cycle(bench.load(0));
  bench.cycle();
  EXPECT_EQ(bench.outputs().walk_cache[1].lookups, 0);
  bench.cycle();
  EXPECT_EQ(bench.outputs().walk_cache[1].lookups, 1);
  EXPECT_EQ(bench.outputs().walk_cache[1].hits, 0);
  EXPECT_EQ(bench.outputs().walk_cache[2].lookups, 0) << "which has no entries";
  bench.drain();
}

/// The rules, as simple as they are said: who waits, and what runs where.
class Rules {
 public:
  Rules(unsigned engines, unsigned depth) : running_(engines), depth_(depth) {}

  struct Start {
    std::uint16_t id = 0;
    unsigned engine = 0;
  };
  void finish(unsigned engine) { running_[engine] = false; }
  [[nodiscard]] bool ready() const { return waiting_.size() < depth_ || idle(); }
  void request(std::uint16_t id) { waiting_.push_back(id); }
  std::optional<Start> start() {
    const std::optional<unsigned> engine = idle();
    if (waiting_.empty() || !engine) return {};
    const Start start{waiting_.front(), *engine};
    waiting_.pop_front();
    running_[*engine] = true;
    return start;
  }

 private:
  [[nodiscard]] std::optional<unsigned> idle() const {
    for (unsigned i = 0; i < running_.size(); ++i) {
      if (!running_[i]) return i;
    }
    return {};
  }

  std::deque<std::uint16_t> waiting_;
  std::vector<bool> running_;
  std::size_t depth_;
};

template <typename Design>
class WalkerRtlRandom : public ::testing::Test {};
using Designs = ::testing::Types<OneEngine, TwoEngines, FourEngines>;
TYPED_TEST_SUITE(WalkerRtlRandom, Designs);

TYPED_TEST(WalkerRtlRandom, random_requests_start_as_the_rules_say) {
  WalkerBench bench = TypeParam::make();
  std::mt19937_64 random(1);
  const auto draw = [&random](std::uint64_t below) { return random() % below; };
  bench.latency = [&draw](unsigned) { return 1 + draw(30); };
  Rules rules(TypeParam::kCount, TypeParam::kDepth);
  std::uint16_t id = 0;
  std::uint64_t rush = 1;  // requests come in one of so many cycles
  unsigned refused = 0;
  Cycles fenced = 0;
  for (unsigned i = 0; i < 50000 && !this->HasFailure(); ++i) {
    SCOPED_TRACE(i);
    if (i % 256 == 0) rush = 1 + draw(30);
    std::optional<WalkerRequestPins> request;
    if (draw(rush) == 0) request = draw(4) == 0 ? bench.short_load(id) : bench.load(id);
    std::optional<FenceScope> fence;
    if (draw(50) == 0) fence.emplace();
    const bool taken = bench.cycle(request, fence);
    if (fence) fenced = bench.now();

    for (unsigned engine = 0; engine < TypeParam::kCount; ++engine) {
      const WalkerEngineOutputs& out = bench.outputs().engine[engine];
      if (!out.response_valid) continue;
      rules.finish(engine);
      const Walk& walk = bench.walk(out.response_id);
      EXPECT_EQ(walk.engine, engine);
      EXPECT_EQ(walk.cacheable, fenced <= walk.started);
    }
    ASSERT_EQ(bench.outputs().request_ready, rules.ready());
    refused += request && !taken ? 1 : 0;
    if (taken) rules.request(id++);
    const std::optional<Rules::Start> start = rules.start();
    for (unsigned engine = 0; engine < TypeParam::kCount; ++engine) {
      const WalkerEngineOutputs& out = bench.outputs().engine[engine];
      ASSERT_EQ(out.started, start && start->engine == engine);
      if (out.started) {
        ASSERT_EQ(out.started_id, start->id);
      }
    }
  }
  EXPECT_GT(id, 1000);
  EXPECT_GT(refused, 1000U);
}

// What whoever uses the walker has to keep to is asserted.

TEST(WalkerRtlAssertions, id_of_an_open_request_must_not_come_again) {
  WalkerBench bench = OneEngine::make();
  bench.cycle(bench.load(3));
  EXPECT_THROW(bench.cycle(bench.load(3)), std::runtime_error);
}

TEST(WalkerRtlAssertions, machine_mode_does_not_translate) {
  WalkerBench bench = OneEngine::make();
  WalkerRequestPins machine = bench.load(0);
  machine.privilege = 3;
  EXPECT_THROW(bench.cycle(machine), std::runtime_error);
}

TEST(WalkerRtlAssertions, root_must_be_of_a_format_that_is_built) {
  WalkerBench bench = OneEngine::make();
  WalkerRequestPins sv48 = bench.load(0);
  sv48.root_level = 3;
  EXPECT_THROW(bench.cycle(sv48), std::runtime_error);
}

}  // namespace
}  // namespace faultline
