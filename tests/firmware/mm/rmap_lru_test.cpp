// SPDX-License-Identifier: Apache-2.0
// From a frame back to its ptes, and the order in which frames would be evicted.

#include <gtest/gtest.h>

#include <vector>

#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;

std::vector<std::uintptr_t> addresses_of(page& p) {
  std::vector<std::uintptr_t> found;
  rmap_walk(p, [&](vm_area_struct&, std::uintptr_t va, pte_t*) { found.push_back(va); });
  return found;
}

struct Rmap : ::testing::Test {
  Machine machine;
  TestFile f{1, 64};
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();
  page& page_at(std::uintptr_t va) { return *pfn_to_page(process.pte(va) >> 10); }
};

TEST_F(Rmap, private_page_knows_its_address_and_is_exclusive) {
  process.map_anon(kBase, 4);
  hart.put(kBase + 2 * kPage, 1);
  page& p = page_at(kBase + 2 * kPage);
  EXPECT_TRUE(PageAnon(p));
  EXPECT_TRUE(PageAnonExclusive(p));
  EXPECT_EQ(p.index, (kBase + 2 * kPage) / kPage);
  EXPECT_EQ(page_mapcount(p), 1);
  EXPECT_EQ(addresses_of(p), std::vector{kBase + 2 * kPage});
}

TEST_F(Rmap, private_page_is_found_after_its_vma_was_split_and_merged) {
  process.map_anon(kBase, 4);
  hart.put(kBase + 2 * kPage, 1);
  page& p = page_at(kBase + 2 * kPage);
  ASSERT_EQ(do_mprotect(mm, kBase + kPage, kPage, PROT_READ), 0);
  EXPECT_EQ(addresses_of(p), std::vector{kBase + 2 * kPage});
  ASSERT_EQ(do_munmap(mm, kBase, kPage), 0);
  EXPECT_EQ(addresses_of(p), std::vector{kBase + 2 * kPage});
  ASSERT_EQ(do_mprotect(mm, kBase + kPage, kPage, kRw), 0);
  EXPECT_EQ(mm.map_count, 1u);
  EXPECT_EQ(addresses_of(p), std::vector{kBase + 2 * kPage});
}

TEST_F(Rmap, page_of_a_grown_stack_is_found) {
  ASSERT_EQ(setup_stack_vma(mm, TASK_SIZE, kPage), 0);
  hart.put(TASK_SIZE - 8, 1);
  hart.put(TASK_SIZE - 9 * kPage, 1);
  EXPECT_EQ(addresses_of(page_at(TASK_SIZE - kPage)), std::vector{TASK_SIZE - kPage});
  EXPECT_EQ(addresses_of(page_at(TASK_SIZE - 9 * kPage)), std::vector{TASK_SIZE - 9 * kPage});
}

TEST_F(Rmap, file_page_knows_all_its_mappings) {
  Process other(machine);
  process.map_file(kBase, 8, f, PROT_READ);
  process.map_file(kBase + 100 * kPage, 8, f, PROT_READ, MAP_PRIVATE, 4);
  other.map_file(2 * kBase, 8, f, PROT_READ, MAP_SHARED, 5);
  EXPECT_EQ(hart.get(kBase + 5 * kPage), f.word(5 * kPage));
  EXPECT_EQ(hart.get(kBase + 101 * kPage), f.word(5 * kPage));
  EXPECT_EQ(other.hart().get(2 * kBase), f.word(5 * kPage));
  page& p = page_at(kBase + 5 * kPage);
  EXPECT_EQ(page_mapcount(p), 3);
  EXPECT_EQ(addresses_of(p), (std::vector{kBase + 5 * kPage, kBase + 101 * kPage, 2 * kBase}));
}

TEST_F(Rmap, neighbours_that_could_merge_share_an_anon_vma) {
  process.map_anon(kBase, 4);
  ASSERT_EQ(do_mprotect(mm, kBase + 2 * kPage, 2 * kPage, PROT_READ | PROT_WRITE | PROT_EXEC), 0);
  hart.put(kBase, 1);
  hart.put(kBase + 2 * kPage, 1);
  EXPECT_EQ(find_vma(mm, kBase)->anon_vma, find_vma(mm, kBase + 2 * kPage)->anon_vma);
  ASSERT_EQ(do_mprotect(mm, kBase + 2 * kPage, 2 * kPage, kRw), 0);
  EXPECT_EQ(mm.map_count, 1u);
}

struct Lru : Rmap {
  void SetUp() override { lru_add_drain(); }
};

TEST_F(Lru, private_pages_reach_the_list_fifteen_at_a_time_newest_first) {
  process.map_anon(kBase, 64);
  for (std::uintptr_t i = 0; i < 14; ++i) {
    hart.put(kBase + i * kPage, i);
  }
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], 0u);
  EXPECT_EQ(page_at(kBase).refcount, 2) << "the mapping's and the batch's";
  hart.put(kBase + 14 * kPage, 14);
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], 15u);
  EXPECT_EQ(page_at(kBase).refcount, 1);
  const list_head& list = node_lruvec.lists[LRU_INACTIVE_ANON];
  EXPECT_EQ(list.next, &page_at(kBase + 14 * kPage).lru);
  EXPECT_EQ(list.prev, &page_at(kBase).lru);
}

TEST_F(Lru, file_shared_and_locked_pages_have_their_own_lists) {
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_FILE], 64u) << "the whole file is cached";
  ASSERT_EQ(do_mmap(mm, nullptr, kBase, kPage, kRw, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(kBase));
  ASSERT_EQ(do_mmap(mm, nullptr, 2 * kBase, kPage, kRw,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED, 0),
            static_cast<std::int64_t>(2 * kBase));
  hart.put(kBase, 1);
  hart.put(2 * kBase, 1);
  lru_add_drain();
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], 1u);
  EXPECT_EQ(node_lruvec.nr_pages[LRU_UNEVICTABLE], 1u);
}

TEST_F(Lru, freed_pages_leave_their_list) {
  process.map_anon(kBase, 20);
  for (std::uintptr_t i = 0; i < 20; ++i) {
    hart.put(kBase + i * kPage, i);
  }
  ASSERT_EQ(do_munmap(mm, kBase, 20 * kPage), 0);
  lru_add_drain();
  EXPECT_EQ(node_lruvec.nr_pages[LRU_INACTIVE_ANON], 0u);
  EXPECT_TRUE(node_lruvec.lists[LRU_INACTIVE_ANON].empty());
}

}  // namespace
}  // namespace faultline::test
