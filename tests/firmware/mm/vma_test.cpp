// SPDX-License-Identifier: Apache-2.0
// VMAs under mmap, munmap and mprotect: lookup, split, merge, and the ptes that follow.

#include <gtest/gtest.h>

#include "sw/kernel/mm/page_alloc.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;

struct Vma : ::testing::Test {
  Machine machine;
  TestFile f{1, 64};
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();
  std::string vmas() { return process.vmas(kBase); }
};

TEST_F(Vma, find_vma_gives_the_first_that_ends_above) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 10 * kPage, 2);
  EXPECT_EQ(find_vma(mm, 0)->vm_start, kBase);
  EXPECT_EQ(find_vma(mm, kBase + 2 * kPage - 1)->vm_start, kBase);
  EXPECT_EQ(find_vma(mm, kBase + 2 * kPage)->vm_start, kBase + 10 * kPage);
  EXPECT_EQ(find_vma(mm, kBase + 12 * kPage), nullptr);
}

TEST_F(Vma, adjoining_equal_mappings_become_one) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 4 * kPage, 2);
  process.map_anon(kBase + 2 * kPage, 2);
  EXPECT_EQ(vmas(), "0-6 rw-p");
  EXPECT_EQ(mm.map_count, 1u);
  EXPECT_EQ(mm.total_vm, 6u);
}

TEST_F(Vma, mappings_that_differ_stay_apart) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 2 * kPage, 2, PROT_READ);
  process.map_file(kBase + 4 * kPage, 2, f, PROT_READ);
  EXPECT_EQ(vmas(), "0-2 rw-p; 2-4 r--p; 4-6 r--p @0");
}

TEST_F(Vma, file_mappings_merge_only_if_their_offsets_continue) {
  process.map_file(kBase, 2, f, PROT_READ, MAP_PRIVATE, 7);
  process.map_file(kBase + 2 * kPage, 2, f, PROT_READ, MAP_PRIVATE, 9);
  process.map_file(kBase + 4 * kPage, 2, f, PROT_READ, MAP_PRIVATE, 12);
  EXPECT_EQ(vmas(), "0-4 r--p @7; 4-6 r--p @12");
  EXPECT_EQ(f.f_count, 3);
}

TEST_F(Vma, private_pages_of_two_groups_keep_vmas_apart) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 4 * kPage, 2);
  hart.put(kBase, 1);
  hart.put(kBase + 4 * kPage, 1);
  process.map_anon(kBase + 2 * kPage, 2);
  EXPECT_EQ(mm.map_count, 2u);
  EXPECT_EQ(hart.get(kBase), 1u);
  EXPECT_EQ(hart.get(kBase + 4 * kPage), 1u);
}

TEST_F(Vma, fixed_mapping_replaces_what_is_there) {
  process.map_anon(kBase, 8);
  hart.put(kBase + 3 * kPage, 33);
  hart.put(kBase + 4 * kPage, 44);
  process.map_file(kBase + 4 * kPage, 2, f, PROT_READ);
  EXPECT_EQ(vmas(), "0-4 rw-p; 4-6 r--p @0; 6-8 rw-p");
  EXPECT_EQ(hart.get(kBase + 3 * kPage), 33u);
  EXPECT_EQ(hart.get(kBase + 4 * kPage), f.word(0));
}

TEST_F(Vma, munmap_of_the_middle_splits) {
  process.map_file(kBase, 8, f, PROT_READ, MAP_PRIVATE, 10);
  EXPECT_EQ(hart.get(kBase + 7 * kPage), f.word(17 * kPage));
  ASSERT_EQ(do_munmap(mm, kBase + 2 * kPage, 3 * kPage), 0);
  EXPECT_EQ(vmas(), "0-2 r--p @10; 5-8 r--p @15");
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase + 2 * kPage, value).signal, SIGNAL_SEGV);
  EXPECT_EQ(hart.load(kBase + 4 * kPage, value).signal, SIGNAL_SEGV);
  EXPECT_EQ(hart.get(kBase + 5 * kPage), f.word(15 * kPage));
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 5);
}

TEST_F(Vma, munmap_over_holes_takes_all) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 4 * kPage, 2);
  process.map_anon(kBase + 8 * kPage, 2);
  ASSERT_EQ(do_munmap(mm, kBase + kPage, 8 * kPage), 0);
  EXPECT_EQ(vmas(), "0-1 rw-p; 9-10 rw-p");
  ASSERT_EQ(do_munmap(mm, kBase, 100 * kPage), 0);
  EXPECT_EQ(mm.mmap, nullptr);
}

TEST_F(Vma, munmap_of_one_page_fences_that_page_and_frees_it) {
  process.map_anon(kBase, 4);
  hart.put(kBase, 1);
  hart.put(kBase + kPage, 2);
  const std::uint64_t free_before = Machine::settled_free_pages();
  const Since since(machine);
  ASSERT_EQ(do_munmap(mm, kBase + kPage, kPage), 0);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_asid_fences = 1}));
  EXPECT_EQ(Machine::settled_free_pages(), free_before + 1);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 1);
}

TEST_F(Vma, tables_are_freed_with_the_last_mapping_of_their_block) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 511 * kPage, 2);  // in two last-level tables
  hart.put(kBase, 1);
  hart.put(kBase + 511 * kPage, 1);
  hart.put(kBase + 512 * kPage, 1);
  EXPECT_EQ(mm.pgtable_pages, 3u);
  const Since since(machine);
  ASSERT_EQ(do_munmap(mm, kBase + 511 * kPage, 2 * kPage), 0);
  EXPECT_EQ(mm.pgtable_pages, 2u) << "the first table still serves the pages below";
  EXPECT_GE(since.arch().space_fences, 1u) << "a table may be known to walk caches";
  ASSERT_EQ(do_munmap(mm, kBase, 2 * kPage), 0);
  EXPECT_EQ(mm.pgtable_pages, 0u);
}

TEST_F(Vma, mprotect_to_read_only_makes_stores_fault) {
  process.map_anon(kBase, 4);
  for (std::uintptr_t i = 0; i < 4; ++i) {
    hart.put(kBase + i * kPage, i);
  }
  ASSERT_EQ(do_mprotect(mm, kBase + kPage, 2 * kPage, PROT_READ), 0);
  EXPECT_EQ(vmas(), "0-1 rw-p; 1-3 r--p; 3-4 rw-p");
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0xd3u);
  EXPECT_EQ(hart.store(kBase + kPage, 9).code, CODE_SEGV_ACCERR);
  EXPECT_EQ(hart.get(kBase + kPage), 1u);
  hart.put(kBase + 3 * kPage, 9);
}

TEST_F(Vma, mprotect_back_merges_and_restores_w_of_private_pages_at_once) {
  process.map_anon(kBase, 4);
  hart.put(kBase + kPage, 1);
  EXPECT_EQ(hart.get(kBase + 2 * kPage), 0u);
  ASSERT_EQ(do_mprotect(mm, kBase + kPage, 2 * kPage, PROT_READ), 0);
  ASSERT_EQ(do_mprotect(mm, kBase + kPage, 2 * kPage, kRw), 0);
  EXPECT_EQ(vmas(), "0-4 rw-p");
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0xd7u);
  EXPECT_EQ(process.pte_bits(kBase + 2 * kPage), 0x153u) << "the zero page must never get W";
  const unsigned faults = hart.faults();
  hart.put(kBase + kPage, 2);
  EXPECT_EQ(hart.faults(), faults);
}

TEST_F(Vma, prot_none_hides_the_page_and_keeps_it) {
  process.map_anon(kBase, 1);
  hart.put(kBase, 77);
  const Since since(machine);
  ASSERT_EQ(do_mprotect(mm, kBase, kPage, PROT_NONE), 0);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_asid_fences = 1}));
  EXPECT_EQ(process.pte_bits(kBase), 0xe2u);  // 0x22 with A and D kept
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase, value).code, CODE_SEGV_ACCERR);
  ASSERT_EQ(do_mprotect(mm, kBase, kPage, kRw), 0);
  EXPECT_EQ(hart.get(kBase), 77u);
}

TEST_F(Vma, mprotect_reports_holes_and_files_that_forbid) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 3 * kPage, 1);
  EXPECT_EQ(do_mprotect(mm, kBase, 4 * kPage, PROT_READ), -MM_ENOMEM);
  EXPECT_EQ(vmas(), "0-2 r--p; 3-4 rw-p") << "what lies below the hole has changed";
  process.map_file(kBase + 8 * kPage, 1, f, PROT_READ, MAP_SHARED);
  EXPECT_EQ(do_mprotect(mm, kBase + 8 * kPage, kPage, kRw), -MM_EACCES);
  EXPECT_EQ(do_mprotect(mm, kBase + 1, kPage, PROT_READ), -MM_EINVAL);
  EXPECT_EQ(do_mprotect(mm, kBase, kPage, 0x100), -MM_EINVAL);
  EXPECT_EQ(do_mprotect(mm, kBase, 0, PROT_READ), 0);
}

TEST_F(Vma, many_vmas_are_found_and_unmapped_in_any_order) {
  constexpr std::uintptr_t kMany = 1000;
  const auto place = [](std::uintptr_t i) { return kBase + (i * 617 % kMany) * 2 * kPage; };
  for (std::uintptr_t i = 0; i < kMany; ++i) {
    process.map_anon(place(i), 1);
  }
  EXPECT_EQ(mm.map_count, kMany);
  EXPECT_LE(mm.mm_vmas.root()->height, 14) << "an AVL tree of 1000 nodes is at most 14 high";
  for (std::uintptr_t i = 0; i < kMany; ++i) {
    const vm_area_struct* vma = find_vma(mm, place(i));
    ASSERT_EQ(vma->vm_start, place(i));
    ASSERT_EQ(do_munmap(mm, place(kMany - 1 - i), kPage), 0);
    process.map_anon(place(kMany - 1 - i), 1);
  }
  for (std::uintptr_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(do_munmap(mm, place(i), kPage), 0);
    ASSERT_EQ(mm.map_count, kMany - 1 - i);
  }
}

}  // namespace
}  // namespace faultline::test
