// SPDX-License-Identifier: Apache-2.0
// Copying an address space: what is shared, what the first store of either side does, and what is
// left when memory runs out on the way.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/vmscan.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;

struct Fork : ::testing::Test {
  Machine machine;
  TestFile f{1, 8};
  Process parent{machine};

  static page& page_at(Process& process, std::uintptr_t va) {
    return *pfn_to_page(process.pte(va) >> 10);
  }
};

TEST_F(Fork, private_pages_lose_w_on_both_sides_and_are_old_in_the_child) {
  parent.map_anon(kBase, 2);
  parent.hart().put(kBase, 7);
  Process child(machine, parent);
  EXPECT_EQ(parent.pte_bits(kBase), 0xd3u);
  EXPECT_EQ(child.pte_bits(kBase), 0x93u);
  EXPECT_EQ(&page_at(parent, kBase), &page_at(child, kBase));
  EXPECT_EQ(page_mapcount(page_at(parent, kBase)), 2);
  EXPECT_FALSE(PageAnonExclusive(page_at(parent, kBase)));
  EXPECT_EQ(child.mm().rss_stat[MM_ANONPAGES], 1);
  EXPECT_EQ(child.mm().total_vm, 2u);
}

TEST_F(Fork, flushes_the_parent_once) {
  parent.map_anon(kBase, 64);
  for (std::uintptr_t i = 0; i < 64; ++i) {
    parent.hart().put(kBase + i * kPage, i);
  }
  const Since since(machine);
  mm_struct* copy = dup_mm(parent.mm());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(since.arch().fences(), 1u);
  EXPECT_EQ(since.arch().space_fences, 1u);
  EXPECT_EQ(since.arch().copied, 0u);
  mmput(copy);
}

TEST_F(Fork, first_store_copies_and_the_last_user_reuses) {
  parent.map_anon(kBase, 2);
  parent.hart().put(kBase, 7);
  parent.hart().put(kBase + kPage, 8);
  Process child(machine, parent);
  const page* shared = &page_at(parent, kBase);
  const Since since(machine);
  child.hart().put(kBase, 9);
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 1, .copied = 1}));
  EXPECT_EQ(child.pte_bits(kBase), 0xd7u);
  EXPECT_NE(&page_at(child, kBase), shared);
  EXPECT_EQ(parent.hart().get(kBase), 7u);
  parent.hart().put(kBase, 10);
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 2, .page_asid_fences = 1, .copied = 1}));
  EXPECT_EQ(parent.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(&page_at(parent, kBase), shared);
  EXPECT_TRUE(PageAnonExclusive(*shared));
  EXPECT_EQ(child.hart().get(kBase), 9u);
}

TEST_F(Fork, parent_reuses_after_the_child_is_gone) {
  parent.map_anon(kBase, 1);
  parent.hart().put(kBase, 7);
  { const Process child(machine, parent); }
  const Since since(machine);
  parent.hart().put(kBase, 8);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u);
  EXPECT_EQ(since.arch().copied, 0u);
}

TEST_F(Fork, a_load_of_the_child_takes_an_access_flag_fault) {
  parent.map_anon(kBase, 1);
  parent.hart().put(kBase, 7);
  Process child(machine, parent);
  const Since since(machine);
  EXPECT_EQ(child.hart().get(kBase), 7u);
  EXPECT_EQ(since.event(FAULT_ACCESS), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(child.pte_bits(kBase), 0xd3u);
}

TEST_F(Fork, files_without_private_pages_are_not_copied_and_shared_memory_stays_shared) {
  f.writable = true;
  parent.map_file(kBase, 4, f, PROT_READ);
  parent.map_file(2 * kBase, 4, f, kRw, MAP_SHARED);
  ASSERT_EQ(do_mmap(parent.mm(), nullptr, 3 * kBase, 4 * kPage, kRw,
                    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(3 * kBase));
  EXPECT_EQ(parent.hart().get(kBase), f.word(0));
  parent.hart().put(2 * kBase, 11);
  parent.hart().put(3 * kBase, 12);
  Process child(machine, parent);
  for (const std::uintptr_t va : {kBase, 2 * kBase, 3 * kBase}) {
    EXPECT_EQ(child.pte(va), 0u);
  }
  EXPECT_EQ(child.mm().rss_stat[MM_FILEPAGES] + child.mm().rss_stat[MM_SHMEMPAGES], 0);
  child.hart().put(3 * kBase, 13);
  EXPECT_EQ(parent.hart().get(3 * kBase), 13u);
  EXPECT_EQ(child.hart().get(2 * kBase), 11u);
  EXPECT_EQ(f.f_count, 5);
}

TEST_F(Fork, private_file_pages_keep_what_was_stored) {
  parent.map_file(kBase, 4, f, kRw);
  EXPECT_EQ(parent.hart().get(kBase), f.word(0));
  parent.hart().put(kBase + kPage, 5);
  Process child(machine, parent);
  EXPECT_EQ(child.pte_bits(kBase), 0x13u) << "the VMA has a private page, so all is copied";
  parent.hart().put(kBase + kPage, 6);
  EXPECT_EQ(child.hart().get(kBase + kPage), 5u);
  EXPECT_EQ(child.hart().get(kBase), f.word(0));
}

TEST_F(Fork, every_relative_is_found_from_the_page) {
  parent.map_anon(kBase, 4);
  parent.hart().put(kBase + kPage, 1);
  Process child(machine, parent);
  Process grandchild(machine, child);
  int found = 0;
  rmap_walk(page_at(parent, kBase + kPage),
            [&](vm_area_struct&, std::uintptr_t va, pte_t*) { found += va == kBase + kPage; });
  EXPECT_EQ(found, 3);
  grandchild.hart().put(kBase + kPage, 2);
  found = 0;
  rmap_walk(page_at(grandchild, kBase + kPage), [&](vm_area_struct& vma, std::uintptr_t, pte_t*) {
    EXPECT_EQ(vma.vm_mm, &grandchild.mm());
    ++found;
  });
  EXPECT_EQ(found, 1);
}

TEST_F(Fork, locked_memory_is_not_locked_in_the_child) {
  ASSERT_EQ(do_mmap(parent.mm(), nullptr, kBase, kPage, kRw,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED, 0),
            static_cast<std::int64_t>(kBase));
  Process child(machine, parent);
  EXPECT_EQ(find_vma(child.mm(), kBase)->vm_flags & VM_LOCKED, 0u);
}

TEST_F(Fork, heap_stack_and_limits_go_to_the_child) {
  set_brk_start(parent.mm(), kBase);
  EXPECT_EQ(do_brk(parent.mm(), kBase + 3 * kPage), kBase + 3 * kPage);
  ASSERT_EQ(setup_stack_vma(parent.mm(), TASK_SIZE, kPage), 0);
  parent.mm().rlimit_as = 64 * kPage;
  Process child(machine, parent);
  EXPECT_EQ(do_brk(child.mm(), 0), kBase + 3 * kPage);
  EXPECT_EQ(child.mm().start_stack, TASK_SIZE);
  EXPECT_EQ(child.mm().rlimit_as, 64 * kPage);
  EXPECT_EQ(child.mm().mmap_base, parent.mm().mmap_base);
  child.hart().put(TASK_SIZE - 9 * kPage, 1);
  EXPECT_EQ(child.mm().total_vm, 3u + 9u);
  EXPECT_EQ(parent.mm().total_vm, 3u + 1u) << "each has a stack of its own";
}

TEST_F(Fork, refused_copy_leaves_nothing_behind) {
  parent.map_anon(kBase, 3 * 512);
  for (std::uintptr_t i = 0; i < 3; ++i) {
    parent.hart().put(kBase + i * 512 * kPage, i);
  }
  shrink_all_memory(8);  // what could be evicted later: the file
  const std::uint64_t objects = nr_slab().objects;
  std::vector<page*> taken;
  while (page* p = alloc_pages(GFP_NOWAIT, 0)) {
    taken.push_back(p);
  }
  // With n pages to be had the copy gets so much further, until it fits.
  unsigned refused = 0;
  for (;;) {
    const std::uint64_t free_before = Machine::settled_free_pages();
    mm_struct* copy = dup_mm(parent.mm());
    if (copy != nullptr) {
      mmput(copy);
      break;
    }
    ++refused;
    EXPECT_EQ(Machine::settled_free_pages(), free_before);
    EXPECT_EQ(nr_slab().objects, objects);
    ASSERT_FALSE(taken.empty());
    put_page(taken.back());
    taken.pop_back();
  }
  EXPECT_GE(refused, 4u) << "a root table, a middle one and three last ones are needed";
  for (page* p : taken) {
    put_page(p);
  }
  parent.hart().put(kBase, 5);
  EXPECT_EQ(parent.hart().get(kBase), 5u);
}

}  // namespace
}  // namespace faultline::test
