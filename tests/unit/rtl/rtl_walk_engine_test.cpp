// SPDX-License-Identifier: Apache-2.0
// RtlWalkEngine beside CppWalkEngine in one simulation, each with its own memory: equal requests
// must give equal records, which hold every cycle. Two walk engines, a queue of two places, steps
// of one cycle, memory of ten.

#include "models/rtl/rtl_walk_engine.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/mmu/cpp_walk_engine.h"
#include "models/rtl/library.h"
#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr VirtAddr kVa{0x12'3456'7000};
constexpr std::uint64_t kPage = 0x8040'0000;
constexpr Cycles kWholeWalk = 39;  // three reads: 2 + 3 * (1 + 10 + 1) + 1

MmuParams two_engines() {
  MmuParams params;
  params.walker.count = 2;
  params.walker.queue_depth = 2;
  return params;
}

/// All that a walk answers.
struct Answer {
  WalkRecord record{};
  std::uint64_t page = 0;
  unsigned flags = 0;
  bool cacheable = false;
};

/// One engine with all that it works with.
struct Side : sc_core::sc_module {
  using Make = std::function<std::unique_ptr<WalkEngine>(const WalkEngineParts&)>;

  Side(const sc_core::sc_module_name& name, const Make& make) : sc_module(name) {
    open_pmp(pmp);
    map.add({"dram", PhysAddr{kMemoryBase}, kMemoryBytes, RegionKind::Memory});
    port.set_direct_memory(memory);
    port.socket.bind(stub.socket);
    engine = make(WalkEngineParts{params, pmp, map, port, stats});
  }

  Answer walk(LocalClock& clock, const WalkRequest& request) {
    clock.before_shared();
    Leaf leaf;
    Answer answer;
    answer.record = engine->walk(clock, request, leaf, answer.cacheable);
    if (answer.record.status == AbortStatus::None) {
      answer.page = leaf.page.value;
      answer.flags = leaf.flags;
    }
    return answer;
  }

  MmuParams params = two_engines();
  std::vector<unsigned char> host = std::vector<unsigned char>(kMemoryBytes);
  DirectMemory memory{PhysAddr{kMemoryBase}, kMemoryBytes, host.data()};
  Pmp pmp;
  MemoryMap map;
  WalkPort port;
  StubMemory stub{"memory"};
  StatGroup stats{"walk_cache"};
  PageTables tables{memory};
  std::unique_ptr<WalkEngine> engine;
};

class Bench : public sc_core::sc_module {
 public:
  Bench() : sc_module(sc_core::sc_module_name("bench")) {
    user.satp = sides[0].tables.satp();
    user.privilege = Privilege::User;
  }

  /// The same to both sides.
  void each(const std::function<void(Side&)>& what) {
    for (Side& side : sides) what(side);
  }
  void set(VirtAddr va, unsigned level, std::uint64_t pte) {
    each([&](Side& side) { side.tables.set(va.value, level, pte); });
  }
  /// A walk that comes in cycle `at`, on both sides. No two may come in the same cycle: which
  /// thread is then the first is SystemC's choice.
  void walk_at(Cycles at, VirtAddr va, AccessType access = AccessType::Load) {
    const std::size_t number = walks_++;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      answers_[i].resize(walks_);
      sc_core::sc_spawn([this, i, number, at, request = WalkRequest{va, access, user}] {
        LocalClock clock(kPeriodPs);
        clock.advance_to(at);
        clock.catch_up();
        answers_[i][number] = sides[i].walk(clock, request);
        ++ended_;
      });
    }
  }
  /// A fence in cycle `at`, before all else of that cycle, on both sides.
  void fence_at(Cycles at, const FenceScope& scope = {}) {
    const auto event = std::make_shared<sc_core::sc_event>();
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.set_sensitivity(event.get());
    method.dont_initialize();
    sc_core::sc_spawn(
        [this, event, at, scope] { each([&](Side& s) { s.engine->fence(at, scope); }); },
        sc_core::sc_gen_unique_name("fence"), &method);
    event->notify(sc_core::sc_time::from_value(at * kPeriodPs));
  }

  /// Runs all walks and compares; returns the answers.
  const std::vector<Answer>& run() {
    sc_core::sc_start();
    EXPECT_EQ(ended_, 2 * walks_) << "a walk never came to its end";
    for (std::size_t i = 0; i < walks_; ++i) {
      SCOPED_TRACE("walk " + std::to_string(i));
      expect_equal(answers_[0][i], answers_[1][i]);
    }
    expect_equal(sides[0].stats, sides[1].stats);
    EXPECT_EQ(sides[0].host, sides[1].host);
    return answers_[1];
  }

  [[nodiscard]] RtlWalkEngine& rtl() { return dynamic_cast<RtlWalkEngine&>(*sides[1].engine); }

  std::array<Side, 2> sides{
      Side{"cpp",
           [](const WalkEngineParts& parts) { return std::make_unique<CppWalkEngine>(parts); }},
      Side{"rtl", [](const WalkEngineParts& parts) {
             RtlLibraryOptions options;
             options.script = FAULTLINE_RTL_SCRIPT;
             options.designs = FAULTLINE_RTL_DESIGNS;
             const RtlLibrary library(options);
             return std::make_unique<RtlWalkEngine>(library.make_walker(parts.params), parts,
                                                    kPeriodPs);
           }}};
  TranslationContext user;  ///< of the walks to come

 private:
  static void expect_equal(const Answer& cpp, const Answer& rtl) {
    const WalkRecord& a = cpp.record;
    const WalkRecord& b = rtl.record;
    EXPECT_EQ(a.requested, b.requested);
    EXPECT_EQ(a.started, b.started);
    EXPECT_EQ(a.finished, b.finished);
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.leaf_level, b.leaf_level);
    EXPECT_EQ(a.leaf_pte, b.leaf_pte);
    EXPECT_EQ(a.walk_cache_level, b.walk_cache_level);
    ASSERT_EQ(a.read_count, b.read_count);
    ASSERT_EQ(a.update_count, b.update_count);
    for (unsigned i = 0; i < a.read_count; ++i) EXPECT_EQ(a.reads[i], b.reads[i]) << i;
    for (unsigned i = 0; i < a.update_count; ++i) EXPECT_EQ(a.updates[i], b.updates[i]) << i;
    EXPECT_EQ(cpp.page, rtl.page);
    EXPECT_EQ(cpp.flags, rtl.flags);
    EXPECT_EQ(cpp.cacheable, rtl.cacheable);
  }
  static void expect_equal(const StatGroup& cpp, const StatGroup& rtl) {
    ASSERT_EQ(cpp.counters().size(), rtl.counters().size());
    for (std::size_t i = 0; i < cpp.counters().size(); ++i) {
      EXPECT_EQ(*cpp.counters()[i].value, *rtl.counters()[i].value) << cpp.counters()[i].name;
    }
    ASSERT_EQ(cpp.groups().size(), rtl.groups().size());
    for (std::size_t i = 0; i < cpp.groups().size(); ++i) {
      expect_equal(*cpp.groups()[i], *rtl.groups()[i]);
    }
  }

  std::size_t walks_ = 0;
  std::size_t ended_ = 0;
  std::array<std::vector<Answer>, 2> answers_{};
};

TEST(RtlWalkEngine, one_walk_takes_the_cycles_of_its_states) {
  Bench bench;
  bench.set(kVa, 0, leaf_pte(kPage));
  bench.walk_at(100, kVa);
  const Answer& answer = bench.run().front();
  EXPECT_EQ(answer.record.requested, 100U);
  EXPECT_EQ(answer.record.started, 100U);
  EXPECT_EQ(answer.record.finished, 100 + kWholeWalk);
  EXPECT_EQ(answer.record.reads[0].served_by, ServedBy::L2);
  EXPECT_EQ(answer.page, kPage);
  EXPECT_TRUE(answer.cacheable);
}

// Two run, two are queued, the others wait outside until a place is free.
TEST(RtlWalkEngine, queue_and_port_are_first_come_first_served) {
  Bench bench;
  for (unsigned i = 0; i < 7; ++i) {
    const VirtAddr va = kVa + (i << 21U);
    bench.set(va, 0, leaf_pte(kPage + i * kPageBytes));
    bench.walk_at(10 + i, va);
  }
  const std::vector<Answer>& answers = bench.run();
  EXPECT_EQ(answers[0].record.started, 10U);
  EXPECT_EQ(answers[1].record.started, 11U);
  EXPECT_EQ(answers[2].record.requested, 12U);
  EXPECT_EQ(answers[2].record.started, answers[0].record.finished);
  EXPECT_EQ(answers[4].record.requested, answers[2].record.started) << "a place is free";
}

// The pointers of a walk that is under way when the fence comes are not kept; those of the next
// are.
TEST(RtlWalkEngine, fence_in_flight_keeps_the_walk_from_being_cached) {
  Bench bench;
  bench.set(kVa, 0, leaf_pte(kPage));
  bench.walk_at(10, kVa);
  bench.fence_at(20);
  bench.walk_at(100, kVa);
  bench.walk_at(200, kVa);
  bench.fence_at(200, {.has_address = true, .address = kVa});
  bench.walk_at(300, kVa);
  const std::vector<Answer>& answers = bench.run();
  EXPECT_FALSE(answers[0].cacheable);
  EXPECT_EQ(answers[1].record.walk_cache_level, 2U);
  EXPECT_TRUE(answers[2].cacheable) << "the fence of the cycle in which it starts comes first";
  EXPECT_EQ(answers[2].record.walk_cache_level, 2U) << "and drops what it would have found";
  EXPECT_EQ(answers[3].record.walk_cache_level, 0U);
}

TEST(RtlWalkEngine, two_fences_without_walks_in_one_cycle_both_count) {
  Bench bench;
  const VirtAddr other = kVa + (std::uint64_t{1} << 30U);
  bench.set(kVa, 0, leaf_pte(kPage));
  bench.set(other, 0, leaf_pte(kPage));
  bench.walk_at(10, kVa);
  bench.walk_at(100, other);
  bench.fence_at(200, {.has_address = true, .address = kVa});
  bench.fence_at(200, {.has_address = true, .address = other});
  bench.walk_at(200, kVa);
  bench.walk_at(300, other);
  const std::vector<Answer>& answers = bench.run();
  EXPECT_EQ(answers[2].record.walk_cache_level, 2U);
  EXPECT_EQ(answers[3].record.walk_cache_level, 2U);
}

TEST(RtlWalkEngine, every_abort_is_the_same) {
  Bench bench;
  const auto nth = [](unsigned i) { return kVa + (std::uint64_t{i} << 21U); };
  bench.set(nth(0), 0, 0);
  bench.set(nth(1), 0, leaf_pte(kPage, kUserRwx & ~kPteR));
  bench.set(nth(2), 1, leaf_pte(kPage + kPageBytes));
  bench.set(nth(3), 0, leaf_pte(kPage, kUserRwx & ~kPteU));
  bench.set(nth(4), 0, leaf_pte(kPage, kUserRwx & ~kPteA));
  bench.set(nth(5), 1, pointer_pte(kDeviceBase));
  bench.set(nth(6), 0, leaf_pte(kPage));
  bench.each([&](Side& s) { s.stub.broken = s.tables.entry(nth(6).value, 0).value; });
  for (unsigned i = 0; i < 7; ++i) bench.walk_at(100 * i, nth(i));
  bench.walk_at(700, VirtAddr{std::uint64_t{1} << 40U});
  const std::vector<Answer>& answers = bench.run();
  const std::array expected = {AbortStatus::Translation,         AbortStatus::ReservedEncoding,
                               AbortStatus::MisalignedSuperpage, AbortStatus::Permission,
                               AbortStatus::AccessFlag,          AbortStatus::WalkAccessFault,
                               AbortStatus::WalkAccessFault,     AbortStatus::NonCanonical};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(answers[i].record.status, expected[i]) << i;
  }
}

// Somebody else changes the entry before the first compare-and-set of A and D.
TEST(RtlWalkEngine, lost_update_reads_again) {
  Bench bench;
  bench.user.adue = true;
  bench.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~(kPteA | kPteD)));
  bench.each([](Side& s) {
    s.stub.on_access = [&s](const StubMemory::Seen& seen) {
      if (seen.write && s.stub.seen.size() == 4) {
        s.tables.set(kVa.value, 0, leaf_pte(kPage, kUserRwx & ~kPteD));
      }
    };
  });
  bench.walk_at(10, kVa, AccessType::Store);
  const Answer& answer = bench.run().front();
  ASSERT_EQ(answer.record.update_count, 2U);
  EXPECT_FALSE(answer.record.updates[0].stored);
  EXPECT_TRUE(answer.record.updates[1].stored);
  EXPECT_EQ(answer.record.leaf_pte, leaf_pte(kPage));
}

TEST(RtlWalkEngine, late_grant_changes_no_cycle) {
  Bench bench;
  bench.rtl().set_grant_delay(7);
  for (unsigned i = 0; i < 4; ++i) {
    const VirtAddr va = kVa + (i << 21U);
    bench.set(va, 0, leaf_pte(kPage));
    bench.walk_at(10 + i, va);
  }
  bench.run();
}

// It is clocked while a walk does something, and neither between walks nor while memory works.
TEST(RtlWalkEngine, stands_still_without_work) {
  Bench bench;
  unsigned edges = 0;
  bench.rtl().set_probe([&](Cycles, const WalkerInputs&, const WalkerOutputs&) { ++edges; });
  bench.set(kVa, 0, leaf_pte(kPage));
  bench.walk_at(1000, kVa);
  bench.walk_at(900'000, kVa);
  bench.run();
  EXPECT_LE(edges, 2 * kWholeWalk - 3 * 8U);
  EXPECT_GE(edges, 20U);
}

}  // namespace
}  // namespace faultline
