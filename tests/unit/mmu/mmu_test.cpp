// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/mmu.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "tests/unit/mmu/mmu_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kPage = 0x8040'0000;  // aligned for 2 MiB
constexpr auto kLoad = AccessType::Load;
constexpr auto kStore = AccessType::Store;
constexpr auto kFetch = AccessType::Fetch;

TEST(Mmu, bare_and_machine_mode_translate_nothing_and_take_no_time) {
  MmuBench bench;
  bench.run([&](LocalClock& clock) {
    TranslationContext bare = bench.user;
    bare.satp = 0;
    TranslationContext machine = bench.user;
    machine.privilege = Privilege::Machine;
    for (const TranslationContext& context : {bare, machine}) {
      TranslationTimes times;
      const Translation t = bench.mmu.translate(clock, VirtAddr{kPage + 5}, kLoad, context, &times);
      EXPECT_TRUE(t.ok());
      EXPECT_EQ(t.address.value, kPage + 5);
      EXPECT_EQ(times.done, 0U);
    }
    EXPECT_EQ(bench.stat("l1_dtlb.lookups"), 0U);
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{0x4000'0000}, kFetch, bare).abort.status,
              AbortStatus::AccessFault)
        << "a hole in the memory map";
  });
}

TEST(Mmu, fetches_and_data_have_l1_tlbs_of_their_own_and_share_l2) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).address.value, kPage);
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa + 8}, kFetch, bench.user).address.value,
              kPage + 8);
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa}, kFetch, bench.user).address.value, kPage);
  });
  EXPECT_EQ(bench.stat("l1_dtlb.misses"), 1U);
  EXPECT_EQ(bench.stat("l1_itlb.misses"), 1U);
  EXPECT_EQ(bench.stat("l1_itlb.hits"), 1U);
  EXPECT_EQ(bench.stat("l2_tlb.misses"), 1U);
  EXPECT_EQ(bench.stat("l2_tlb.hits"), 1U);
  EXPECT_EQ(bench.stat("walker.walks"), 1U);
}

TEST(Mmu, works_without_an_l2_tlb) {
  MmuParams params = bench_params();
  params.l2_tlb.entries = 0;
  MmuBench bench(params);
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kFetch, bench.user).ok());
  });
  EXPECT_EQ(bench.mmu.l2_tlb(), nullptr);
  EXPECT_EQ(bench.stat("walker.walks"), 2U);
}

TEST(Mmu, non_canonical_address_aborts_without_l2_lookup_or_walk) {
  MmuBench bench;
  bench.run([&](LocalClock& clock) {
    const VirtAddr va{std::uint64_t{1} << 39};
    const Translation t = bench.mmu.translate(clock, va, kStore, bench.user);
    EXPECT_EQ(t.abort.status, AbortStatus::NonCanonical);
    EXPECT_TRUE(is_page_fault(t.abort.status));
    EXPECT_EQ(t.abort.address, va);
  });
  EXPECT_EQ(bench.stat("l1_dtlb.misses"), 1U);
  EXPECT_EQ(bench.stat("l2_tlb.lookups"), 0U);
  EXPECT_EQ(bench.stat("walker.walks"), 0U);
  EXPECT_EQ(bench.stat("aborts_non_canonical"), 1U);
}

TEST(Mmu, pmp_on_an_entry_is_an_access_fault_of_the_original_access_at_each_level) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    for (unsigned level = 0; level < Sv39::kLevels; ++level) {
      const PhysAddr entry = bench.tables.entry(kVa, level);
      bench.pmp.reset();
      bench.pmp.write_address(0, entry.value >> 3 << 1);  // NAPOT, 8 bytes: no access
      open_pmp(bench.pmp);
      bench.pmp.write_config(0, 0x18);
      for (const AccessType access : {kFetch, kLoad, kStore, AccessType::Amo}) {
        bench.mmu.flush_all(clock);
        const Translation t = bench.mmu.translate(clock, VirtAddr{kVa + 3}, access, bench.user);
        EXPECT_EQ(t.abort.status, AbortStatus::WalkAccessFault);
        EXPECT_EQ(t.abort.access, access);
        EXPECT_EQ(t.abort.level, level);
        EXPECT_EQ(t.abort.address.value, kVa + 3);
        const WalkRecord& walk = bench.mmu.last_walk();
        ASSERT_EQ(walk.read_count, 3 - level);
        const PteRead& refused = walk.reads[walk.read_count - 1U];
        EXPECT_EQ(refused.address, entry);
        EXPECT_EQ(refused.value, 0U);
        EXPECT_EQ(refused.served_by, ServedBy::None);
        EXPECT_EQ(bench.mmu.translate_functional(VirtAddr{kVa}, access, bench.user).abort.status,
                  AbortStatus::WalkAccessFault);
      }
    }
  });
}

TEST(Mmu, tables_outside_main_memory_are_access_faults) {
  MmuBench bench;
  bench.tables.set(kVa, 2, pointer_pte(kDeviceBase));
  bench.tables.set(kVa + (std::uint64_t{1} << 30), 2, pointer_pte(0x4000'0000));  // a hole
  bench.run([&](LocalClock& clock) {
    for (const std::uint64_t va : {kVa, kVa + (std::uint64_t{1} << 30)}) {
      const Translation t = bench.mmu.translate(clock, VirtAddr{va}, kLoad, bench.user);
      EXPECT_EQ(t.abort.status, AbortStatus::WalkAccessFault);
      EXPECT_EQ(t.abort.level, 1);
    }
  });
  EXPECT_EQ(bench.stub.seen.size(), 2U) << "only the root entries were read";
}

TEST(Mmu, bus_error_on_an_entry_is_an_access_fault) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.stub.broken = bench.tables.entry(kVa, 1).value;
  bench.run([&](LocalClock& clock) {
    const Translation t = bench.mmu.translate(clock, VirtAddr{kVa}, kFetch, bench.user);
    EXPECT_EQ(t.abort.status, AbortStatus::WalkAccessFault);
    EXPECT_EQ(t.abort.level, 1);
  });
}

TEST(Mmu, translated_address_faces_pmp_and_the_memory_map) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.tables.set(kVa + kPageBytes, 0, leaf_pte(0x4000'0000));  // a hole
  bench.pmp.write_address(0, (kPage + 8) >> 2);                  // NAPOT, 8 bytes: read only
  bench.pmp.write_config(0, 0x19);
  bench.run([&](LocalClock& clock) {
    const auto status = [&](std::uint64_t va, AccessType access, unsigned bytes) {
      const auto timed =
          bench.mmu.translate(clock, VirtAddr{va}, access, bench.user, nullptr, bytes);
      const auto functional =
          bench.mmu.translate_functional(VirtAddr{va}, access, bench.user, nullptr, bytes);
      EXPECT_EQ(timed.abort.status, functional.abort.status);
      return timed.abort.status;
    };
    for (int again = 0; again < 2; ++again) {  // from the walk, and from the TLB
      EXPECT_EQ(status(kVa, kStore, 8), AbortStatus::None);
      EXPECT_EQ(status(kVa + 8, kLoad, 8), AbortStatus::None);
      EXPECT_EQ(status(kVa + 8, kStore, 1), AbortStatus::AccessFault);
      EXPECT_EQ(status(kVa + 4, kLoad, 8), AbortStatus::AccessFault) << "a partial match";
      EXPECT_EQ(status(kVa + kPageBytes, kLoad, 1), AbortStatus::AccessFault);
    }
  });
}

TEST(Mmu, invalid_entries_are_never_cached) {
  MmuBench bench;
  bench.run([&](LocalClock& clock) {
    const auto status = [&] {
      return bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).abort.status;
    };
    for (unsigned level = 3; level-- > 0;) {
      EXPECT_EQ(status(), AbortStatus::Translation);
      EXPECT_EQ(bench.mmu.last_walk().leaf_level, level);
      if (level > 0) static_cast<void>(bench.tables.entry(kVa, level - 1));  // adds a table
    }
    bench.tables.set(kVa, 0, leaf_pte(kPage));
    EXPECT_EQ(status(), AbortStatus::None) << "no fence was needed anywhere";
  });
}

TEST(Mmu, copies_stay_until_fenced) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    const auto page = [&] {
      return bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).address.value;
    };
    EXPECT_EQ(page(), kPage);
    bench.tables.set(kVa, 0, leaf_pte(kPage + kPageBytes));
    EXPECT_EQ(page(), kPage);
    bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{kVa + kPageBytes}});
    EXPECT_EQ(page(), kPage) << "another page was fenced";
    bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{kVa + 0x123}});
    EXPECT_EQ(page(), kPage + kPageBytes);
  });
}

TEST(Mmu, copy_that_refuses_aborts_without_a_walk_until_fenced) {
  MmuBench bench;
  bench.run([&](LocalClock& clock) {
    const auto refuses_until_fenced = [&](std::uint64_t va, std::uint64_t missing,
                                          AbortStatus expected) {
      const auto store = [&] {
        return bench.mmu.translate(clock, VirtAddr{va}, kStore, bench.user).abort.status;
      };
      bench.tables.set(va, 0, leaf_pte(kPage, kUserRwx & ~missing));
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va}, kLoad, bench.user).ok());
      const std::uint64_t walks = bench.stat("walker.walks");
      bench.tables.set(va, 0, leaf_pte(kPage));
      EXPECT_EQ(store(), expected);
      EXPECT_EQ(store(), expected);
      EXPECT_EQ(bench.stat("walker.walks"), walks);
      bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{va}});
      EXPECT_EQ(store(), AbortStatus::None);
    };
    refuses_until_fenced(kVa, kPteW | kPteD, AbortStatus::Permission);
    refuses_until_fenced(kVa + kPageBytes, kPteD, AbortStatus::AccessFlag);
  });
}

TEST(Mmu, l2_hit_that_aborts_does_not_fill_l1) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteX));
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa}, kFetch, bench.user).abort.status,
                AbortStatus::Permission);
    }
  });
  EXPECT_EQ(bench.stat("l1_itlb.misses"), 2U);
  EXPECT_EQ(bench.stat("l2_tlb.hits"), 2U);
  EXPECT_EQ(bench.stat("aborts_permission"), 2U);
}

TEST(Mmu, svadu_sets_a_at_a_load_and_d_at_the_first_store) {
  MmuBench bench;
  const std::uint64_t fresh = leaf_pte(kPage, kUserRwx & ~(kPteA | kPteD));
  bench.tables.set(kVa, 0, fresh);
  bench.user.adue = true;
  bench.run([&](LocalClock& clock) {
    const auto access = [&](AccessType type) {
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, type, bench.user).ok());
      return bench.tables.get(kVa, 0);
    };
    EXPECT_EQ(access(kLoad), fresh | kPteA);
    EXPECT_EQ(access(kLoad), fresh | kPteA);
    EXPECT_EQ(bench.stat("walker.walks"), 1U);
    EXPECT_EQ(access(kStore), fresh | kPteA | kPteD);
    EXPECT_EQ(bench.mmu.last_walk().update_count, 1U);
    EXPECT_TRUE(bench.mmu.last_walk().updates[0].stored);
    EXPECT_EQ(bench.mmu.last_walk().leaf_pte, fresh | kPteA | kPteD);
    access(kStore);
    access(AccessType::Amo);
  });
  EXPECT_EQ(bench.stat("walker.walks"), 2U);
  EXPECT_EQ(bench.stat("dirty_walks"), 1U);
  EXPECT_EQ(bench.stat("l2_tlb.lookups"), 1U) << "the write went past the L2 TLB";
  EXPECT_EQ(bench.stat("walker.pte_updates"), 2U);
}

TEST(Mmu, svadu_update_needs_permission_to_store_to_the_entry) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteD));
  bench.user.adue = true;
  bench.pmp.write_address(0, bench.tables.entry(kVa, 0).value >> 3 << 1);
  bench.pmp.write_config(0, 0x19);  // NAPOT, 8 bytes, read only
  bench.run([&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    const Translation t = bench.mmu.translate(clock, VirtAddr{kVa}, kStore, bench.user);
    EXPECT_EQ(t.abort.status, AbortStatus::WalkAccessFault);
    EXPECT_EQ(t.abort.access, kStore);
    EXPECT_FALSE(bench.mmu.last_walk().updates[0].stored);
    EXPECT_EQ(bench.mmu.translate_functional(VirtAddr{kVa}, kStore, bench.user).abort.status,
              AbortStatus::WalkAccessFault);
  });
  EXPECT_EQ(bench.tables.get(kVa, 0) & kPteD, 0U);
}

TEST(Mmu, lost_compare_and_set_reads_that_level_again) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteD));
  bench.user.adue = true;
  bool changed = false;
  bench.stub.on_access = [&](const StubMemory::Seen& seen) {
    if (seen.write && !std::exchange(changed, true)) {
      bench.tables.set(kVa, 0, leaf_pte(kPage + kPageBytes, kUserRwx & ~kPteD));
    }
  };
  bench.run([&](LocalClock& clock) {
    const Translation t = bench.mmu.translate(clock, VirtAddr{kVa}, kStore, bench.user);
    EXPECT_EQ(t.address.value, kPage + kPageBytes);
    const WalkRecord& walk = bench.mmu.last_walk();
    ASSERT_EQ(walk.read_count, 4U);
    EXPECT_EQ(walk.reads[3].level, 0U);
    EXPECT_EQ(walk.reads[3].address, walk.reads[2].address);
    ASSERT_EQ(walk.update_count, 2U);
    EXPECT_FALSE(walk.updates[0].stored);
    EXPECT_TRUE(walk.updates[1].stored);
  });
  EXPECT_EQ(bench.tables.get(kVa, 0), leaf_pte(kPage + kPageBytes));
  EXPECT_EQ(bench.stat("walker.lost_updates"), 1U);
}

TEST(Mmu, entry_that_changes_for_ever_ends_in_an_abort) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx & ~kPteD));
  bench.user.adue = true;
  bench.stub.on_access = [&](const StubMemory::Seen& seen) {
    if (seen.write) bench.tables.set(kVa, 0, bench.tables.get(kVa, 0) ^ (1 << 8));  // RSW
  };
  bench.run([&](LocalClock& clock) {
    EXPECT_EQ(bench.mmu.translate(clock, VirtAddr{kVa}, kStore, bench.user).abort.status,
              AbortStatus::WalkAccessFault);
    EXPECT_EQ(bench.mmu.last_walk().update_count, WalkRecord::kMaxUpdates);
  });
}

TEST(Mmu, walk_caches_shorten_walks_until_fenced) {
  MmuBench bench;
  for (unsigned i = 0; i < 4; ++i) {
    bench.tables.set(kVa + i * kPageBytes, 0, leaf_pte(kPage + i * kPageBytes));
  }
  bench.run([&](LocalClock& clock) {
    const auto reads = [&](unsigned page) {
      const VirtAddr va{kVa + page * kPageBytes};
      EXPECT_EQ(bench.mmu.translate(clock, va, kLoad, bench.user).address.value,
                kPage + page * kPageBytes);
      return bench.mmu.last_walk().read_count;
    };
    EXPECT_EQ(reads(0), 3U);
    EXPECT_EQ(bench.mmu.last_walk().walk_cache_level, 2U);
    EXPECT_EQ(reads(1), 1U);
    EXPECT_EQ(bench.mmu.last_walk().walk_cache_level, 0U);
    bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{kVa}});
    EXPECT_EQ(reads(2), 3U) << "the fence covered the pointers on the way to kVa";
    bench.mmu.fence(clock, {});
    EXPECT_EQ(reads(3), 3U);
  });
}

TEST(Mmu, global_pages_serve_every_address_space) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage, kUserRwx | kPteG));
  bench.tables.set(kVa + kPageBytes, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    TranslationContext other = bench.user;
    other.satp = bench.tables.satp(7);
    for (const std::uint64_t va : {kVa, kVa + kPageBytes}) {
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va}, kLoad, bench.user).ok());
      EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{va}, kLoad, other).ok());
    }
    EXPECT_EQ(bench.stat("walker.walks"), 3U);
    bench.mmu.fence(clock, {.has_asid = true, .asid = 7});
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, other).ok());
    EXPECT_EQ(bench.stat("walker.walks"), 3U) << "globals survive the fence of an ASID";
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa + kPageBytes}, kLoad, other).ok());
    EXPECT_EQ(bench.stat("walker.walks"), 4U);
  });
}

TEST(Mmu, result_of_a_walk_that_a_fence_overtook_is_used_but_not_kept) {
  MmuBench bench;
  bench.tables.set(kVa, 0, leaf_pte(kPage));
  bench.stub.waits = true;
  const auto walker = [&](LocalClock& clock) {
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
    EXPECT_TRUE(bench.mmu.translate(clock, VirtAddr{kVa}, kLoad, bench.user).ok());
  };
  const auto fencer = [&](LocalClock& clock) {
    clock.advance(20);  // in the first walk's second read
    clock.catch_up();
    bench.mmu.fence(clock, {.has_address = true, .address = VirtAddr{kVa}});
  };
  bench.run({walker, fencer});
  EXPECT_EQ(bench.stat("walker.walks"), 2U);
  EXPECT_EQ(bench.stat("walker.pte_reads"), 6U) << "nor were its pointers kept";
}

TEST(Mmu, superpages_translate_every_page_with_one_walk) {
  MmuBench bench;
  bench.tables.set(kVa, 1, leaf_pte(kPage));
  const std::uint64_t base = kVa >> 21 << 21;
  bench.run([&](LocalClock& clock) {
    for (std::uint64_t offset = 0; offset < (1 << 21); offset += kPageBytes + 8) {
      EXPECT_EQ(
          bench.mmu.translate(clock, VirtAddr{base + offset}, kLoad, bench.user).address.value,
          kPage + offset);
    }
  });
  EXPECT_EQ(bench.stat("walker.walks"), 1U);
}

// 48 pages through a fully associative L1 TLB of 32 entries and an L2 TLB that holds them all,
// twice in order: LRU misses every time in L1; only the first round walks.
TEST(Mmu, counts_of_a_page_toucher_are_exact) {
  MmuParams params = bench_params();
  params.l1_dtlb.replacement = ReplacementKind::Lru;
  params.walk_cache.level = {};
  MmuBench bench(params);
  for (unsigned i = 0; i < 48; ++i) bench.tables.set(kVa + i * kPageBytes, 0, leaf_pte(kPage));
  bench.run([&](LocalClock& clock) {
    for (unsigned i = 0; i < 96; ++i) {
      const VirtAddr va{kVa + (i % 48) * kPageBytes};
      EXPECT_TRUE(bench.mmu.translate(clock, va, kStore, bench.user).ok());
    }
  });
  EXPECT_EQ(bench.stat("l1_dtlb.lookups"), 96U);
  EXPECT_EQ(bench.stat("l1_dtlb.misses"), 96U);
  EXPECT_EQ(bench.stat("l1_dtlb.evictions"), 64U);
  EXPECT_EQ(bench.stat("l2_tlb.misses"), 48U);
  EXPECT_EQ(bench.stat("l2_tlb.hits"), 48U);
  EXPECT_EQ(bench.stat("walker.walks"), 48U);
  EXPECT_EQ(bench.stat("walker.pte_reads"), 144U);
  EXPECT_EQ(bench.stat("walker.pte_reads_l2"), 144U) << "the stub says L2";
  for (const char* level : {"0", "1", "2"}) {
    EXPECT_EQ(bench.stat(std::string("walker.pte_reads_level") + level), 48U);
  }
}

// Random garbage in the tables, random contexts: the timed path with empty TLBs and the functional
// one must agree in everything, also in what they write to the tables.
TEST(Mmu, timed_and_functional_translation_agree_on_random_tables) {
  MmuParams params = bench_params();
  params.format = PageTableFormat::Sv57;
  params.walk_cache.level = {};
  MmuBench bench(params);
  std::mt19937_64 random(2024);
  const auto draw_pte = [&](unsigned level) {
    const std::uint64_t page = kMemoryBase + ((random() & 7) << kPageShift);
    if (level > 0 && (random() & 3) != 0) return pointer_pte((random() & 15) != 0 ? page : 0);
    const bool aligned = level > 0 && (random() & 3) != 0;
    std::uint64_t pte = leaf_pte(aligned ? kMemoryBase : page, random() & 0x3ff);
    if ((random() & 7) != 0) pte |= kPteV;
    if ((random() & 15) == 0) pte |= std::uint64_t{1} << (10 + random() % 54);
    return pte;
  };
  bench.run([&](LocalClock& clock) {
    unsigned counts[9] = {};
    for (int round = 0; round < 40000; ++round) {
      const unsigned levels = 3 + static_cast<unsigned>(random() % 3);
      VirtAddr va{random() & 0xfff};
      for (unsigned level = 0; level < levels; ++level) {
        va = va + ((random() & 3) << Sv57::page_shift(level));
      }
      // The tables of this address in page 0 (root), and wherever the pointers lead.
      for (unsigned page = 0; page < 8; ++page) {
        for (unsigned level = 0; level < levels; ++level) {
          const PhysAddr at =
              PhysAddr{kMemoryBase + page * kPageBytes} + Sv57::entry_offset(va, level);
          store_entry(bench.memory().at(at), 8, draw_pte(page == 0 ? levels - 1 : level));
        }
      }
      TranslationContext context = bench.user;
      context.satp = std::uint64_t{5 + levels} << 60 | (kMemoryBase >> kPageShift);
      context.privilege = (random() & 1) != 0 ? Privilege::User : Privilege::Supervisor;
      context.sum = (random() & 1) != 0;
      context.mxr = (random() & 1) != 0;
      context.adue = (random() & 1) != 0;
      const auto access = static_cast<AccessType>(random() % 4);
      const auto image = bench.image();

      Leaf leaf;
      const Translation functional = bench.mmu.translate_functional(va, access, context, &leaf, 1);
      const auto after_functional = bench.image();
      bench.restore(image);
      bench.mmu.flush_all(clock);
      const Translation timed = bench.mmu.translate(clock, va, access, context);

      ASSERT_EQ(timed.abort.status, functional.abort.status) << round;
      ASSERT_EQ(timed.abort.level, functional.abort.level) << round;
      ASSERT_EQ(timed.abort.access, functional.abort.access) << round;
      ASSERT_EQ(timed.address, functional.address) << round;
      ASSERT_TRUE(bench.image() == after_functional) << round;
      if (timed.ok()) {
        ASSERT_EQ(bench.mmu.last_walk().leaf_pte, leaf.pte) << round;
      }
      ++counts[static_cast<std::size_t>(timed.abort.status)];
    }
    for (const AbortStatus status :
         {AbortStatus::None, AbortStatus::Translation, AbortStatus::ReservedEncoding,
          AbortStatus::MisalignedSuperpage, AbortStatus::Permission, AbortStatus::AccessFlag,
          AbortStatus::WalkAccessFault}) {
      EXPECT_GT(counts[static_cast<std::size_t>(status)], 10U) << to_string(status);
    }
  });
}

}  // namespace
}  // namespace faultline
