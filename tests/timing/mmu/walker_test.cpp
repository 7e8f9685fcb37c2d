// SPDX-License-Identifier: Apache-2.0
// The cycles of the table in models/mmu/walk_engine.h, with a memory that always takes 10 cycles.

#include <gtest/gtest.h>

#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kGiant = 0x13'0000'0000;  // a 1 GiB page of its own
constexpr std::uint64_t kPage = 0x8040'0000;
constexpr auto kLoad = AccessType::Load;
constexpr auto kStore = AccessType::Store;

/// Every latency another prime, so that no two sums agree by chance.
MmuParams prime_params() {
  MmuParams params = bench_params();
  params.l1_dtlb.latency_cycles = 2;
  params.l2_tlb.latency_cycles = 3;
  params.walk_cache.latency_cycles = 5;
  params.walker.accept_cycles = 7;
  params.walker.issue_cycles = 11;
  params.walker.decode_cycles = 13;
  params.walker.update_cycles = 17;
  params.walker.respond_cycles = 19;
  return params;
}

// Presented at 0; L1 answers at 2, L2 at 5: requested = started = 5. Accept 7: 12. Look-up 5: 17.
// Read 1: issued 17+11 = 28, responded 38, decoded 51.
// Read 2: issued 62, responded 72, decoded 85. Read 3: issued 96, responded 106, decoded 119.
// Respond 19: finished 138.
TEST(WalkerTiming, every_step_has_its_cycles) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    TranslationTimes times;
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user, &times).ok());
    EXPECT_EQ(times.start, 0U);
    EXPECT_EQ(times.l1_done, 2U);
    EXPECT_EQ(times.l2_done, 5U);
    EXPECT_EQ(times.done, 138U);
    EXPECT_TRUE(times.walked);
    const WalkRecord& walk = bench.mmu.last_walk();
    EXPECT_EQ(walk.requested, 5U);
    EXPECT_EQ(walk.started, 5U);
    EXPECT_EQ(walk.finished, 138U);
    ASSERT_EQ(walk.read_count, 3U);
    constexpr Cycles kIssued[] = {28, 62, 96};
    constexpr Cycles kResponded[] = {38, 72, 106};
    for (unsigned i = 0; i < 3; ++i) {
      EXPECT_EQ(walk.reads[i].issued, kIssued[i]);
      EXPECT_EQ(walk.reads[i].responded, kResponded[i]);
      EXPECT_EQ(walk.reads[i].level, 2 - i);
      EXPECT_EQ(walk.reads[i].address, bench.tables.entry(kVa, 2 - i));
      EXPECT_EQ(walk.reads[i].value, bench.tables.get(kVa, 2 - i));
      EXPECT_EQ(walk.reads[i].served_by, ServedBy::L2);
      EXPECT_EQ(bench.stub.seen[i].at, kIssued[i]);
    }
    EXPECT_EQ(bench.stat("walker.walk_cycles"), 133U);
  });
}

// One read less: 138 - 34 = 104; two less: 70 (34 = issue 11 + memory 10 + decode 13).
TEST(WalkerTiming, superpages_save_a_read_a_level) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 1, leaf_pte(kPage));
  bench.tables.set(kGiant, 2, leaf_pte(kMemoryBase));
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 104U);
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kGiant}, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 104U + 70);
  });
}

// After the walk (138): an L1 hit takes 2. After that, in the ITLB (latency 0) an L2 hit takes 3.
TEST(WalkerTiming, tlb_hits_take_their_latency) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    TranslationTimes times;
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user, &times).ok());
    EXPECT_EQ(times.start, 138U);
    EXPECT_EQ(times.l1_done, 140U);
    EXPECT_EQ(times.l2_done, 140U);
    EXPECT_EQ(times.done, 140U);
    EXPECT_FALSE(times.walked);
    EXPECT_TRUE(
        bench.mmu.translate(clock, VirtAddr{kVa}, AccessType::Fetch, bench.user, &times).ok());
    EXPECT_EQ(times.l1_done, 140U);
    EXPECT_EQ(times.l2_done, 143U);
    EXPECT_EQ(times.done, 143U);
  });
}

// A hit in the walk cache of level 1 leaves one read: L1 2 + L2 3 + accept 7 + look-up 5 + read 34
// + respond 19 = 70. A hit of level 2 only leaves two: 104.
TEST(WalkerTiming, walk_cache_hits_save_the_reads_above) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.tables.set(kVa + kPageBytes, 0, leaf_pte(kPage));
  bench.tables.set(kVa + (1 << 21), 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    const auto cycles = [&](std::uint64_t va) {
      const Cycles start = clock.now();
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va}, kLoad, bench.user).ok());
      return clock.now() - start;
    };
    EXPECT_EQ(cycles(kVa), 138U);
    EXPECT_EQ(cycles(kVa + kPageBytes), 70U);
    EXPECT_EQ(cycles(kVa + (1 << 21)), 104U);
  });
}

// Without walk caches the look-up is not spent: 138 - 5.
TEST(WalkerTiming, without_walk_caches_there_is_no_look_up) {
  MmuParams params = prime_params();
  params.walk_cache.level = {};
  MmuBench bench(params);
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 133U);
  });
}

// A walk that aborts at level 1 has decoded its second entry at 85 and responds at 85 + 19.
// A non-canonical address ends when L1 has answered.
TEST(WalkerTiming, aborts_end_where_they_are_found) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 1, 0);
  bench.run([&](LocalClock& clock) {
    EXPECT_FALSE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 104U);
    const VirtAddr outside{std::uint64_t{1} << 40};
    EXPECT_FALSE(bench.mmu.translate(clock, outside, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 106U);
  });
}

// PMP refuses the root entry: L1 2 + L2 3 + accept 7 + look-up 5 + issue 11 + respond 19 = 47.
TEST(WalkerTiming, refused_read_ends_at_its_issue) {
  MmuBench bench(prime_params());
  bench.pmp.reset();
  bench.run([&](LocalClock& clock) {
    EXPECT_FALSE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_EQ(clock.now(), 47U);
    EXPECT_EQ(bench.mmu.last_walk().reads[0].issued, 28U);
    EXPECT_EQ(bench.mmu.last_walk().reads[0].responded, 28U);
  });
}

// Decoded at 119 as above; update issued at 119 + 17 = 136, responded 146, finished 146 + 19 = 165.
TEST(WalkerTiming, update_of_a_and_d_is_one_more_access) {
  MmuBench bench(prime_params());
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteD));
  bench.user.adue = true;
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kStore, bench.user).ok());
    EXPECT_EQ(clock.now(), 165U);
    const PteUpdate& update = bench.mmu.last_walk().updates[0];
    EXPECT_EQ(update.issued, 136U);
    EXPECT_EQ(update.responded, 146U);
  });
}

// A response comes when it comes: the walker waits until n, not n-1; but for one cycle at least.
TEST(WalkerTiming, walk_follows_the_latency_of_memory) {
  MmuBench bench(prime_params());
  bench.tables.set(kGiant, 2, leaf_pte(kMemoryBase));
  bench.run([&](LocalClock& clock) {
    for (const Cycles latency : {0, 1, 9, 10, 11, 500}) {
      for (const bool waits : {false, true}) {
        bench.mmu.flush_all(clock);
        bench.stub.latency = latency;
        bench.stub.waits = waits;
        const Cycles start = clock.now();
        EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kGiant}, kLoad, bench.user).ok());
        EXPECT_EQ(clock.now() - start, 60 + std::max<Cycles>(latency, 1));
      }
    }
  });
}

// Four reads and five: 138 + 34 and 138 + 68. An MMU for Sv57 walks the smaller formats as fast as
// one that knows nothing else.
TEST(WalkerTiming, each_level_more_is_a_read_more) {
  MmuParams params = prime_params();
  params.format = PageTableFormat::Sv57;
  MmuBench bench(params);
  PageTables sv48(bench.memory(), PageTableFormat::Sv48, 16);
  PageTables sv39(bench.memory(), PageTableFormat::Sv39, 32);
  bench.run([&](LocalClock& clock) {
    Asid asid = 0;
    for (PageTables* tables : {&sv39, &sv48, &bench.tables}) {
      tables->set(kVa, 0, leaf_pte(kPage));
      bench.user.satp = tables->satp(++asid);
      const Cycles start = clock.now();
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
      EXPECT_EQ(clock.now() - start, 36 + 34 * tables->levels());
      const WalkRecord& walk = bench.mmu.last_walk();
      ASSERT_EQ(walk.read_count, tables->levels());
      EXPECT_EQ(walk.walk_cache_level, tables->levels() - 1);
      for (unsigned i = 0; i < walk.read_count; ++i) {
        EXPECT_EQ(walk.reads[i].level, tables->levels() - 1 - i);
        EXPECT_EQ(walk.reads[i].address, tables->entry(kVa, walk.reads[i].level));
        EXPECT_EQ(walk.reads[i].issued, start + 28 + Cycles{34} * i);
      }
    }
  });
}

// Pages of 256 TiB, 512 GiB, 1 GiB, 2 MiB and 4 KiB: one read to five.
TEST(WalkerTiming, superpages_of_sv57_save_a_read_a_level) {
  MmuParams params = prime_params();
  params.format = PageTableFormat::Sv57;
  params.walk_cache.level = {};
  MmuBench bench(params);
  bench.run([&](LocalClock& clock) {
    for (unsigned level = 0; level < Sv57::kLevels; ++level) {
      const std::uint64_t va = std::uint64_t{level + 1} << Sv57::page_shift(4);
      const std::uint64_t page = level < 3 ? kMemoryBase : 0;
      bench.tables.set(va, level, leaf_pte(page));
      const VirtAddr inside{va + (kMemoryBase - page)};
      const Cycles start = clock.now();
      EXPECT_TRUE(bench.mmu.translate(clock, inside, kLoad, bench.user).ok());
      EXPECT_EQ(clock.now() - start, 31 + 34 * (Sv57::kLevels - level));
    }
  });
}

// With a walk cache on every level, what a walk of another page reads begins below the last
// pointer that both have in common.
TEST(WalkerTiming, walk_caches_of_all_levels_save_the_reads_above) {
  MmuParams params = prime_params();
  params.format = PageTableFormat::Sv57;
  params.walk_cache.level = {{{0, 0}, {4, 0}, {4, 0}, {4, 0}, {4, 0}}};
  MmuBench bench(params);
  bench.run([&](LocalClock& clock) {
    const auto cycles = [&](std::uint64_t va) {
      bench.tables.set(va, 0, leaf_pte(kPage));
      const Cycles start = clock.now();
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va}, kLoad, bench.user).ok());
      return clock.now() - start;
    };
    EXPECT_EQ(cycles(kVa), 36U + 5 * 34);
    for (unsigned level = 0; level < Sv57::kLevels; ++level) {
      const std::uint64_t neighbour = kVa + (std::uint64_t{1} << Sv57::page_shift(level));
      EXPECT_EQ(cycles(neighbour), 36U + (level + 1) * 34) << level;
    }
  });
}

}  // namespace
}  // namespace faultline
