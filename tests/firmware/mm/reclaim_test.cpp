// SPDX-License-Identifier: Apache-2.0
// Which pages are evicted, and what happens when memory is short.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmscan.h"
#include "tests/firmware/mm/disk.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;

struct Reclaim : ::testing::Test {
  Machine machine{8u << 20};
  Disk disk{machine, "vdb", 4096};
  std::unique_ptr<Process> process;

  void SetUp() override {
    disk.make_swap();
    const char* why = nullptr;
    ASSERT_EQ(swapon(disk.bdev(), why), 0) << why;
    Machine::evict(1);  // the header
    process = std::make_unique<Process>(machine);
  }
  void fill(std::uintptr_t first, std::uintptr_t n) {
    for (std::uintptr_t i = first; i < first + n; ++i) {
      process->hart().put(kBase + i * kPage, i);
    }
  }
  bool is_resident(std::uintptr_t i) { return pte_present({process->pte(kBase + i * kPage)}); }
  page& page_at(std::uintptr_t va) { return *pfn_to_page(process->pte(va) >> 10); }
};

TEST_F(Reclaim, a_process_larger_than_memory_keeps_every_word) {
  constexpr std::uintptr_t kPages = 3800;  // of 2048 frames
  process->map_anon(kBase, kPages);
  for (std::uintptr_t round = 0; round < 3; ++round) {
    for (std::uintptr_t i = 0; i < kPages; ++i) {
      const std::uintptr_t va = kBase + i * kPage;
      if (round != 0) {
        ASSERT_EQ(process->hart().get(va), (round - 1) << 32 | i);
      }
      process->hart().put(va, round << 32 | i);
    }
  }
  EXPECT_GT(vm_event_total(PSWPOUT), 4000u);
  EXPECT_GT(vm_event_total(FAULT_SWAP_DEVICE), 100u);
  EXPECT_EQ(vm_event_total(FAULT_OOM), 0u);
  EXPECT_LE(process->mm().rss_stat[MM_ANONPAGES], 2048);
}

TEST_F(Reclaim, pages_that_are_used_stay_and_the_others_go) {
  process->map_anon(kBase, 64);
  fill(0, 64);
  shrink_all_memory(0);  // empties the batch
  // The first look at a page forgets its first access; only what is used after that is in use.
  lru_add_drain();
  shrink_all_memory(1);
  for (unsigned round = 0; round < 4; ++round) {
    for (std::uintptr_t i = 0; i < 64; i += 2) {
      EXPECT_EQ(process->hart().get(kBase + i * kPage), i);
    }
    shrink_all_memory(8);
  }
  unsigned used = 0;
  unsigned unused = 0;
  for (std::uintptr_t i = 0; i < 64; ++i) {
    (i % 2 == 0 ? used : unused) += is_resident(i) ? 1 : 0;
  }
  EXPECT_GT(used, unused);
}

TEST_F(Reclaim, an_access_is_seen_although_the_tlb_knew_the_page) {
  process->map_anon(kBase, 1);
  fill(0, 1);
  lru_add_drain();
  page& p = page_at(kBase);
  tlb_batch tlb;
  std::uint64_t vm_flags = 0;
  EXPECT_EQ(folio_referenced(p, vm_flags, tlb), 1u);
  tlb.flush();
  EXPECT_EQ(folio_referenced(p, vm_flags, tlb), 0u);
  tlb.flush();
  EXPECT_EQ(process->hart().get(kBase), 0u);
  EXPECT_EQ(folio_referenced(p, vm_flags, tlb), 1u) << "the flush made the hart set A again";
}

TEST_F(Reclaim, reads_from_front_to_back_do_not_count_as_use) {
  process->map_anon(kBase, 1);
  fill(0, 1);
  find_vma(process->mm(), kBase)->vm_flags |= VM_SEQ_READ;
  tlb_batch tlb;
  std::uint64_t vm_flags = 0;
  EXPECT_EQ(folio_referenced(page_at(kBase), vm_flags, tlb), 0u);
  EXPECT_FALSE(pte_young({process->pte(kBase)}));
}

TEST_F(Reclaim, locked_memory_never_goes) {
  ASSERT_EQ(do_mmap(process->mm(), nullptr, kBase, 16 * kPage, kRw,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_LOCKED, 0),
            static_cast<std::int64_t>(kBase));
  fill(0, 16);
  EXPECT_EQ(shrink_all_memory(16), 0u);
  for (std::uintptr_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(is_resident(i));
  }
}

TEST_F(Reclaim, memory_locked_after_its_first_use_becomes_unevictable) {
  process->map_anon(kBase, 4);
  fill(0, 4);
  find_vma(process->mm(), kBase)->vm_flags |= VM_LOCKED;
  EXPECT_EQ(shrink_all_memory(4), 0u);
  EXPECT_EQ(node_lruvec.nr_pages[LRU_UNEVICTABLE], 4u);
  EXPECT_TRUE(is_resident(3));
}

TEST_F(Reclaim, clean_file_pages_are_dropped_without_writing_and_read_again) {
  TestFile f(1, 16);
  process->map_file(kBase, 16, f, PROT_READ);
  EXPECT_EQ(process->hart().get(kBase), f.word(0));
  EXPECT_EQ(f.f_mapping->nrpages, 16u);
  Machine::evict(16);
  EXPECT_EQ(f.f_mapping->nrpages, 0u);
  EXPECT_EQ(process->pte(kBase), 0u);
  EXPECT_EQ(process->mm().rss_stat[MM_FILEPAGES], 0);
  EXPECT_EQ(disk.writes(), 0u);
  EXPECT_EQ(process->hart().get(kBase + 8), f.word(8));
  EXPECT_EQ(f.reads(), 1u);
  EXPECT_EQ(process->mm().maj_flt, 1u);
  process.reset();
}

TEST_F(Reclaim, files_go_before_private_memory) {
  TestFile f(1, 256);
  process->map_anon(kBase, 64);
  fill(0, 64);
  EXPECT_GE(shrink_all_memory(32), 32u);
  EXPECT_EQ(process->mm().rss_stat[MM_SWAPENTS], 0);
  EXPECT_LE(f.f_mapping->nrpages, 224u);
}

TEST_F(Reclaim, content_that_exists_nowhere_else_stays) {
  address_space ram_file;
  address_space_init(ram_file, 4 * kPage, &ram_aops);
  const std::vector<unsigned char> content(4 * kPage, 0x5a);
  ASSERT_EQ(page_cache_fill(ram_file, content.data()), 0);
  EXPECT_EQ(shrink_all_memory(4), 0u);
  EXPECT_EQ(ram_file.nrpages, 4u);
  truncate_inode_pages(ram_file);
}

TEST_F(Reclaim, pages_held_by_the_kernel_stay) {
  process->map_anon(kBase, 1);
  fill(0, 1);
  page& p = page_at(kBase);
  get_page(&p);
  EXPECT_EQ(shrink_all_memory(1), 0u);
  EXPECT_TRUE(is_resident(0));
  put_page(&p);
  Machine::evict(1);
}

TEST_F(Reclaim, program_text_in_use_stays_active) {
  TestFile text(1, 4);
  process->map_file(kBase, 4, text, PROT_READ | PROT_EXEC);
  std::uint64_t word = 0;
  EXPECT_EQ(process->hart().fetch(kBase, word).signal, SIGNAL_NONE);
  shrink_all_memory(1);
  EXPECT_EQ(node_lruvec.nr_pages[LRU_ACTIVE_FILE], 4u) << "one use makes text active";
  process.reset();
}

TEST_F(Reclaim, an_allocation_below_the_low_watermark_evicts_first) {
  process->map_anon(kBase, 4096);
  const Since since(machine);
  std::uintptr_t i = 0;
  while (since.event(PGSTEAL) == 0) {
    process->hart().put(kBase + i * kPage, i);
    ++i;
    ASSERT_LT(i, 2048u);
  }
  EXPECT_GE(nr_free_pages(), zone_watermark(WMARK_MIN));
  EXPECT_GE(since.event(PGSTEAL), SWAP_CLUSTER_MAX);
}

TEST_F(Reclaim, without_a_free_slot_memory_is_exhausted_and_nothing_is_lost) {
  while (get_nr_swap_pages() > 100) {
    static_cast<void>(get_swap_page());
  }
  process->map_anon(kBase, 4096);
  std::uintptr_t stored = 0;
  while (process->hart().store(kBase + stored * kPage, stored).signal == SIGNAL_NONE) {
    ++stored;
  }
  EXPECT_EQ(vm_event_total(FAULT_OOM), 1u);
  EXPECT_EQ(get_nr_swap_pages(), 0u);
  stored -= 200;  // makes room to read the others back
  ASSERT_EQ(do_munmap(process->mm(), kBase + stored * kPage, 200 * kPage), 0);
  for (std::uintptr_t i = 0; i < stored; ++i) {
    ASSERT_EQ(process->hart().get(kBase + i * kPage), i);
  }
}

TEST_F(Reclaim, when_a_process_is_killed_for_memory_the_other_goes_on) {
  auto victim = std::make_unique<Process>(machine);
  while (get_nr_swap_pages() > 10) {
    static_cast<void>(get_swap_page());
  }
  victim->map_anon(kBase, 1000);
  for (std::uintptr_t i = 0; i < 1000; ++i) {
    victim->hart().put(kBase + i * kPage, i);
  }
  unsigned killed = 0;
  machine.on_out_of_memory([&] {
    victim.reset();
    return ++killed == 1;
  });
  process->map_anon(kBase, 1500);
  fill(0, 1500);
  EXPECT_EQ(killed, 1u);
  for (std::uintptr_t i = 0; i < 1500; ++i) {
    ASSERT_EQ(process->hart().get(kBase + i * kPage), i);
  }
}

}  // namespace
}  // namespace faultline::test
