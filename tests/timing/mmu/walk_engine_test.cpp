// SPDX-License-Identifier: Apache-2.0
// What happens in one cycle: the rules 4 to 6 of models/mmu/walk_engine.h. The engine alone, with
// the default steps of one cycle each and a memory of 10 cycles. A walk of three reads, from
// `started` on:
//   accepted 1, looked up 2
//   issued 3, responded 13, decoded 14: the pointer of level 2 is kept
//   issued 15, responded 25, decoded 26: the pointer of level 1 is kept
//   issued 27, responded 37, decoded 38, finished 39

#include <gtest/gtest.h>

#include "models/mmu/cpp_walk_engine.h"
#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr VirtAddr kVa{0x12'3456'7000};
constexpr std::uint64_t kPage = 0x8040'0000;
constexpr std::uint64_t kBeyond = 0x9000'0000;  // main memory to PMA, but nothing is there
constexpr FenceScope kElsewhere{.has_address = true, .address = VirtAddr{0x8'0000'0000}};

class EngineBench : public sc_core::sc_module {
 public:
  explicit EngineBench(const sc_core::sc_module_name& name = "bench") : sc_module(name) {
    open_pmp(pmp_);
    map_.add({"dram", PhysAddr{kMemoryBase}, kMemoryBytes, RegionKind::Memory});
    map_.add({"beyond", PhysAddr{kBeyond}, kPageBytes, RegionKind::Memory});
    port_.set_direct_memory(memory_);
    port_.socket.bind(stub_.socket);
    user_.satp = tables.satp();
    user_.privilege = Privilege::User;
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.set_sensitivity(&fence_);
    method.dont_initialize();
    sc_core::sc_spawn(
        [this] { engine.fence(sc_core::sc_time_stamp().value() / kPeriodPs, scope_); }, "fence",
        &method);
  }

  /// A method fences at `at`.
  void fence_at(LocalClock& clock, Cycles at, const FenceScope& scope) {
    scope_ = scope;
    fence_.notify(sc_core::sc_time::from_value(at * kPeriodPs) - sc_core::sc_time_stamp());
    clock.refresh_horizon();
  }
  const WalkRecord& walk(LocalClock& clock, VirtAddr va = kVa) {
    clock.before_shared();
    Leaf leaf;
    return engine.walk(clock, {va, AccessType::Load, user_}, leaf, cacheable);
  }
  void run(const std::vector<std::function<void(LocalClock&)>>& bodies) {
    unsigned ended = 0;
    for (const auto& body : bodies) {
      sc_core::sc_spawn([&ended, body] {
        LocalClock clock(kPeriodPs);
        body(clock);
        ++ended;
      });
    }
    sc_core::sc_start();
    EXPECT_EQ(ended, bodies.size());
  }

 private:
  static MmuParams params() {
    MmuParams p;
    p.walker.count = 2;
    return p;
  }
  std::vector<unsigned char> host_ = std::vector<unsigned char>(kMemoryBytes);
  DirectMemory memory_{PhysAddr{kMemoryBase}, kMemoryBytes, host_.data()};
  MmuParams params_ = params();
  Pmp pmp_;
  MemoryMap map_;
  WalkPort port_;
  StubMemory stub_{"memory"};
  StatGroup stats_{"walk_cache"};
  sc_core::sc_event fence_;
  FenceScope scope_{};
  TranslationContext user_{};

 public:
  PageTables tables{memory_};
  CppWalkEngine engine{WalkEngineParts{params_, pmp_, map_, port_, stats_}};
  bool cacheable = false;  ///< of the last walk
};

// Rule 5, for a fence in every cycle of the walk. Its scope drops nothing of the walk's path, so
// whatever is missing afterwards was not kept; a second walk shows what was.
TEST(WalkEngineTiming, nothing_is_kept_that_is_decided_from_the_cycle_of_a_fence_on) {
  EngineBench bench;
  bench.tables.set(kVa.value, 0, leaf_pte(kPage));
  bench.run({[&](LocalClock& clock) {
    for (Cycles at = 0; at <= 41; ++at) {
      SCOPED_TRACE(at);
      clock.before_shared();
      bench.engine.flush(clock.now());
      const Cycles start = clock.now();
      bench.fence_at(clock, start + at, kElsewhere);
      EXPECT_EQ(bench.walk(clock).finished - start, 39U);
      EXPECT_EQ(bench.cacheable, at == 0 || at > 39);
      clock.advance(10);  // past the last of the fences
      const unsigned first_level = bench.walk(clock).walk_cache_level;
      const unsigned expected = at == 0 || at > 26 ? 0 : at > 14 ? 1 : 2;
      EXPECT_EQ(first_level, expected);
    }
  }});
}

// Rules 4 and 5: the look-up in the cycle of a fence finds nothing any more; the cycle before, the
// pointers are still there.
TEST(WalkEngineTiming, look_up_sees_the_fence_of_its_cycle) {
  EngineBench bench;
  bench.tables.set(kVa.value, 0, leaf_pte(kPage));
  bench.run({[&](LocalClock& clock) {
    for (const Cycles look_up : {1, 2, 3}) {
      bench.walk(clock);
      clock.advance(10);
      clock.before_shared();
      bench.fence_at(clock, clock.now() + look_up, {});
      EXPECT_EQ(bench.walk(clock).walk_cache_level, look_up <= 2 ? 2 : 0) << look_up;
    }
  }});
}

// Rule 4: the pointer of level 1 is decided at 26. A look-up in that cycle, of the walk that starts
// at 24 on the other engine, finds that of level 2 only; a cycle later it finds it.
TEST(WalkEngineTiming, pointer_is_found_from_the_cycle_after_its_decision_on) {
  EngineBench bench;
  bench.tables.set(kVa.value, 0, leaf_pte(kPage));
  const VirtAddr neighbour = kVa + kPageBytes;
  bench.tables.set(neighbour.value, 0, leaf_pte(kPage));
  const std::vector<Cycles> after = {11, 12, 13, 24, 25};
  const std::vector<unsigned> first_level = {2, 2, 1, 1, 0};
  bench.run({[&](LocalClock& clock) {
               for (std::size_t i = 0; i < after.size(); ++i) {
                 clock.advance_to(1000 * i);
                 clock.catch_up();
                 bench.engine.flush(clock.now());
                 bench.walk(clock);
               }
             },
             [&](LocalClock& clock) {
               for (std::size_t i = 0; i < after.size(); ++i) {
                 clock.advance_to(1000 * i + after[i]);
                 clock.catch_up();
                 EXPECT_EQ(bench.walk(clock, neighbour).walk_cache_level, first_level[i])
                     << after[i];
               }
             }});
}

// Rule 6: an entry that the memory system does not have is an error, after one cycle all the same.
TEST(WalkEngineTiming, an_error_takes_a_cycle_at_least) {
  EngineBench bench;
  bench.tables.set(kVa.value, 2, pointer_pte(kBeyond));
  bench.run({[&](LocalClock& clock) {
    const WalkRecord& walk = bench.walk(clock);
    EXPECT_EQ(walk.status, AbortStatus::WalkAccessFault);
    ASSERT_EQ(walk.read_count, 2U);
    EXPECT_EQ(walk.reads[1].issued, 15U);
    EXPECT_EQ(walk.reads[1].responded, 16U);
    EXPECT_EQ(walk.finished, 18U) << "decoded 17";
  }});
}

}  // namespace
}  // namespace faultline
