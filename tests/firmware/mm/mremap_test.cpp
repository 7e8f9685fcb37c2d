// SPDX-License-Identifier: Apache-2.0
// mremap: contents, ptes, tables and fences of mappings that shrink, grow and move; Linux's errors.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/page_alloc.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kFar = 0x18'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr std::uintptr_t kHuge = HPAGE_PMD_SIZE;

struct Mremap : ::testing::Test {
  Machine machine{64u << 20};
  std::uint64_t free_at_first = Machine::settled_free_pages();
  std::unique_ptr<TestFile> f;
  std::unique_ptr<Process> owner = std::make_unique<Process>(machine);
  Process& process = *owner;
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();

  void TearDown() override {
    owner.reset();
    f.reset();
    EXPECT_EQ(Machine::settled_free_pages(), free_at_first) << "frames were lost";
  }
  std::int64_t remap(std::uintptr_t from, std::uint64_t old_pages, std::uint64_t new_pages,
                     unsigned flags = 0, std::uintptr_t to = 0) {
    return do_mremap(mm, from, old_pages * kPage, new_pages * kPage, flags, to);
  }
  void fill(std::uintptr_t start, std::uint64_t pages) {
    for (std::uint64_t i = 0; i < pages; ++i) {
      hart.put(start + i * kPage, 1000 + i);
    }
  }
  void expect_filled(std::uintptr_t start, std::uint64_t pages) {
    for (std::uint64_t i = 0; i < pages; ++i) {
      ASSERT_EQ(hart.get(start + i * kPage), 1000 + i) << "page " << i;
    }
  }
  [[nodiscard]] int code_at(std::uintptr_t va) {
    std::uint64_t value = 0;
    return hart.load(va, value).code;
  }
};

TEST_F(Mremap, shrinking_unmaps_the_end) {
  process.map_anon(kBase, 8);
  fill(kBase, 8);
  EXPECT_EQ(remap(kBase, 8, 3), static_cast<std::int64_t>(kBase));
  EXPECT_EQ(process.vmas(kBase), "0-3 rw-p");
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 3);
  EXPECT_EQ(mm.total_vm, 3u);
  EXPECT_EQ(code_at(kBase + 3 * kPage), CODE_SEGV_MAPERR);
  expect_filled(kBase, 3);
}

TEST_F(Mremap, grows_where_it_is_if_there_is_room) {
  process.map_anon(kBase, 4);
  fill(kBase, 4);
  const Since since(machine);
  EXPECT_EQ(remap(kBase, 4, 9), static_cast<std::int64_t>(kBase));
  EXPECT_EQ(since.arch().fences(), 0u);
  EXPECT_EQ(process.vmas(kBase), "0-9 rw-p");
  EXPECT_EQ(mm.total_vm, 9u);
  expect_filled(kBase, 4);
  EXPECT_EQ(hart.get(kBase + 8 * kPage), 0u);
}

TEST_F(Mremap, growing_up_to_a_like_neighbour_merges_with_it) {
  process.map_anon(kBase, 4);
  process.map_anon(kBase + 6 * kPage, 2);
  EXPECT_EQ(remap(kBase, 4, 6), static_cast<std::int64_t>(kBase));
  EXPECT_EQ(process.vmas(kBase), "0-8 rw-p");
}

TEST_F(Mremap, without_room_it_moves_only_if_it_may) {
  process.map_anon(kBase, 4);
  process.map_anon(kBase + 4 * kPage, 1, PROT_READ);
  fill(kBase, 4);
  EXPECT_EQ(remap(kBase, 4, 5), -MM_ENOMEM);
  const std::uint64_t frame = process.pte(kBase + kPage);
  const Since since(machine);
  const std::int64_t moved = remap(kBase, 4, 5, MREMAP_MAYMOVE);
  ASSERT_GT(moved, 0);
  const auto to = static_cast<std::uintptr_t>(moved);
  EXPECT_NE(to, kBase);
  EXPECT_EQ(process.pte(to + kPage), frame) << "the pte moved as it was";
  EXPECT_EQ(since.event(PGFREE), 0u);
  EXPECT_EQ(since.arch().copied, 0u);
  EXPECT_EQ(since.arch().space_fences, 1u) << "the old place, before its pages could be reused";
  expect_filled(to, 4);
  EXPECT_EQ(hart.get(to + 4 * kPage), 0u);
  EXPECT_EQ(code_at(kBase), CODE_SEGV_MAPERR);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 4);
  EXPECT_EQ(mm.total_vm, 6u);
}

TEST_F(Mremap, part_of_a_mapping_moves_and_keeps_its_page_offsets) {
  f = std::make_unique<TestFile>(1, 16);
  process.map_file(kBase, 16, *f, PROT_READ);
  EXPECT_EQ(hart.get(kBase + 5 * kPage), f->word(5 * kPage));
  EXPECT_EQ(remap(kBase + 4 * kPage, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, kFar),
            static_cast<std::int64_t>(kFar));
  EXPECT_EQ(process.vmas(kBase).substr(0, 27), "0-4 r--p @0; 8-16 r--p @8; ");
  EXPECT_EQ(find_vma(mm, kFar)->vm_pgoff, 4u);
  EXPECT_EQ(hart.get(kFar + 3 * kPage), f->word(7 * kPage));
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 16);
}

TEST_F(Mremap, fixed_replaces_what_is_there) {
  process.map_anon(kBase, 2);
  fill(kBase, 2);
  process.map_anon(kFar, 8);
  hart.put(kFar + kPage, 7);
  EXPECT_EQ(remap(kBase, 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, kFar + kPage),
            static_cast<std::int64_t>(kFar + kPage));
  expect_filled(kFar + kPage, 2);
  EXPECT_EQ(hart.get(kFar), 0u);
  EXPECT_EQ(mm.total_vm, 8u);
}

TEST_F(Mremap, fixed_may_shrink_on_the_way) {
  process.map_anon(kBase, 6);
  fill(kBase, 6);
  EXPECT_EQ(remap(kBase, 6, 2, MREMAP_MAYMOVE | MREMAP_FIXED, kFar),
            static_cast<std::int64_t>(kFar));
  expect_filled(kFar, 2);
  EXPECT_EQ(mm.total_vm, 2u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 2);
}

TEST_F(Mremap, table_that_fills_its_2_mib_moves_as_a_whole) {
  process.map_anon(kBase, 512);
  fill(kBase, 512);
  const std::uint64_t tables = mm.pgtable_pages;
  const Since since(machine);
  EXPECT_EQ(remap(kBase, 512, 512, MREMAP_MAYMOVE | MREMAP_FIXED, kFar),
            static_cast<std::int64_t>(kFar));
  EXPECT_EQ(since.event(PGTABLE_ALLOC), 1u) << "the middle table of the new place";
  EXPECT_EQ(mm.pgtable_pages, tables) << "the old middle table is gone";
  const unsigned faults = hart.faults();
  expect_filled(kFar, 512);
  EXPECT_EQ(hart.faults(), faults);
}

TEST_F(Mremap, table_moves_pte_by_pte_where_the_blocks_do_not_match) {
  process.map_anon(kBase, 512);
  fill(kBase, 512);
  EXPECT_EQ(remap(kBase, 512, 512, MREMAP_MAYMOVE | MREMAP_FIXED, kFar + 3 * kPage),
            static_cast<std::int64_t>(kFar + 3 * kPage));
  expect_filled(kFar + 3 * kPage, 512);
  EXPECT_EQ(process.pte_bits(kFar + 3 * kPage), 0xd7u);
}

TEST_F(Mremap, huge_page_moves_as_a_whole_where_the_blocks_match) {
  set_transparent_hugepage(thp_mode::always);
  process.map_anon(kBase, 1024);
  fill(kBase, 1024);
  const std::uint64_t pmd = walk_to_pmd(mm, kBase + kHuge)->value;
  const Since since(machine);
  EXPECT_EQ(remap(kBase, 1024, 1024, MREMAP_MAYMOVE | MREMAP_FIXED, kFar),
            static_cast<std::int64_t>(kFar));
  EXPECT_EQ(walk_to_pmd(mm, kFar + kHuge)->value, pmd);
  EXPECT_EQ(since.event(THP_SPLIT), 0u);
  EXPECT_EQ(since.arch().page_asid_fences, 2u);
  expect_filled(kFar, 1024);
  EXPECT_EQ(mm.pgtable_pages, 3u) << "a middle table, two deposits";
  EXPECT_EQ(do_munmap(mm, kFar, kPage), 0);
  EXPECT_EQ(hart.get(kFar + kPage), 1001u) << "split at its new place";
}

TEST_F(Mremap, huge_page_is_split_where_the_blocks_do_not_match) {
  set_transparent_hugepage(thp_mode::always);
  process.map_anon(kBase, 512);
  fill(kBase, 512);
  const Since since(machine);
  EXPECT_EQ(remap(kBase, 512, 512, MREMAP_MAYMOVE | MREMAP_FIXED, kFar + kPage),
            static_cast<std::int64_t>(kFar + kPage));
  EXPECT_EQ(since.event(THP_SPLIT), 1u);
  expect_filled(kFar + kPage, 512);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 512);
}

TEST_F(Mremap, forked_page_that_moved_is_still_found_by_its_reverse_map) {
  set_transparent_hugepage(thp_mode::always);
  process.map_anon(kBase, 512);
  fill(kBase, 512);
  Process child(machine, process);
  EXPECT_EQ(remap(kBase, 512, 512, MREMAP_MAYMOVE | MREMAP_FIXED, kFar),
            static_cast<std::int64_t>(kFar));
  child.hart().put(kBase, 5);
  EXPECT_EQ(process.pte_bits(kFar), 0xd3u) << "split along with the child's";
  expect_filled(kFar, 512);
  EXPECT_EQ(child.hart().get(kBase), 5u);
}

TEST_F(Mremap, length_0_maps_shared_memory_a_second_time) {
  ASSERT_EQ(do_mmap(mm, nullptr, kBase, 4 * kPage, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(kBase));
  hart.put(kBase + kPage, 9);
  const std::int64_t again = remap(kBase, 0, 4, MREMAP_MAYMOVE);
  ASSERT_GT(again, 0);
  EXPECT_EQ(hart.get(static_cast<std::uintptr_t>(again) + kPage), 9u);
  EXPECT_EQ(hart.get(kBase + kPage), 9u);
  process.map_anon(kFar, 1);
  EXPECT_EQ(remap(kFar, 0, 1, MREMAP_MAYMOVE), -MM_EINVAL);
}

TEST_F(Mremap, dontunmap_leaves_the_old_mapping_empty) {
  process.map_anon(kBase, 4);
  fill(kBase, 4);
  const std::int64_t moved = remap(kBase, 4, 4, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  ASSERT_GT(moved, 0);
  expect_filled(static_cast<std::uintptr_t>(moved), 4);
  EXPECT_EQ(hart.get(kBase), 0u);
  EXPECT_EQ(mm.total_vm, 8u);
}

TEST_F(Mremap, refuses_as_linux_does) {
  process.map_anon(kBase, 4);
  process.map_anon(kBase + 4 * kPage, 4, PROT_READ);
  EXPECT_EQ(remap(kBase + 1, 1, 1), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 0), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 4, 8), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 4, MREMAP_FIXED, kFar), -MM_EINVAL) << "needs MAYMOVE";
  EXPECT_EQ(remap(kBase, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, kBase + kPage), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, kFar + 1), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED, TASK_SIZE - kPage), -MM_EINVAL);
  EXPECT_EQ(remap(kBase, 4, 5, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), -MM_EINVAL);
  EXPECT_EQ(remap(kFar, 4, 8), -MM_EFAULT) << "nothing is mapped there";
  EXPECT_EQ(remap(kBase, 8, 9, MREMAP_MAYMOVE), -MM_EFAULT) << "more than one mapping";
  mm.rlimit_as = 10 * kPage;
  EXPECT_EQ(remap(kBase, 4, 7, MREMAP_MAYMOVE), -MM_ENOMEM);
  EXPECT_EQ(process.vmas(kBase), "0-4 rw-p; 4-8 r--p");
}

TEST_F(Mremap, without_memory_for_tables_everything_stays_where_it_was) {
  process.map_anon(kBase, 600);
  fill(kBase, 600);
  std::vector<page*> hoard;
  while (page* p = alloc_pages(GFP_ATOMIC, 0)) {
    hoard.push_back(p);
  }
  // Room for the VMA and the middle table, but not for a table of its own.
  put_page(hoard.back());
  hoard.pop_back();
  EXPECT_EQ(remap(kBase, 600, 600, MREMAP_MAYMOVE | MREMAP_FIXED, kFar + kPage), -MM_ENOMEM);
  for (page* p : hoard) {
    put_page(p);
  }
  EXPECT_EQ(process.vmas(kBase), "0-600 rw-p");
  EXPECT_EQ(mm.total_vm, 600u);
  expect_filled(kBase, 600);
}

}  // namespace
}  // namespace faultline::test
