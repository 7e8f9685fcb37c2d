// SPDX-License-Identifier: Apache-2.0
// Whole translations through the real caches, crossbar and DRAM. The core runs at the DRAM's clock
// of 800 MHz (DDR4-1600, 1250 ps), so that one core cycle is one DRAM cycle.
//
// What a read of an entry costs the walker, with L1D 2, L2 9, crossbar 2 there and 2 back:
//   L1D           2
//   L2            2 + 9 = 11
//   DRAM          2 + 9 + 2 + d + 2 + 1 = 16 + d   (a line is two beats of 32 bytes: 1 more)
// and d, the DRAM, with front end and back end of 10, CL = tRCD = tRP = 11, a burst of 4:
//   row hit       10 +           11 + 4 + 10 = 35    -> 51
//   row closed    10 +      11 + 11 + 4 + 10 = 46    -> 62
//   row conflict  10 + 11 + 11 + 11 + 4 + 10 = 57    -> 73
// A translation that walks k levels costs, with L1 TLB 0, L2 TLB 4, accept, issue, decode and
// respond 1 each and no walk cache: 4 + 1 + k x (1 + read + 1) + 1 = 6 + k x (2 + read).

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "models/bus/bus.h"
#include "models/cache/cache.h"
#include "models/dram/dram.h"
#include "models/mmu/mmu.h"
#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kCorePs = 1250;
constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kPage = 0xc000'0000;  // aligned for 1 GiB
// The tables lie in different banks (address bits 16:15, after 6 bits of line, 2 of bank group and
// 7 of column), so that one walk's reads do not open each other's rows.
constexpr std::uint64_t kTables[] = {kMemoryBase + 0x1'0000, kMemoryBase + 0x8000, kMemoryBase};

CacheParams l2_params() {
  CacheParams params;
  params.size_bytes = 512 * 1024;
  params.latency_cycles = 9;
  return params;
}

DramParams dram_params() {
  DramParams params;
  params.preset = "DDR4-1600";
  return params;
}

MmuParams mmu_params(WalkerEntry enters, bool walk_cache) {
  MmuParams params;
  params.walker.enters = enters;
  if (!walk_cache) params.walk_cache.level = {};
  return params;
}

struct Machine {
  explicit Machine(WalkerEntry enters = WalkerEntry::L1D, bool walk_cache = false)
      : map(memory_map()),
        l1d("l1d", CacheParams{}, kCorePs, ServedBy::L1, stats.group("l1d")),
        l2("l2", l2_params(), kCorePs, ServedBy::L2, stats.group("l2")),
        bus("bus", BusParams{}, kCorePs, 2, map, stats.group("bus")),
        dram("dram", dram_params(), kCorePs, stats.group("dram")),
        mmu("mmu", mmu_params(enters, walk_cache), kCorePs, pmp, map, stats.group("mmu")) {
    memory = {PhysAddr{kMemoryBase}, dram.params().size_bytes, dram.store().data()};
    open_pmp(pmp);
    l1d.set_direct_memory(memory);
    l2.set_direct_memory(memory);
    mmu.set_direct_memory(memory);
    if (enters != WalkerEntry::L2) {
      l1d.memory.bind(l2.target);
    } else {
      mmu.walker_socket().bind(l2.target);
      l1d.memory.bind(bus.from_initiator[1]);
    }
    if (enters == WalkerEntry::L1D) mmu.connect_l1d(l1d);
    if (enters == WalkerEntry::Memory) mmu.walker_socket().bind(bus.from_initiator[1]);
    l2.memory.bind(bus.from_initiator[0]);
    bus.to_target[0].bind(dram.target);
    user.satp = (Sv39::kSatpMode << 60) | (kTables[2] >> kPageShift);
    user.privilege = Privilege::User;
  }
  static MemoryMap memory_map() {
    MemoryMap map;
    map.add({"dram", PhysAddr{kMemoryBase}, dram_params().size_bytes, RegionKind::Memory});
    return map;
  }

  [[nodiscard]] PhysAddr entry(unsigned level) const {
    return PhysAddr{kTables[level]} + Sv39::entry_offset(VirtAddr{kVa}, level);
  }
  /// Makes kVa a leaf that takes `levels` reads.
  void map_with(unsigned levels) {
    const unsigned leaf_level = Sv39::kLevels - levels;
    for (unsigned level = leaf_level + 1; level < Sv39::kLevels; ++level) {
      store_entry(memory.at(entry(level)), 8, pointer_pte(kTables[level - 1]));
    }
    store_entry(memory.at(entry(leaf_level)), 8, leaf_pte(kPage));
  }
  /// Runs `body` as the core.
  void run(const std::function<void(LocalClock&)>& body) {
    bool ended = false;
    sc_core::sc_spawn([&] {
      LocalClock clock(kCorePs);
      body(clock);
      ended = true;
    });
    sc_core::sc_start();
    EXPECT_TRUE(ended);
  }
  Cycles translate(LocalClock& clock, std::uint64_t va, AccessType access = AccessType::Load) {
    const Cycles start = clock.now();
    EXPECT_TRUE(mmu.translate(clock, VirtAddr{va}, access, user).ok());
    return clock.now() - start;
  }

  StatGroup stats{"machine"};
  Pmp pmp;
  MemoryMap map;
  Cache l1d;
  Cache l2;
  Bus bus;
  Dram dram;
  Mmu mmu;
  DirectMemory memory;
  TranslationContext user;
};

enum class Found { InL1d, InL2, RowHit, RowClosed, RowConflict };

ServedBy served_by(Found found) {
  switch (found) {
    case Found::InL1d:
      return ServedBy::L1;
    case Found::InL2:
      return ServedBy::L2;
    case Found::RowHit:
      return ServedBy::DramRowHit;
    case Found::RowClosed:
      return ServedBy::DramRowClosed;
    case Found::RowConflict:
      return ServedBy::DramRowConflict;
  }
  return ServedBy::None;
}

/// Brings the memory system into the state in which the next read of `at` is served so.
void prepare(Machine& machine, LocalClock& clock, PhysAddr at, Found found) {
  constexpr std::uint64_t kSameRow = 0x100;      // the next column
  constexpr std::uint64_t kOtherRow = 0x2'0000;  // the next row of the bank
  const auto touch = [&](std::uint64_t address) {
    EXPECT_FALSE(machine.l1d.load(clock, PhysAddr{address}).error);
  };
  switch (found) {
    case Found::InL1d:
    case Found::InL2:
      touch(at.value);
      break;
    case Found::RowHit:
      touch(at.value ^ kSameRow);
      break;
    case Found::RowClosed:
      break;
    case Found::RowConflict:
      touch(at.value ^ kOtherRow);
      break;
  }
}

struct Case {
  unsigned levels;
  Found found;
  Cycles cycles;
};

std::string case_name(const ::testing::TestParamInfo<Case>& test) {
  constexpr const char* kNames[] = {"l1d", "l2", "row_hit", "row_closed", "row_conflict"};
  return std::to_string(test.param.levels) + "_levels_in_" +
         kNames[static_cast<int>(test.param.found)];
}

struct WalkThroughHierarchy : ::testing::TestWithParam<Case> {};

TEST_P(WalkThroughHierarchy, takes_exactly_its_cycles) {
  const Case& c = GetParam();
  Machine machine;
  machine.map_with(c.levels);
  machine.run([&](LocalClock& clock) {
    for (unsigned level = Sv39::kLevels - c.levels; level < Sv39::kLevels; ++level) {
      prepare(machine, clock, machine.entry(level), c.found);
    }
    if (c.found == Found::InL2) machine.l1d.invalidate_all(clock);
    clock.advance(100);  // tRAS and tRTP of the last read are over
    EXPECT_EQ(machine.translate(clock, kVa), c.cycles);
    const WalkRecord& walk = machine.mmu.last_walk();
    ASSERT_EQ(walk.read_count, c.levels);
    for (unsigned i = 0; i < c.levels; ++i) {
      EXPECT_STREQ(to_string(walk.reads[i].served_by), to_string(served_by(c.found)));
      EXPECT_EQ(walk.reads[i].address, machine.entry(Sv39::kLevels - 1 - i));
    }
  });
}

// 6 + k x (2 + read), the reads from the top of this file.
INSTANTIATE_TEST_SUITE_P(
    Cases, WalkThroughHierarchy,
    ::testing::Values(Case{1, Found::InL1d, 6 + 4}, Case{2, Found::InL1d, 6 + 8},
                      Case{3, Found::InL1d, 6 + 12}, Case{1, Found::InL2, 6 + 13},
                      Case{2, Found::InL2, 6 + 26}, Case{3, Found::InL2, 6 + 39},
                      Case{1, Found::RowHit, 6 + 53}, Case{2, Found::RowHit, 6 + 106},
                      Case{3, Found::RowHit, 6 + 159}, Case{1, Found::RowClosed, 6 + 64},
                      Case{2, Found::RowClosed, 6 + 128}, Case{3, Found::RowClosed, 6 + 192},
                      Case{1, Found::RowConflict, 6 + 75}, Case{2, Found::RowConflict, 6 + 150},
                      Case{3, Found::RowConflict, 6 + 225}),
    case_name);

// L1 TLB 0; for a fetch of the same page: ITLB 0, L2 TLB 4.
TEST(TranslationThroughHierarchy, tlb_hits_take_their_latency) {
  Machine machine;
  machine.map_with(3);
  machine.run([&](LocalClock& clock) {
    machine.translate(clock, kVa);
    EXPECT_EQ(machine.translate(clock, kVa + 8), 0U);
    EXPECT_EQ(machine.translate(clock, kVa + 8, AccessType::Fetch), 4U);
    EXPECT_EQ(machine.translate(clock, kVa + 8, AccessType::Fetch), 0U);
  });
}

// The first walk (3 levels, rows closed, look-up 1): 6 + 1 + 192. The neighbour's entry is in the
// line that the first walk brought to L1D, its pointers are in the walk caches: L2 TLB 4 + accept 1
// + look-up 1 + (issue 1 + L1D 2 + decode 1) + respond 1 = 11.
TEST(TranslationThroughHierarchy, walk_cache_hit_leaves_one_read) {
  Machine machine(WalkerEntry::L1D, true);
  machine.map_with(3);
  const PhysAddr neighbour{machine.entry(0).value ^ 8};
  store_entry(machine.memory.at(neighbour), 8, leaf_pte(kPage));
  machine.run([&](LocalClock& clock) {
    EXPECT_EQ(machine.translate(clock, kVa), 199U);
    EXPECT_EQ(machine.translate(clock, kVa ^ kPageBytes), 11U);
  });
}

// D is set in the line that the read just brought to L1D: update 1 + L1D 2 more than the walk of
// one level with its row closed, 6 + 64. The line is dirty then: it goes back when the cache is
// emptied.
TEST(TranslationThroughHierarchy, update_of_d_goes_to_l1d) {
  Machine machine;
  machine.map_with(1);
  store_entry(machine.memory.at(machine.entry(2)), 8, leaf_pte(kPage, kUserRwx & ~kPteD));
  machine.user.adue = true;
  machine.run([&](LocalClock& clock) {
    EXPECT_EQ(machine.translate(clock, kVa, AccessType::Store), 73U);
    machine.l1d.invalidate_all(clock);
  });
  EXPECT_EQ(machine.l1d.stats().write_backs, 1U);
}

// Past L1D: rows closed, then L2 hits. L2 9 + crossbar 2 + DRAM 46 + crossbar 2 + 1 = 60: 6 + 62;
// then 9: 6 + 11.
TEST(TranslationThroughHierarchy, walker_may_enter_at_l2) {
  Machine machine(WalkerEntry::L2);
  machine.map_with(1);
  machine.run([&](LocalClock& clock) {
    EXPECT_EQ(machine.translate(clock, kVa), 68U);
    machine.mmu.flush_all(clock);
    EXPECT_EQ(machine.translate(clock, kVa), 17U);
    EXPECT_EQ(machine.mmu.last_walk().reads[0].served_by, ServedBy::L2);
  });
}

// Past all caches: crossbar 2 + DRAM 46 + crossbar 2 (8 bytes are one beat) = 50: 6 + 52; then a
// row hit, 39: 6 + 41.
TEST(TranslationThroughHierarchy, walker_may_enter_at_memory) {
  Machine machine(WalkerEntry::Memory);
  machine.map_with(1);
  machine.run([&](LocalClock& clock) {
    EXPECT_EQ(machine.translate(clock, kVa), 58U);
    machine.mmu.flush_all(clock);
    EXPECT_EQ(machine.translate(clock, kVa), 47U);
    EXPECT_EQ(machine.mmu.last_walk().reads[0].served_by, ServedBy::DramRowHit);
  });
}

}  // namespace
}  // namespace faultline
