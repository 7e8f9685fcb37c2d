// SPDX-License-Identifier: Apache-2.0
// Path D: pages of 2 MiB. The pmd's bits, frames, tables, fences and counts of each fault; when a
// huge page falls apart, and that nothing is lost or left behind when it does.

#include "sw/kernel/mm/huge_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;  // start of a 1 GiB and of a 2 MiB block
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr std::uintptr_t kHuge = HPAGE_PMD_SIZE;
constexpr std::uint64_t kPages = HPAGE_PMD_NR;

struct Huge : ::testing::Test {
  Machine machine{64u << 20};
  std::uint64_t free_at_first = Machine::settled_free_pages();
  std::unique_ptr<Process> parent = std::make_unique<Process>(machine);
  Process& process = *parent;
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();

  void SetUp() override { set_transparent_hugepage(thp_mode::always); }
  void TearDown() override {
    parent.reset();
    shrink_huge_zero_page();
    EXPECT_EQ(Machine::settled_free_pages(), free_at_first) << "frames were lost";
  }
  static std::uint64_t pmd(Process& of, std::uintptr_t va) {
    const pmd_t* entry = walk_to_pmd(of.mm(), va);
    return entry == nullptr ? 0 : entry->value;
  }
  [[nodiscard]] std::uint64_t pmd(std::uintptr_t va) { return pmd(process, va); }
  [[nodiscard]] std::uint64_t pmd_bits(std::uintptr_t va) { return pmd(va) & 0x3ff; }
  [[nodiscard]] page* page_behind(std::uintptr_t va) {
    return pfn_to_page(pte_pfn(follow_pte(mm, va)));
  }
  /// Fills one word of each page with a number of its own.
  void fill(std::uintptr_t start, std::uint64_t pages) {
    for (std::uint64_t i = 0; i < pages; ++i) {
      hart.put(start + i * kPage, start + i);
    }
  }
  void expect_filled(Hart& by, std::uintptr_t start, std::uint64_t pages,
                     std::uintptr_t written_at) {
    for (std::uint64_t i = 0; i < pages; ++i) {
      ASSERT_EQ(by.get(start + i * kPage), written_at + i) << "page " << i;
    }
  }
};

TEST_F(Huge, first_store_maps_512_zeroed_frames_by_one_pmd) {
  process.map_anon(kBase, kPages);
  const Since since(machine);
  hart.put(kBase + 5 * kPage, 42);
  EXPECT_EQ(pmd_bits(kBase), 0xd7u);
  EXPECT_EQ((pmd(kBase) >> 10) % kPages, 0u) << "aligned to its size";
  EXPECT_EQ(since.event(FAULT_HUGE_WRITE), 1u);
  EXPECT_EQ(since.event(FAULT_ANON_WRITE), 0u);
  // The huge page, the middle table, the deposited one, and the slab's page for the anon_vma.
  EXPECT_EQ(since.event(PGALLOC), 4u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 2 + 512}));
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 512);
  EXPECT_EQ(mm.pgtable_pages, 2u);
  EXPECT_EQ(mm.min_flt, 1u);
  EXPECT_EQ(hart.get(kBase + 5 * kPage), 42u);
  for (std::uint64_t i = 0; i < kPages; ++i) {
    ASSERT_EQ(hart.get(kBase + i * kPage + 8), 0u);
  }
  EXPECT_EQ(hart.faults(), 1u) << "one fault for all 512 pages";
  page* head = page_behind(kBase);
  EXPECT_TRUE(PageHead(*head) && PageAnonExclusive(*head));
  EXPECT_EQ(page_mapcount(*head), 1);
  EXPECT_EQ(compound_head(head + 511), head);
}

TEST_F(Huge, page_of_the_fault_is_zeroed_last_and_its_neighbours_before_it) {
  process.map_anon(kBase, 3 * kPages);
  for (const std::uint64_t target : {0ull, 3ull, 255ull, 256ull, 300ull, 511ull}) {
    page* head = alloc_pages(GFP_TRANSHUGE_LIGHT, HPAGE_PMD_ORDER);
    ASSERT_NE(head, nullptr);
    std::vector<const void*> order;
    machine.log_cleared_pages(&order);
    clear_huge_page(head, kBase + target * kPage);
    machine.log_cleared_pages(nullptr);
    ASSERT_EQ(order.size(), kPages);
    const auto index = [&](std::size_t i) { return virt_to_page(order[i]) - head; };
    EXPECT_EQ(index(511), static_cast<std::ptrdiff_t>(target));
    if (target != 0 && target != 511) {
      EXPECT_LE(std::abs(index(510) - index(511)), 1);
      EXPECT_LE(std::abs(index(509) - index(511)), 1);
    }
    std::vector<bool> seen(kPages);
    for (std::size_t i = 0; i < kPages; ++i) {
      seen[static_cast<std::size_t>(index(i))] = true;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 512);
    put_page(head);
  }
}

TEST_F(Huge, first_load_maps_the_huge_zero_page_that_is_zeroed_once_for_all) {
  process.map_anon(kBase, 2 * kPages);
  Since since(machine);
  EXPECT_EQ(hart.get(kBase + 8), 0u);
  EXPECT_EQ(pmd_bits(kBase), 0x53u);
  EXPECT_TRUE(is_huge_zero_pmd({pmd(kBase)}));
  EXPECT_EQ(since.event(FAULT_HUGE_READ), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 2 + 512}));
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 0);

  Process other(machine);
  other.map_anon(kBase, kPages);
  const Since second(machine);
  EXPECT_EQ(hart.get(kBase + kHuge), 0u);
  EXPECT_EQ(other.hart().get(kBase), 0u);
  EXPECT_EQ(pmd(other, kBase), pmd(kBase));
  EXPECT_EQ(second.arch().cleared, 1u + 2u) << "tables only";
  EXPECT_EQ(shrink_huge_zero_page(), 0u) << "in use";
}

TEST_F(Huge, huge_zero_page_is_freed_when_no_address_space_uses_it) {
  {
    Process other(machine);
    other.map_anon(kBase, kPages);
    EXPECT_EQ(other.hart().get(kBase), 0u);
    EXPECT_EQ(do_munmap(other.mm(), kBase, kHuge), 0);
    EXPECT_EQ(shrink_huge_zero_page(), 0u) << "the address space keeps its reference";
  }
  EXPECT_EQ(shrink_huge_zero_page(), 512u);
  EXPECT_EQ(shrink_huge_zero_page(), 0u);
}

TEST_F(Huge, store_after_load_splits_the_mapping_and_goes_on_as_path_c) {
  process.map_anon(kBase, kPages);
  EXPECT_EQ(hart.get(kBase), 0u);
  const Since since(machine);
  hart.put(kBase + 7 * kPage, 1);
  EXPECT_EQ(since.event(FAULT_HUGE_WP), 1u);
  EXPECT_EQ(since.event(THP_SPLIT), 1u);
  EXPECT_EQ(since.event(FAULT_WP_ZERO), 1u);
  EXPECT_EQ(process.pte_bits(kBase + 7 * kPage), 0xd7u);
  EXPECT_EQ(process.pte_bits(kBase + 6 * kPage), 0x153u);
  EXPECT_EQ(process.pte(kBase + 511 * kPage) >> 10, zero_pfn());
  // The pmd, then the pte: each through 0 and a flush; then the fence of the new pte.
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 2, .cleared = 1}));
  EXPECT_EQ(mm.pgtable_pages, 2u) << "the deposited table is in use now";
  EXPECT_EQ(mm.pmd_huge_pte, nullptr);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 1);
  EXPECT_EQ(hart.get(kBase + 8 * kPage), 0u);
}

TEST_F(Huge, block_that_does_not_fit_the_vma_gets_small_pages) {
  process.map_anon(kBase + kPage, 2 * kPages);
  Since since(machine);
  hart.put(kBase + kPage, 1);
  EXPECT_EQ(since.event(FAULT_ANON_WRITE), 1u);
  EXPECT_EQ(since.event(THP_FAULT_FALLBACK), 0u) << "none was tried";
  hart.put(kBase + kHuge, 1);
  EXPECT_EQ(since.event(FAULT_HUGE_WRITE), 1u) << "the block in the middle fits";
  EXPECT_EQ(hart.get(kBase + 2 * kHuge), 0u);
  EXPECT_EQ(process.pte_bits(kBase + 2 * kHuge), 0x153u);
}

TEST_F(Huge, without_2_mib_in_one_piece_small_pages_do) {
  process.map_anon(kBase, kPages);
  std::vector<page*> hoard;
  while (page* block = alloc_pages(GFP_NOWAIT, HPAGE_PMD_ORDER)) {
    hoard.push_back(block);
  }
  const Since since(machine);
  hart.put(kBase, 1);
  EXPECT_EQ(hart.get(kBase + kPage), 0u);
  EXPECT_EQ(since.event(THP_FAULT_FALLBACK), 1u) << "afterwards there is a table";
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0x153u);
  for (page* block : hoard) {
    free_pages(block, HPAGE_PMD_ORDER);
  }
}

TEST_F(Huge, mode_and_advice_decide_together) {
  const auto gets_huge_page = [&](int advice) {
    process.map_anon(kBase, kPages);  // replaces what was there
    EXPECT_EQ(do_madvise(mm, kBase, kHuge, advice), 0);
    hart.put(kBase, 1);
    return pmd_trans_huge({pmd(kBase)});
  };
  set_transparent_hugepage(thp_mode::always);
  EXPECT_TRUE(gets_huge_page(MADV_NORMAL));
  EXPECT_FALSE(gets_huge_page(MADV_NOHUGEPAGE));
  set_transparent_hugepage(thp_mode::madvise);
  EXPECT_FALSE(gets_huge_page(MADV_NORMAL));
  EXPECT_TRUE(gets_huge_page(MADV_HUGEPAGE));
  set_transparent_hugepage(thp_mode::never);
  EXPECT_FALSE(gets_huge_page(MADV_HUGEPAGE));
}

TEST_F(Huge, executable_huge_page_gets_x_and_one_icache_fence) {
  process.map_anon(kBase, kPages, PROT_READ | PROT_WRITE | PROT_EXEC);
  const Since since(machine);
  hart.put(kBase, 1);
  EXPECT_EQ(pmd_bits(kBase), 0xdfu);
  EXPECT_EQ(since.arch().icache_fences, 1u);
}

TEST_F(Huge, accessed_and_dirty_are_set_in_place) {
  process.map_anon(kBase, kPages);
  hart.put(kBase, 1);
  walk_to_pmd(mm, kBase)->value &= ~std::uint64_t{_PAGE_ACCESSED | _PAGE_DIRTY};
  hart.forget_all();
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase + kPage), 0u);
  EXPECT_EQ(pmd_bits(kBase), 0x57u);
  hart.put(kBase + 9 * kPage, 1);
  EXPECT_EQ(pmd_bits(kBase), 0xd7u);
  EXPECT_EQ(since.event(FAULT_ACCESS), 2u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 2}));
}

TEST_F(Huge, unmapping_it_as_a_whole_frees_page_and_deposit_with_one_flush) {
  process.map_anon(kBase, kPages);
  hart.put(kBase, 1);
  const Since since(machine);
  EXPECT_EQ(do_munmap(mm, kBase, kHuge), 0);
  EXPECT_EQ(since.event(THP_SPLIT), 0u);
  EXPECT_EQ(since.arch().fences(), 2u) << "the page; the middle table";
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 0);
  EXPECT_EQ(mm.pgtable_pages, 0u);
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase, value).code, CODE_SEGV_MAPERR);
}

TEST_F(Huge, unmapping_a_part_splits_and_frees_that_part) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  const std::uint64_t before = Machine::settled_free_pages();
  const Since since(machine);
  EXPECT_EQ(do_munmap(mm, kBase + 100 * kPage, 56 * kPage), 0);
  EXPECT_EQ(since.event(THP_SPLIT), 1u);
  EXPECT_EQ(since.arch().copied, 0u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 512 - 56);
  EXPECT_EQ(Machine::settled_free_pages() - before, 56u);
  EXPECT_EQ(process.vmas(kBase), "0-100 rw-p; 156-512 rw-p");
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  expect_filled(hart, kBase, 100, kBase);
  expect_filled(hart, kBase + 156 * kPage, 512 - 156, kBase + 156);
  EXPECT_EQ(hart.faults(), 1u);
}

TEST_F(Huge, dontneed_of_a_part_splits_and_reads_zeros_again) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  EXPECT_EQ(do_madvise(mm, kBase + 8 * kPage, 2 * kPage, MADV_DONTNEED), 0);
  EXPECT_EQ(hart.get(kBase + 8 * kPage), 0u);
  EXPECT_EQ(hart.get(kBase + 10 * kPage), kBase + 10);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 510);
}

TEST_F(Huge, mprotect_of_the_whole_keeps_it_huge_and_a_store_reuses_it) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  Since since(machine);
  EXPECT_EQ(do_mprotect(mm, kBase, kHuge, PROT_READ), 0);
  EXPECT_EQ(pmd_bits(kBase), 0xd3u);
  EXPECT_EQ(since.arch().fences(), 1u);
  EXPECT_EQ(hart.store(kBase, 1).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(do_mprotect(mm, kBase, kHuge, PROT_READ | PROT_WRITE), 0);
  const std::uint64_t frame = pmd(kBase) >> 10;
  const Since store(machine);
  hart.put(kBase + kPage, 1);
  EXPECT_EQ(pmd(kBase), frame << 10 | 0xd7);
  EXPECT_EQ(store.event(FAULT_HUGE_WP), 1u);
  EXPECT_EQ(store.event(THP_SPLIT), 0u);
  EXPECT_EQ(store.arch(), (ArchCounts{.page_fences = 1}));
}

TEST_F(Huge, prot_none_keeps_the_page_out_of_reach_and_intact) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  EXPECT_EQ(do_mprotect(mm, kBase, kHuge, PROT_NONE), 0);
  EXPECT_EQ(pmd_bits(kBase), 0xe2u) << "V=0, R and G as marks, A and D kept";
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase, value).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(do_mprotect(mm, kBase + kPage, kPage, PROT_READ), 0);
  EXPECT_EQ(process.pte_bits(kBase), 0xe2u);
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0xd3u);
  EXPECT_EQ(hart.get(kBase + kPage), kBase + 1);
  EXPECT_EQ(do_mprotect(mm, kBase, kHuge, PROT_READ | PROT_WRITE), 0);
  expect_filled(hart, kBase, kPages, kBase);
}

TEST_F(Huge, mprotect_of_a_part_splits) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  const Since since(machine);
  EXPECT_EQ(do_mprotect(mm, kBase, 16 * kPage, PROT_READ), 0);
  EXPECT_EQ(since.event(THP_SPLIT), 1u);
  EXPECT_EQ(process.pte_bits(kBase), 0xd3u);
  EXPECT_EQ(process.pte_bits(kBase + 16 * kPage), 0xd7u);
  EXPECT_EQ(hart.store(kBase, 1).code, CODE_SEGV_ACCERR);
  expect_filled(hart, kBase, kPages, kBase);
}

TEST_F(Huge, fork_shares_it_and_the_first_store_splits_for_both) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  {
    Process child(machine, process);
    EXPECT_EQ(pmd_bits(kBase), 0xd3u);
    EXPECT_EQ(pmd(child, kBase) & 0x3ff, 0x93u);
    EXPECT_EQ(page_mapcount(*page_behind(kBase)), 2);
    EXPECT_FALSE(PageAnonExclusive(*page_behind(kBase)));
    EXPECT_EQ(child.mm().rss_stat[MM_ANONPAGES], 512);
    EXPECT_EQ(child.mm().pgtable_pages, 2u);
    expect_filled(child.hart(), kBase, kPages, kBase);

    const Since since(machine);
    child.hart().put(kBase + 3 * kPage, 99);
    EXPECT_EQ(since.event(FAULT_HUGE_WP), 1u);
    EXPECT_EQ(since.event(THP_SPLIT), 1u);
    EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
    EXPECT_EQ(since.arch().copied, 1u) << "one small page";
    EXPECT_EQ(process.pte_bits(kBase), 0xd3u);
    EXPECT_EQ(child.pte_bits(kBase), 0xd3u) << "young since it was read";
    EXPECT_EQ(child.pte_bits(kBase + 3 * kPage), 0xd7u);
    EXPECT_EQ(page_mapcount(*page_behind(kBase)), 2);
    EXPECT_EQ(page_mapcount(*page_behind(kBase + 3 * kPage)), 1);
    expect_filled(hart, kBase, kPages, kBase);
    EXPECT_EQ(child.hart().get(kBase + 3 * kPage), 99u);
    EXPECT_EQ(child.mm().rss_stat[MM_ANONPAGES], 512);
  }
  const Since since(machine);
  hart.put(kBase + 4 * kPage, 5);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u) << "the child is gone";
  EXPECT_EQ(since.arch().copied, 0u);
}

TEST_F(Huge, last_user_after_fork_stores_in_place) {
  process.map_anon(kBase, kPages);
  hart.put(kBase, 1);
  { Process child(machine, process); }
  const Since since(machine);
  hart.put(kBase, 2);
  EXPECT_EQ(pmd_bits(kBase), 0xd7u);
  EXPECT_EQ(since.event(FAULT_HUGE_WP), 1u);
  EXPECT_EQ(since.event(THP_SPLIT), 0u);
  EXPECT_TRUE(PageAnonExclusive(*page_behind(kBase)));
}

TEST_F(Huge, child_inherits_the_huge_zero_page_with_a_reference) {
  process.map_anon(kBase, kPages);
  EXPECT_EQ(hart.get(kBase), 0u);
  auto child = std::make_unique<Process>(machine, process);
  parent.reset();
  EXPECT_EQ(shrink_huge_zero_page(), 0u);
  EXPECT_EQ(child->hart().get(kBase + 8), 0u);
  child.reset();
  EXPECT_EQ(shrink_huge_zero_page(), 512u);
}

TEST_F(Huge, page_split_for_reclaim_keeps_its_contents_and_enters_the_lru_in_512_pieces) {
  process.map_anon(kBase, kPages);
  fill(kBase, kPages);
  lru_add_drain();
  page* head = page_behind(kBase);
  const std::uint64_t listed = node_lruvec.nr_pages[LRU_INACTIVE_ANON];
  split_huge_page(head);
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], listed + 511);
  EXPECT_FALSE(PageCompound(*head) || PageCompound(head[1]));
  EXPECT_EQ(head[17].refcount, 1);
  EXPECT_TRUE(PageAnonExclusive(head[17]));
  EXPECT_EQ(head[17].index, head->index + 17);
  EXPECT_EQ(process.pte(kBase + 17 * kPage) >> 10, page_to_pfn(head + 17));
  expect_filled(hart, kBase, kPages, kBase);
  hart.put(kBase, 3);
  EXPECT_EQ(hart.faults(), 1u) << "no page lost its W";
}

TEST_F(Huge, page_that_nobody_maps_any_more_is_split_and_freed_but_for_what_is_held) {
  process.map_anon(kBase, kPages);
  hart.put(kBase, 1);
  page* head = page_behind(kBase);
  lru_add_drain();
  get_page(head);
  EXPECT_EQ(do_munmap(mm, kBase, kHuge), 0);
  const std::uint64_t before = Machine::settled_free_pages();
  split_huge_page(head);
  EXPECT_EQ(Machine::settled_free_pages() - before, 511u);
  put_page(head);
  EXPECT_EQ(Machine::settled_free_pages() - before, 512u);
}

TEST_F(Huge, kernel_reaches_it_for_a_process_and_populates_by_whole_pages) {
  process.map_anon(kBase, 4 * kPages);
  mm.mmap_lock.read_lock();
  populate_vma_range(mm, kBase, kBase + 3 * kHuge);
  mm.mmap_lock.read_unlock();
  EXPECT_EQ(vm_event_total(FAULT_HUGE_WRITE), 3u);
  EXPECT_EQ(mm.min_flt, 3u);
  std::uint64_t value = 77;
  EXPECT_EQ(access_remote_vm(mm, kBase + kHuge - 4, &value, 8, true), 8u);
  std::uint64_t back = 0;
  EXPECT_EQ(access_remote_vm(mm, kBase + kHuge - 4, &back, 8, false), 8u);
  EXPECT_EQ(back, 77u);
  EXPECT_EQ(hart.get(kBase + kHuge - 8) >> 32, 77u);
}

}  // namespace
}  // namespace faultline::test
