// SPDX-License-Identifier: Apache-2.0
// The bench with the C++ engine on both sides: equal engines play equal rounds, and an engine that
// is wrong in one thing is found.

#include "platform/cosim/walk_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/mmu/cpp_walk_engine.h"
#include "platform/cosim/walk_coverage.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

MmuParams bench_params(unsigned engines = 2) {
  MmuParams params;
  params.walker.count = engines;
  params.walker.queue_depth = 2;
  params.walker.enters = WalkerEntry::Memory;
  return params;
}

std::unique_ptr<WalkEngine> make_cpp(const WalkEngineParts& parts) {
  return std::make_unique<CppWalkEngine>(parts);
}

/// An engine that is right but for what a test changes in its answers.
class WrongEngine : public WalkEngine {
 public:
  using Fault = std::function<void(LocalClock&, WalkRecord&, Leaf&, bool& cacheable)>;
  WrongEngine(const WalkEngineParts& parts, Fault fault)
      : right_(parts), fault_(std::move(fault)) {}

  const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                         bool& cacheable) override {
    WalkRecord record = right_.walk(clock, request, leaf, cacheable);
    fault_(clock, record, leaf, cacheable);
    return record_ = record;
  }
  void fence(Cycles now, const FenceScope& scope) override { right_.fence(now, scope); }
  void flush(Cycles now) override { right_.flush(now); }

 private:
  CppWalkEngine right_;
  Fault fault_;
  WalkRecord record_{};
};

class WalkBenchTest : public ::testing::Test {
 protected:
  /// Plays rounds until one differs; at most `rounds`.
  std::optional<Difference> play(const WalkEngineFactory& other, const MmuParams& params,
                                 unsigned rounds = 20, std::size_t most_initiators = 16) {
    const std::array<NamedEngine, 2> engines = {{{"cpp", make_cpp}, {"other", other}}};
    coverage.begin_design(params);
    for (unsigned i = 0; i < rounds; ++i) {
      const Round round({.seed = 1, .design = "test", .number = i}, params);
      if (round.initiators().size() > most_initiators) continue;
      coverage.begin_round(round);
      auto difference =
          bench.run(round, params, engines,
                    [&](const WalkRequest& request, Cycles submitted, const WalkAnswer& answer) {
                      ++walks;
                      coverage.walk(request, submitted, answer, bench.start());
                    });
      if (difference) return difference;
      coverage.end_round(bench.statistics());
    }
    return std::nullopt;
  }
  std::optional<Difference> play_fault(WrongEngine::Fault fault) {
    return play(
        [&](const WalkEngineParts& parts) { return std::make_unique<WrongEngine>(parts, fault); },
        bench_params());
  }

  WalkBench bench{"bench"};
  WalkCoverage coverage;
  unsigned walks = 0;
};

TEST_F(WalkBenchTest, equal_engines_do_not_differ) {
  EXPECT_FALSE(play(make_cpp, bench_params()));
  EXPECT_GE(walks, 20 * (Round::kWalks - Round::kMaxInitiators));
}

TEST_F(WalkBenchTest, equal_engines_do_not_differ_with_one_engine_or_many_of_the_largest_format) {
  MmuParams params = bench_params(4);
  params.format = PageTableFormat::Sv57;
  params.walk_cache.level = {{{0, 0}, {8, 2}, {4, 0}, {4, 0}, {2, 0}}};
  EXPECT_FALSE(play(make_cpp, params));
  EXPECT_FALSE(play(make_cpp, bench_params(1)));
}

TEST_F(WalkBenchTest, a_cycle_more_is_found) {
  const auto difference = play_fault([](LocalClock& clock, WalkRecord& record, Leaf&, bool&) {
    if (record.status != AbortStatus::MisalignedSuperpage) return;
    clock.spend(1);
    ++record.finished;
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->kind, Difference::Kind::Cycle);
  EXPECT_THAT(difference->details, HasSubstr("<--"));
}

TEST_F(WalkBenchTest, a_wrong_answer_is_found) {
  const auto difference = play_fault([](LocalClock&, WalkRecord&, Leaf& leaf, bool&) {
    leaf.flags = static_cast<std::uint8_t>(leaf.flags & ~kPteG);
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->kind, Difference::Kind::Record);
  EXPECT_THAT(difference->summary, HasSubstr("differs"));
  EXPECT_THAT(difference->details, HasSubstr("leaf flags"));
}

TEST_F(WalkBenchTest, a_result_that_is_kept_over_a_fence_is_found) {
  const auto difference =
      play_fault([](LocalClock&, WalkRecord&, Leaf&, bool& cacheable) { cacheable = true; });
  ASSERT_TRUE(difference);
  EXPECT_THAT(difference->details, HasSubstr("cacheable"));
}

TEST_F(WalkBenchTest, an_answer_that_never_comes_is_found) {
  sc_core::sc_event never;
  const auto hangs = [&](LocalClock& clock, WalkRecord& record, Leaf&, bool&) {
    if (record.status == AbortStatus::Permission) clock.wait_for(never);
  };
  const auto difference = play(
      [&](const WalkEngineParts& parts) { return std::make_unique<WrongEngine>(parts, hangs); },
      bench_params(), 20, 1);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->kind, Difference::Kind::Silence);
  EXPECT_THAT(difference->summary, HasSubstr("only cpp has answered"));
  EXPECT_FALSE(play(make_cpp, bench_params())) << "the bench is as good as new afterwards";
}

TEST_F(WalkBenchTest, an_engine_that_fails_is_reported) {
  const auto difference = play_fault([](LocalClock&, WalkRecord& record, Leaf&, bool&) {
    if (record.update_count != 0) throw std::runtime_error("an assertion failed");
  });
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->kind, Difference::Kind::Assertion);
  EXPECT_THAT(difference->summary, HasSubstr("an assertion failed"));
}

TEST_F(WalkBenchTest, walk_caches_that_count_otherwise_are_found) {
  const auto difference = play(
      [](const WalkEngineParts& parts) {
        return std::make_unique<WrongEngine>(
            parts, [&statistics = parts.walk_cache_stats](LocalClock&, WalkRecord&, Leaf&, bool&) {
              ++*statistics.groups().front()->counters().front().value;
            });
      },
      bench_params());
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->kind, Difference::Kind::Statistics);
  EXPECT_THAT(difference->summary, HasSubstr("level1.lookups"));
}

}  // namespace
}  // namespace faultline
