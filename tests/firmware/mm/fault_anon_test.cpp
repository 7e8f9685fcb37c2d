// SPDX-License-Identifier: Apache-2.0
// Paths A, B, C, I, K, L and the bad addresses: pte bits, pages allocated and zeroed, tables,
// fences, counts.

#include <gtest/gtest.h>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/tlb.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;  // start of a 1 GiB and of a 2 MiB block

struct FaultAnon : ::testing::Test {
  Machine machine;
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();
};

TEST_F(FaultAnon, first_load_maps_the_zero_page_and_allocates_two_tables) {
  process.map_anon(kBase, 64);
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase + 8), 0u);
  EXPECT_EQ(process.pte_bits(kBase), 0x153u);
  EXPECT_EQ(process.pte(kBase) >> 10, zero_pfn());
  EXPECT_EQ(since.event(PGTABLE_ALLOC), 2u);
  EXPECT_EQ(since.event(PGALLOC), 2u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 2}));
  EXPECT_EQ(since.event(FAULT_ANON_READ), 1u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 0);
  EXPECT_EQ(mm.min_flt, 1u);
  EXPECT_EQ(mm.maj_flt, 0u);
}

TEST_F(FaultAnon, second_load_in_the_same_two_megabytes_allocates_nothing) {
  process.map_anon(kBase, 64);
  EXPECT_EQ(hart.get(kBase), 0u);
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase + PAGE_SIZE), 0u);
  EXPECT_EQ(since.event(PGALLOC), 0u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
}

TEST_F(FaultAnon, first_store_zeroes_one_private_page) {
  process.map_anon(kBase, 64);
  hart.put(kBase, 1);  // brings the tables
  const Since since(machine);
  hart.put(kBase + PAGE_SIZE, 42);
  EXPECT_EQ(hart.get(kBase + PAGE_SIZE), 42u);
  EXPECT_EQ(hart.get(kBase + PAGE_SIZE + 8), 0u);
  EXPECT_EQ(process.pte_bits(kBase + PAGE_SIZE), 0xd7u);
  EXPECT_EQ(since.event(PGALLOC), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 1}));
  EXPECT_EQ(since.event(FAULT_ANON_WRITE), 1u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 2);
  EXPECT_EQ(mm.min_flt, 2u);
}

TEST_F(FaultAnon, as_many_faults_as_pages_stored_to) {
  process.map_anon(kBase, 64);
  for (unsigned round = 0; round < 3; ++round) {
    for (std::uintptr_t i = 0; i < 64; ++i) {
      hart.put(kBase + i * PAGE_SIZE + round * 64, i);
    }
  }
  EXPECT_EQ(hart.faults(), 64u);
  EXPECT_EQ(mm.min_flt, 64u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 64);
}

TEST_F(FaultAnon, store_after_load_replaces_the_zero_page_through_a_flush) {
  process.map_anon(kBase, 2);
  hart.put(kBase + PAGE_SIZE, 1);  // brings the anon_vma
  EXPECT_EQ(hart.get(kBase), 0u);
  const Since since(machine);
  hart.put(kBase, 7);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_NE(process.pte(kBase) >> 10, zero_pfn());
  EXPECT_EQ(since.event(PGALLOC), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 1, .cleared = 1}));
  EXPECT_EQ(since.event(FAULT_WP_ZERO), 1u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 2);
  EXPECT_EQ(mm.min_flt, 3u);
}

TEST_F(FaultAnon, executable_private_page_gets_x_and_one_icache_fence) {
  process.map_anon(kBase, 1, PROT_READ | PROT_WRITE | PROT_EXEC);
  const Since since(machine);
  hart.put(kBase, 7);
  EXPECT_EQ(process.pte_bits(kBase), 0xdfu);
  EXPECT_EQ(since.arch().icache_fences, 1u);
}

TEST_F(FaultAnon, missing_accessed_bit_is_set_in_place) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 7);
  pte_t* entry = walk_to_pte(mm, kBase);
  entry->value &= ~std::uint64_t{_PAGE_ACCESSED};
  hart.forget_all();
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase), 7u);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(since.event(PGALLOC), 0u);
  EXPECT_EQ(since.event(FAULT_ACCESS), 1u);
}

TEST_F(FaultAnon, missing_dirty_bit_is_set_by_a_store_only) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 7);
  pte_t* entry = walk_to_pte(mm, kBase);
  entry->value &= ~std::uint64_t{_PAGE_DIRTY};
  hart.forget_all();
  EXPECT_EQ(hart.get(kBase), 7u);
  EXPECT_EQ(process.pte_bits(kBase), 0x57u);
  hart.put(kBase, 8);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(vm_event_total(FAULT_ACCESS), 1u);
}

TEST_F(FaultAnon, spurious_fault_fences_and_changes_nothing) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 7);
  const std::uint64_t before = process.pte(kBase);
  const Since since(machine);
  EXPECT_EQ(do_page_fault(mm, kBase, fault_access::store, true).signal, SIGNAL_NONE);
  EXPECT_EQ(process.pte(kBase), before);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(mm.min_flt, 2u);
}

TEST_F(FaultAnon, write_protected_exclusive_page_is_reused) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 7);
  const std::uint64_t pfn = process.pte(kBase) >> 10;
  pte_t* entry = walk_to_pte(mm, kBase);
  *entry = pte_wrprotect(*entry);
  hart.forget_all();
  const Since since(machine);
  hart.put(kBase, 9);
  EXPECT_EQ(process.pte(kBase), pfn << 10 | 0xd7);
  EXPECT_EQ(since.event(PGREUSE), 1u);
  EXPECT_EQ(since.event(PGALLOC), 0u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
}

TEST_F(FaultAnon, page_with_another_user_is_copied_and_the_last_user_reuses) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 7);
  page* first = pfn_to_page(process.pte(kBase) >> 10);
  const auto protect_as_fork_does = [&](page* p) {
    p->flags &= ~std::uint32_t{PG_anon_exclusive};
    pte_t* entry = walk_to_pte(mm, kBase);
    *entry = pte_wrprotect(*entry);
    hart.forget_all();
  };
  get_page(first);  // the other process
  protect_as_fork_does(first);
  Since since(machine);
  hart.put(kBase, 8);
  page* second = pfn_to_page(process.pte(kBase) >> 10);
  EXPECT_NE(first, second);
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 1, .copied = 1}));
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 1);
  EXPECT_EQ(page_mapcount(*first), 0);
  EXPECT_EQ(first->refcount, 1);
  put_page(first);

  protect_as_fork_does(second);
  hart.put(kBase, 9);
  EXPECT_EQ(pfn_to_page(process.pte(kBase) >> 10), second);
  EXPECT_TRUE(PageAnonExclusive(*second));
}

TEST_F(FaultAnon, hole_is_maperr_and_forbidden_access_is_accerr) {
  process.map_anon(kBase, 1, PROT_READ);
  process.map_anon(kBase + 2 * PAGE_SIZE, 1, PROT_NONE);
  std::uint64_t value = 0;
  fault_outcome outcome = hart.load(kBase + PAGE_SIZE + 0x18, value);
  EXPECT_EQ(outcome.signal, SIGNAL_SEGV);
  EXPECT_EQ(outcome.code, CODE_SEGV_MAPERR);
  EXPECT_EQ(outcome.address, kBase + PAGE_SIZE + 0x18);
  outcome = hart.store(kBase, 1);
  EXPECT_EQ(outcome.signal, SIGNAL_SEGV);
  EXPECT_EQ(outcome.code, CODE_SEGV_ACCERR);
  EXPECT_EQ(hart.fetch(kBase, value).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(hart.load(kBase + 2 * PAGE_SIZE, value).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(hart.load(TASK_SIZE, value).code, CODE_SEGV_MAPERR);
  EXPECT_EQ(hart.load(~std::uintptr_t{7}, value).code, CODE_SEGV_MAPERR);
  EXPECT_EQ(vm_event_total(FAULT_BAD_AREA), 6u);
  EXPECT_EQ(mm.min_flt, 0u);
  EXPECT_EQ(mm.pgtable_pages, 0u) << "permissions are checked before anything is allocated";
}

TEST_F(FaultAnon, store_only_memory_may_be_loaded_from) {
  process.map_anon(kBase, 1, PROT_WRITE);
  EXPECT_EQ(hart.get(kBase), 0u);
  hart.put(kBase, 1);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
}

TEST_F(FaultAnon, execute_only_memory_may_not_be_loaded_from) {
  process.map_anon(kBase, 1, PROT_EXEC);
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase, value).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(hart.fetch(kBase, value).signal, SIGNAL_NONE);
  EXPECT_EQ(process.pte_bits(kBase), 0x159u);
}

struct FaultStack : FaultAnon {
  static constexpr std::uintptr_t kTop = kBase + 0x4000'0000;
  void SetUp() override { ASSERT_EQ(setup_stack_vma(mm, kTop, 2 * PAGE_SIZE), 0); }
};

TEST_F(FaultStack, grows_to_the_page_stored_to) {
  hart.put(kTop - 10 * PAGE_SIZE + 16, 5);
  EXPECT_EQ(process.vmas(kTop), "-10-0 rw-p");
  EXPECT_EQ(process.pte_bits(kTop - 10 * PAGE_SIZE), 0xd7u);
  EXPECT_EQ(mm.total_vm, 10u);
  EXPECT_EQ(vm_event_total(FAULT_STACK), 1u);
  EXPECT_EQ(mm.min_flt, 1u);
  const vm_area_struct* vma = find_vma(mm, kTop - 1);
  EXPECT_EQ(vma->vm_pgoff, vma->vm_start / PAGE_SIZE);
}

TEST_F(FaultStack, stops_at_its_limit) {
  mm.rlimit_stack = 64 * PAGE_SIZE;
  EXPECT_EQ(hart.store(kTop - 64 * PAGE_SIZE, 1).signal, SIGNAL_NONE);
  const fault_outcome outcome = hart.store(kTop - 64 * PAGE_SIZE - 8, 1);
  EXPECT_EQ(outcome.signal, SIGNAL_SEGV);
  EXPECT_EQ(outcome.code, CODE_SEGV_MAPERR);
}

TEST_F(FaultStack, keeps_a_gap_of_256_pages_to_a_mapping_below) {
  process.map_anon(kTop - 400 * PAGE_SIZE, 1);
  EXPECT_EQ(hart.store(kTop - 143 * PAGE_SIZE, 1).signal, SIGNAL_NONE);
  EXPECT_EQ(hart.store(kTop - 144 * PAGE_SIZE, 1).signal, SIGNAL_SEGV);
}

TEST_F(FaultStack, needs_no_gap_to_inaccessible_memory_below) {
  process.map_anon(kTop - 400 * PAGE_SIZE, 1, PROT_NONE);
  EXPECT_EQ(hart.store(kTop - 399 * PAGE_SIZE, 1).signal, SIGNAL_NONE);
}

TEST(FaultOom, running_out_of_memory_kills_and_everything_comes_back) {
  Machine machine(4u << 20);
  const std::uint64_t free_before = Machine::settled_free_pages();
  {
    Process process(machine);
    process.map_anon(kBase, 4096);
    fault_outcome outcome = {};
    std::uintptr_t stored = 0;
    while ((outcome = process.hart().store(kBase + stored * PAGE_SIZE, stored)).signal ==
           SIGNAL_NONE) {
      ++stored;
    }
    EXPECT_EQ(outcome.signal, SIGNAL_KILL);
    EXPECT_GT(stored, free_before - zone_watermark(WMARK_MIN) - 16);
    EXPECT_EQ(vm_event_total(FAULT_OOM), 1u);
    for (std::uintptr_t i = 0; i < stored; ++i) {
      ASSERT_EQ(process.hart().get(kBase + i * PAGE_SIZE), i);
    }
  }
  EXPECT_EQ(Machine::settled_free_pages(), free_before);
}

}  // namespace
}  // namespace faultline::test
