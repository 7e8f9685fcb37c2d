// SPDX-License-Identifier: Apache-2.0
// Path J and the swap area behind it: pte values, slots and their counts, the swap cache, errors.

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/reclaim_pages.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmscan.h"
#include "tests/firmware/mm/disk.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;
constexpr std::uint64_t kSlots = 255;

struct SwapArea : ::testing::Test {
  Machine machine;
  Disk disk{machine, "vdb", kSlots + 1};

  void put_header(std::uint64_t offset, std::uint32_t value) {
    std::memcpy(disk.page_bytes(0) + offset, &value, 4);
  }
  std::string refusal() {
    const char* why = nullptr;
    EXPECT_NE(swapon(disk.bdev(), why), 0);
    EXPECT_EQ(total_swap_pages(), 0u);
    EXPECT_EQ(get_swap_page().value, 0u);
    return why == nullptr ? "" : why;
  }
};

constexpr std::uint64_t kVersionAt = 1024;
constexpr std::uint64_t kLastPageAt = 1028;
constexpr std::uint64_t kNrBadPagesAt = 1032;
constexpr std::uint64_t kBadPagesAt = 1536;

TEST_F(SwapArea, has_as_many_slots_as_pages_but_the_header_and_the_bad_ones) {
  disk.make_swap();
  put_header(kNrBadPagesAt, 2);
  put_header(kBadPagesAt, 3);
  put_header(kBadPagesAt + 4, 255);
  EXPECT_TRUE(is_swap_area(disk.bdev()));
  const char* why = nullptr;
  ASSERT_EQ(swapon(disk.bdev(), why), 0) << why;
  EXPECT_EQ(total_swap_pages(), kSlots - 2);
  std::vector<swp_entry_t> taken;
  for (swp_entry_t entry = get_swap_page(); entry.value != 0; entry = get_swap_page()) {
    EXPECT_NE(swp_offset(entry), 3u);
    EXPECT_NE(swp_offset(entry), 255u);
    taken.push_back(entry);
  }
  EXPECT_EQ(taken.size(), kSlots - 2);
  EXPECT_EQ(get_nr_swap_pages(), 0u);
  for (const swp_entry_t entry : taken) {
    put_swap_page(entry);
  }
  EXPECT_EQ(get_nr_swap_pages(), kSlots - 2);
}

TEST_F(SwapArea, is_refused_with_a_reason_if_its_header_is_wrong) {
  EXPECT_FALSE(is_swap_area(disk.bdev()));
  EXPECT_EQ(refusal(), "the swap area has no signature");
}

TEST_F(SwapArea, of_another_version_is_refused) {
  disk.make_swap();
  put_header(kVersionAt, 2);
  EXPECT_EQ(refusal(), "the swap area's version is not 1");
}

TEST_F(SwapArea, without_pages_is_refused) {
  disk.make_swap();
  put_header(kLastPageAt, 0);
  EXPECT_EQ(refusal(), "the swap area is empty");
}

TEST_F(SwapArea, larger_than_its_device_is_refused) {
  disk.make_swap();
  put_header(kLastPageAt, kSlots + 1);
  EXPECT_EQ(refusal(), "the swap area's header promises more pages than the device has");
}

TEST_F(SwapArea, with_impossible_bad_pages_is_refused) {
  disk.make_swap();
  put_header(kNrBadPagesAt, 638);
  EXPECT_EQ(refusal(), "the swap area's header counts more bad pages than there can be");
}

TEST_F(SwapArea, with_bad_pages_outside_is_refused) {
  disk.make_swap();
  put_header(kNrBadPagesAt, 1);
  put_header(kBadPagesAt, kSlots + 1);
  EXPECT_EQ(refusal(), "the swap area's header names a bad page outside of the area");
}

TEST_F(SwapArea, that_cannot_be_read_or_written_is_refused) {
  disk.make_swap();
  disk.bdev().read_only = true;
  EXPECT_EQ(refusal(), "the swap area's device is read-only");
  disk.bdev().read_only = false;
  disk.break_page(0);
  EXPECT_EQ(refusal(), "the swap area's header cannot be read");
}

TEST_F(SwapArea, slots_count_their_users) {
  disk.make_swap();
  const char* why = nullptr;
  ASSERT_EQ(swapon(disk.bdev(), why), 0) << why;
  EXPECT_EQ(swapon(disk.bdev(), why), -MM_EBUSY);
  const swp_entry_t entry = get_swap_page();
  EXPECT_EQ(swap_count(entry), 0u);
  EXPECT_TRUE(swap_duplicate(entry));
  EXPECT_TRUE(swap_duplicate(entry));
  EXPECT_EQ(swap_count(entry), 2u);
  EXPECT_FALSE(swapcache_prepare(entry)) << "the cache has it";
  put_swap_page(entry);
  EXPECT_TRUE(swapcache_prepare(entry));
  put_swap_page(entry);
  swap_free(entry);
  EXPECT_EQ(get_nr_swap_pages(), kSlots - 1);
  swap_free(entry);
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
  EXPECT_FALSE(swapcache_prepare(entry)) << "it is free";
}

TEST(SwapEntry, has_the_bits_of_a_pte_that_is_not_present) {
  for (const unsigned type : {0u, 1u, 31u}) {
    for (const std::uint64_t offset : {std::uint64_t{1}, std::uint64_t{0x1234567}}) {
      const swp_entry_t entry = swp_entry(type, offset);
      const pte_t pte = swp_entry_to_pte(entry);
      EXPECT_EQ(pte.value & 0x2f, 0u) << "V, R, W, X, G";
      EXPECT_EQ(pte.value, offset << 11 | type << 6);
      EXPECT_TRUE(is_swap_pte(pte));
      EXPECT_FALSE(pte_present(pte));
      EXPECT_EQ(swp_type(pte_to_swp_entry(pte)), type);
      EXPECT_EQ(swp_offset(pte_to_swp_entry(pte)), offset);
    }
  }
}

// A process and a swap area.
struct Swap : ::testing::Test {
  Machine machine;
  Disk disk{machine, "vdb", kSlots + 1};
  std::unique_ptr<Process> process;
  mm_struct* mm = nullptr;

  void SetUp() override {
    disk.make_swap();
    const char* why = nullptr;
    ASSERT_EQ(swapon(disk.bdev(), why), 0) << why;
    Machine::evict(1);  // the header
    process = std::make_unique<Process>(machine);
    mm = &process->mm();
  }
  // `n` pages of private memory with the numbers from 100 on, all evicted.
  void map_evicted(std::uintptr_t n) {
    process->map_anon(kBase, n);
    for (std::uintptr_t i = 0; i < n; ++i) {
      process->hart().put(kBase + i * kPage, 100 + i);
    }
    Machine::evict(n);
  }
  std::uint64_t slot_of(std::uintptr_t va) { return process->pte(va) >> 11; }
};

TEST_F(Swap, evicted_page_leaves_a_swap_entry_and_its_content_on_the_device) {
  process->map_anon(kBase, 1);
  process->hart().put(kBase + 8, 42);
  const Since since(machine);
  Machine::evict(1);
  EXPECT_EQ(process->pte(kBase), 1u << 11);
  std::uint64_t word = 0;
  std::memcpy(&word, disk.page_bytes(1) + 8, 8);
  EXPECT_EQ(word, 42u);
  EXPECT_EQ(mm->rss_stat[MM_ANONPAGES], 0);
  EXPECT_EQ(mm->rss_stat[MM_SWAPENTS], 1);
  EXPECT_EQ(since.event(PSWPOUT), 1u);
  EXPECT_EQ(swap_count(swp_entry(0, 1)), 1u);
  EXPECT_EQ(swapper_space.nrpages, 0u);
}

TEST_F(Swap, a_portion_is_flushed_once_for_its_accesses_and_written_in_one_request) {
  process->map_anon(kBase, 24);
  for (std::uintptr_t i = 0; i < 24; ++i) {
    process->hart().put(kBase + i * kPage, i);
  }
  lru_add_drain();
  list_head isolated;
  isolated.init();
  ASSERT_EQ(isolate_lru_pages(LRU_INACTIVE_ANON, SWAP_CLUSTER_MAX, isolated), 24u);
  const Since first_look(machine);
  EXPECT_EQ(shrink_page_list(isolated, GFP_KERNEL), 0u) << "all were accessed";
  EXPECT_EQ(first_look.arch(), (ArchCounts{.space_fences = 1}));
  EXPECT_EQ(process->pte_bits(kBase), 0x97u);
  const Since second_look(machine);
  EXPECT_EQ(shrink_page_list(isolated, GFP_KERNEL), 24u);
  EXPECT_EQ(second_look.arch(), (ArchCounts{.page_asid_fences = 24}));
  EXPECT_EQ(disk.writes(), 1u) << "adjoining slots are one request";
  EXPECT_TRUE(isolated.empty());
}

TEST_F(Swap, load_reads_the_device_and_maps_the_page_clean_and_read_only) {
  map_evicted(1);
  const Since since(machine);
  EXPECT_EQ(process->hart().get(kBase), 100u);
  EXPECT_EQ(process->pte_bits(kBase), 0x53u);
  EXPECT_EQ(since.event(FAULT_SWAP_DEVICE), 1u);
  EXPECT_EQ(since.event(PGMAJFAULT), 1u);
  EXPECT_EQ(since.event(PGFAULT), 2u) << "the first attempt drops mmap_lock and is retried";
  EXPECT_EQ(mm->maj_flt, 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(mm->rss_stat[MM_ANONPAGES], 1);
  EXPECT_EQ(mm->rss_stat[MM_SWAPENTS], 0);
  EXPECT_EQ(swap_count(swp_entry(0, 1)), 0u);
  EXPECT_EQ(swapper_space.nrpages, 1u) << "the slot is kept while the page is clean";
}

TEST_F(Swap, store_reads_the_device_and_maps_the_page_writable_without_a_second_fault) {
  map_evicted(1);
  const Since since(machine);
  process->hart().put(kBase, 5);
  EXPECT_EQ(process->pte_bits(kBase), 0xd7u);
  EXPECT_EQ(since.event(FAULT_SWAP_DEVICE), 1u);
  EXPECT_EQ(since.event(FAULT_WP_COPY) + since.event(FAULT_WP_REUSE), 0u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(swapper_space.nrpages, 0u) << "a page that differs from its slot gives it up";
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
  EXPECT_TRUE(PageAnonExclusive(*pfn_to_page(process->pte(kBase) >> 10)));
}

TEST_F(Swap, store_after_a_load_gives_the_slot_up_and_reuses_the_page) {
  map_evicted(1);
  EXPECT_EQ(process->hart().get(kBase), 100u);
  lru_add_drain();
  const Since since(machine);
  process->hart().put(kBase, 6);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_EQ(process->pte_bits(kBase), 0xd7u);
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
}

TEST_F(Swap, eight_pages_are_read_at_once_and_seven_faults_find_theirs_in_the_cache) {
  map_evicted(16);
  ASSERT_EQ(slot_of(kBase + 7 * kPage), 8u);
  const Since since(machine);
  // Slots 8 to 15 are one block.
  for (std::uintptr_t i = 7; i < 15; ++i) {
    EXPECT_EQ(process->hart().get(kBase + i * kPage), 100 + i);
  }
  EXPECT_EQ(since.event(PSWPIN), 8u);
  EXPECT_EQ(disk.reads(), 2u) << "the header and one request";
  EXPECT_EQ(since.event(FAULT_SWAP_DEVICE), 1u);
  EXPECT_EQ(since.event(FAULT_SWAP_CACHE), 7u);
  EXPECT_EQ(mm->maj_flt, 1u);
  EXPECT_EQ(process->pte_bits(kBase + 14 * kPage), 0x53u);
}

TEST_F(Swap, clean_page_is_evicted_again_without_writing) {
  map_evicted(1);
  EXPECT_EQ(process->hart().get(kBase), 100u);
  const unsigned writes = disk.writes();
  Machine::evict(1);
  EXPECT_EQ(disk.writes(), writes);
  EXPECT_EQ(process->hart().get(kBase), 100u);
}

TEST_F(Swap, unmapping_frees_slots_and_cached_pages) {
  map_evicted(16);
  EXPECT_EQ(process->hart().get(kBase), 100u);
  EXPECT_GT(swapper_space.nrpages, 1u);
  ASSERT_EQ(do_munmap(*mm, kBase, 16 * kPage), 0);
  EXPECT_EQ(swapper_space.nrpages, 0u);
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
  EXPECT_EQ(mm->rss_stat[MM_SWAPENTS], 0);
}

TEST_F(Swap, forked_processes_share_a_slot_and_then_the_page) {
  map_evicted(1);
  Process child(machine, *process);
  EXPECT_EQ(swap_count(swp_entry(0, 1)), 2u);
  EXPECT_EQ(child.mm().rss_stat[MM_SWAPENTS], 1);
  const Since since(machine);
  EXPECT_EQ(child.hart().get(kBase), 100u);
  child.hart().put(kBase, 7);
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u) << "the parent's entry still needs the page";
  EXPECT_EQ(process->hart().get(kBase), 100u);
  EXPECT_EQ(since.event(FAULT_SWAP_DEVICE), 1u);
  EXPECT_EQ(since.event(FAULT_SWAP_CACHE), 1u);
  process->hart().put(kBase, 8);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u);
  EXPECT_EQ(child.hart().get(kBase), 7u);
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
}

TEST_F(Swap, store_to_a_shared_slot_is_answered_in_one_fault) {
  map_evicted(1);
  Process child(machine, *process);
  EXPECT_EQ(process->hart().get(kBase), 100u);
  const unsigned faults = child.hart().faults();
  const Since since(machine);
  child.hart().put(kBase, 7);
  EXPECT_EQ(child.hart().faults(), faults + 1);
  EXPECT_EQ(since.event(FAULT_SWAP_CACHE), 1u);
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
  EXPECT_EQ(child.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 1, .copied = 1}));
  EXPECT_EQ(process->hart().get(kBase), 100u);
}

TEST_F(Swap, shared_page_is_taken_from_both_and_comes_back_to_both) {
  process->map_anon(kBase, 1);
  process->hart().put(kBase, 9);
  Process child(machine, *process);
  Machine::evict(1);
  EXPECT_EQ(process->pte(kBase), 1u << 11);
  EXPECT_EQ(child.pte(kBase), 1u << 11);
  EXPECT_EQ(swap_count(swp_entry(0, 1)), 2u);
  EXPECT_EQ(child.hart().get(kBase), 9u);
  EXPECT_EQ(process->hart().get(kBase), 9u);
  EXPECT_EQ(process->pte(kBase) >> 10, child.pte(kBase) >> 10);
}

TEST_F(Swap, mprotect_of_a_swapped_page_holds_when_it_comes_back) {
  map_evicted(1);
  ASSERT_EQ(do_mprotect(*mm, kBase, kPage, PROT_READ), 0);
  EXPECT_EQ(process->hart().store(kBase, 1).signal, SIGNAL_SEGV);
  EXPECT_EQ(process->hart().get(kBase), 100u);
}

TEST_F(Swap, read_error_is_sigbus_and_not_for_the_neighbours) {
  map_evicted(16);
  disk.break_page(slot_of(kBase + 2 * kPage));
  std::uint64_t value = 0;
  const fault_outcome outcome = process->hart().load(kBase + 2 * kPage, value);
  EXPECT_EQ(outcome.signal, SIGNAL_BUS);
  EXPECT_EQ(outcome.code, CODE_BUS_ADRERR);
  EXPECT_EQ(process->hart().get(kBase + 9 * kPage), 109u);
  EXPECT_EQ(mm->rss_stat[MM_SWAPENTS], 15);
}

TEST_F(Swap, page_that_cannot_be_written_stays_in_memory) {
  process->map_anon(kBase, 1);
  process->hart().put(kBase, 3);
  disk.break_page(1);
  EXPECT_EQ(shrink_all_memory(1), 0u);
  EXPECT_EQ(process->hart().get(kBase), 3u);
  disk.mend();
  Machine::evict(1);
  EXPECT_EQ(process->hart().get(kBase), 3u);
}

TEST_F(Swap, shared_memory_goes_out_and_comes_back) {
  ASSERT_EQ(do_mmap(*mm, nullptr, kBase, 4 * kPage, kRw, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(kBase));
  Process child(machine, *process);
  for (std::uintptr_t i = 0; i < 4; ++i) {
    process->hart().put(kBase + i * kPage, 50 + i);
  }
  EXPECT_EQ(child.hart().get(kBase), 50u);
  Machine::evict(4);
  EXPECT_EQ(process->pte(kBase), 0u) << "the file remembers the slot, not the pte";
  EXPECT_EQ(mm->rss_stat[MM_SHMEMPAGES] + mm->rss_stat[MM_SWAPENTS], 0);
  EXPECT_EQ(get_nr_swap_pages(), kSlots - 4);
  const Since since(machine);
  child.hart().put(kBase + kPage, 60);
  EXPECT_EQ(since.event(FAULT_SWAP_DEVICE), 1u);
  EXPECT_EQ(child.mm().maj_flt, 1u);
  EXPECT_EQ(process->hart().get(kBase + kPage), 60u);
  EXPECT_EQ(process->hart().get(kBase + 3 * kPage), 53u);
  EXPECT_EQ(since.event(FAULT_SWAP_CACHE), 1u);
  EXPECT_EQ(get_nr_swap_pages(), kSlots - 2) << "a page that is back gives its slot up";
}

TEST_F(Swap, shared_memory_that_goes_away_frees_its_slots) {
  ASSERT_EQ(do_mmap(*mm, nullptr, kBase, 9 * kPage, kRw, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
            static_cast<std::int64_t>(kBase));
  for (std::uintptr_t i = 0; i < 9; ++i) {
    process->hart().put(kBase + i * kPage, i);
  }
  Machine::evict(9);
  EXPECT_EQ(process->hart().get(kBase), 0u);
  ASSERT_EQ(do_munmap(*mm, kBase, 9 * kPage), 0);
  EXPECT_EQ(get_nr_swap_pages(), kSlots);
  EXPECT_EQ(swapper_space.nrpages, 0u);
}

}  // namespace
}  // namespace faultline::test
