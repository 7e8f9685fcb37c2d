// SPDX-License-Identifier: Apache-2.0
// Paths E, F, G, H and the shared half of I, over files and shared memory, and the fault-around
// window.

#include <gtest/gtest.h>

#include <ostream>

#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/rmap.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;  // start of a 1 GiB and of a 2 MiB block
constexpr std::uintptr_t kPage = PAGE_SIZE;

struct FaultFile : ::testing::Test {
  Machine machine;
  TestFile cached{1, 64};
  TestFile on_disk{2, 64, TestFile::Cached::None};
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();
};

TEST_F(FaultFile, load_maps_the_window_of_cached_pages_read_only) {
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE);
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase + 5 * kPage + 8), cached.word(5 * kPage + 8));
  for (std::uintptr_t i = 0; i < 16; ++i) {
    EXPECT_EQ(process.pte_bits(kBase + i * kPage), 0x53u) << i;
  }
  EXPECT_EQ(process.pte(kBase + 16 * kPage), 0u);
  EXPECT_EQ(since.event(FAULT_AROUND), 1u);
  EXPECT_EQ(since.event(FAULT_AROUND_PTES), 16u);
  EXPECT_EQ(since.event(PGALLOC), 2u) << "tables only";
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 16, .cleared = 2}));
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 16);
  EXPECT_EQ(mm.min_flt, 1u);
  EXPECT_EQ(mm.maj_flt, 0u);
  EXPECT_EQ(mm.pgtable_pages, 2u);
}

TEST_F(FaultFile, reading_in_order_faults_once_a_window) {
  process.map_file(kBase, 64, cached, PROT_READ);
  for (std::uintptr_t i = 0; i < 64; ++i) {
    EXPECT_EQ(hart.get(kBase + i * kPage), cached.word(i * kPage));
  }
  EXPECT_EQ(hart.faults(), 4u);
}

TEST_F(FaultFile, text_pages_are_readable_and_executable_with_one_icache_fence_each) {
  process.map_file(kBase, 64, cached, PROT_READ | PROT_EXEC);
  std::uint64_t value = 0;
  EXPECT_EQ(hart.fetch(kBase, value).signal, SIGNAL_NONE);
  EXPECT_EQ(value, cached.word(0));
  EXPECT_EQ(process.pte_bits(kBase), 0x5bu);
  EXPECT_EQ(machine.arch().icache_fences, 16u);
  process.map_file(kBase + 64 * kPage, 64, cached, PROT_EXEC);
  EXPECT_EQ(hart.fetch(kBase + 64 * kPage, value).signal, SIGNAL_NONE);
  EXPECT_EQ(process.pte_bits(kBase + 64 * kPage), 0x59u);
  EXPECT_EQ(machine.arch().icache_fences, 16u) << "the pages are clean already";
}

TEST_F(FaultFile, window_skips_pages_that_are_mapped_absent_or_locked) {
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE);
  hart.put(kBase + 3 * kPage, 1);
  page* locked = find_get_page(*cached.f_mapping, 4);
  lock_page(locked);
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase), cached.word(0));
  EXPECT_EQ(since.event(FAULT_AROUND_PTES), 14u);
  EXPECT_EQ(process.pte_bits(kBase + 3 * kPage), 0xd7u);
  EXPECT_EQ(process.pte(kBase + 4 * kPage), 0u);
  unlock_page(locked);
  put_page(locked);
}

TEST_F(FaultFile, without_fault_around_each_page_faults) {
  ASSERT_TRUE(set_fault_around_bytes(PAGE_SIZE));
  process.map_file(kBase, 64, cached, PROT_READ);
  const Since since(machine);
  for (std::uintptr_t i = 0; i < 8; ++i) {
    EXPECT_EQ(hart.get(kBase + i * kPage), cached.word(i * kPage));
  }
  EXPECT_EQ(hart.faults(), 8u);
  EXPECT_EQ(since.event(FAULT_FILE_READ), 8u);
  EXPECT_EQ(since.event(PAGECACHE_HIT), 8u);
  EXPECT_EQ(mm.min_flt, 8u);
  EXPECT_EQ(mm.pgtable_pages, 2u);
}

TEST_F(FaultFile, page_that_is_not_cached_is_read_once_and_counts_as_major) {
  process.map_file(kBase, 64, on_disk, PROT_READ);
  EXPECT_EQ(hart.get(kBase + 2 * kPage), on_disk.word(2 * kPage));
  EXPECT_EQ(on_disk.reads(), 1u);
  EXPECT_EQ(mm.maj_flt, 1u);
  EXPECT_EQ(mm.min_flt, 0u);
  EXPECT_EQ(vm_event_total(PGMAJFAULT), 1u);
  EXPECT_EQ(process.pte_bits(kBase + 2 * kPage), 0x53u);
  EXPECT_EQ(process.pte(kBase + 3 * kPage), 0u);
  ASSERT_EQ(do_munmap(mm, kBase, kPage * 64), 0);
  process.map_file(kBase, 64, on_disk, PROT_READ);
  EXPECT_EQ(hart.get(kBase + 2 * kPage), on_disk.word(2 * kPage));
  EXPECT_EQ(on_disk.reads(), 1u);
  EXPECT_EQ(mm.min_flt, 1u);
}

TEST_F(FaultFile, read_error_is_sigbus_and_leaves_only_a_page_to_be_read_again) {
  on_disk.break_device();
  process.map_file(kBase, 64, on_disk, PROT_READ | PROT_WRITE);
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase, value).signal, SIGNAL_BUS);
  EXPECT_EQ(hart.store(kBase, value).signal, SIGNAL_BUS);
  EXPECT_EQ(on_disk.f_mapping->nrpages, 1u);
  EXPECT_EQ(on_disk.reads(), 4u) << "for each fault once, and once more when it starts over";
  EXPECT_EQ(mm.pgtable_pages, 1u) << "a table that was prepared but not needed is freed";
  EXPECT_EQ(mm.min_flt + mm.maj_flt, 0u);
}

TEST_F(FaultFile, beyond_the_end_of_file_is_sigbus_and_the_last_page_ends_in_zeros) {
  TestFile odd(3, 3, TestFile::Cached::All, 0x200);
  process.map_file(kBase, 8, odd, PROT_READ | PROT_WRITE);
  EXPECT_EQ(hart.get(kBase + 2 * kPage), odd.word(2 * kPage));
  EXPECT_EQ(hart.get(kBase + 3 * kPage - 0x200), 0u);
  std::uint64_t value = 0;
  const fault_outcome outcome = hart.load(kBase + 3 * kPage, value);
  EXPECT_EQ(outcome.signal, SIGNAL_BUS);
  EXPECT_EQ(outcome.code, CODE_BUS_ADRERR);
  EXPECT_EQ(hart.store(kBase + 4 * kPage, 1).signal, SIGNAL_BUS);
  ASSERT_EQ(do_munmap(mm, kBase, 8 * kPage), 0);
}

TEST_F(FaultFile, first_store_to_a_private_file_copies_at_once) {
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE);
  hart.put(kBase, 1);  // brings the tables
  const Since since(machine);
  hart.put(kBase + kPage, 99);
  EXPECT_EQ(hart.get(kBase + kPage), 99u);
  EXPECT_EQ(hart.get(kBase + kPage + 8), cached.word(kPage + 8));
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0xd7u);
  EXPECT_EQ(since.event(PGALLOC), 1u);
  EXPECT_EQ(since.event(FAULT_COW), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .copied = 1}));
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 2);
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 0);
  EXPECT_EQ(process.pte(kBase + 2 * kPage), 0u) << "no fault-around for stores";
}

TEST_F(FaultFile, store_after_load_of_a_private_file_copies_through_a_flush) {
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE);
  EXPECT_EQ(hart.get(kBase), cached.word(0));
  page* original = pfn_to_page(process.pte(kBase) >> 10);
  EXPECT_EQ(page_mapcount(*original), 1);
  const Since since(machine);
  hart.put(kBase, 99);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(hart.get(kBase + 8), cached.word(8));
  EXPECT_EQ(since.event(FAULT_WP_COPY), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .page_asid_fences = 1, .copied = 1}));
  EXPECT_EQ(page_mapcount(*original), 0);
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 15);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 1);
}

TEST_F(FaultFile, first_store_to_a_shared_file_maps_the_cached_page_dirty) {
  cached.writable = true;
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE, MAP_SHARED);
  const Since since(machine);
  hart.put(kBase, 99);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  page* p = pfn_to_page(process.pte(kBase) >> 10);
  EXPECT_NE(p->flags & PG_dirty, 0u);
  EXPECT_EQ(since.event(FAULT_SHARED), 1u);
  EXPECT_EQ(since.event(PGALLOC), 2u) << "tables only";
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 2}));
  EXPECT_EQ(mm.rss_stat[MM_FILEPAGES], 1);
}

TEST_F(FaultFile, store_after_load_of_a_shared_file_asks_and_reuses) {
  cached.writable = true;
  process.map_file(kBase, 64, cached, PROT_READ | PROT_WRITE, MAP_SHARED);
  EXPECT_EQ(hart.get(kBase), cached.word(0));
  EXPECT_EQ(process.pte_bits(kBase), 0x53u) << "W is withheld until the file system was asked";
  const Since since(machine);
  hart.put(kBase, 99);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(since.event(PGREUSE), 1u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1}));
  EXPECT_NE(pfn_to_page(process.pte(kBase) >> 10)->flags & PG_dirty, 0u);
}

TEST_F(FaultFile, two_address_spaces_see_each_others_shared_stores) {
  cached.writable = true;
  Process other(machine);
  process.map_file(kBase, 4, cached, PROT_READ | PROT_WRITE, MAP_SHARED);
  other.map_file(2 * kBase, 4, cached, PROT_READ, MAP_SHARED, 1);
  hart.put(kBase + kPage, 1234);
  EXPECT_EQ(other.hart().get(2 * kBase), 1234u);
  EXPECT_EQ(page_mapcount(*pfn_to_page(process.pte(kBase + kPage) >> 10)), 2);
}

struct FaultShmem : FaultFile {
  void SetUp() override {
    ASSERT_EQ(do_mmap(mm, nullptr, kBase, 32 * kPage, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0),
              static_cast<std::int64_t>(kBase));
  }
};

TEST_F(FaultShmem, load_of_a_hole_makes_a_zeroed_page_writable_and_clean) {
  const Since since(machine);
  EXPECT_EQ(hart.get(kBase), 0u);
  EXPECT_EQ(process.pte_bits(kBase), 0x57u);
  EXPECT_EQ(since.arch(), (ArchCounts{.page_fences = 1, .cleared = 3}));
  EXPECT_EQ(mm.rss_stat[MM_SHMEMPAGES], 1);
  EXPECT_EQ(mm.min_flt, 1u);
  hart.put(kBase, 5);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(since.event(FAULT_ACCESS), 1u) << "with Svade the first store only sets D";
}

TEST_F(FaultShmem, store_to_a_hole_maps_it_dirty) {
  hart.put(kBase + kPage, 5);
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0xd7u);
  EXPECT_EQ(hart.faults(), 1u);
  EXPECT_EQ(vm_event_total(FAULT_SHARED), 1u);
}

TEST_F(FaultShmem, content_survives_while_one_mapping_is_left) {
  hart.put(kBase + 31 * kPage, 77);
  ASSERT_EQ(do_munmap(mm, kBase, 16 * kPage), 0);
  EXPECT_EQ(hart.get(kBase + 31 * kPage), 77u);
}

// --- The window
// ------------------------------------------------------------------------------------

struct WindowCase {
  const char* name;
  std::uint64_t vma_start, vma_end, vm_pgoff;  // pages from the start of a 2 MiB block
  std::uint64_t fault;                         // page, same origin
  std::uint64_t bytes;
  std::uint64_t start, end;  // expected page offsets in the file
};
std::ostream& operator<<(std::ostream& out, const WindowCase& c) {
  return out << c.name;
}

struct FaultWindow : ::testing::TestWithParam<WindowCase> {};

TEST_P(FaultWindow, has_these_ends) {
  const WindowCase& c = GetParam();
  vm_area_struct vma = {};
  vma.vm_start = kBase + c.vma_start * kPage;
  vma.vm_end = kBase + c.vma_end * kPage;
  vma.vm_pgoff = c.vm_pgoff;
  const fault_window window = fault_around_window(vma, kBase + c.fault * kPage, c.bytes);
  EXPECT_EQ(window.start_pgoff, c.start);
  EXPECT_EQ(window.end_pgoff, c.end);
}

// The block of 64 KiB is aligned in the address space; offsets follow from the VMA's own.
INSTANTIATE_TEST_SUITE_P(
    Table, FaultWindow,
    ::testing::Values(WindowCase{"whole_block", 0, 64, 0, 5, 65536, 0, 15},
                      WindowCase{"last_page_of_block", 0, 64, 0, 31, 65536, 16, 31},
                      WindowCase{"file_offset_shifts", 0, 64, 100, 17, 65536, 116, 131},
                      WindowCase{"start_clipped_runs_past_the_block", 5, 64, 0, 7, 65536, 0, 15},
                      WindowCase{"start_clipped_with_offset", 5, 64, 3, 15, 65536, 3, 18},
                      WindowCase{"end_clipped_by_the_vma", 0, 20, 0, 18, 65536, 16, 19},
                      WindowCase{"both_clipped", 5, 9, 0, 8, 65536, 0, 3},
                      WindowCase{"one_page_vma", 5, 6, 7, 5, 65536, 7, 7},
                      WindowCase{"end_clipped_by_the_table", 508, 600, 0, 509, 65536, 0, 3},
                      WindowCase{"next_table_starts_anew", 508, 600, 0, 513, 65536, 4, 19},
                      WindowCase{"window_of_one_table", 0, 1024, 0, 700, 2u << 20, 512, 1023},
                      WindowCase{"window_of_one_table_clipped", 10, 1024, 0, 20, 2u << 20, 0, 501},
                      WindowCase{"window_of_two_pages", 0, 64, 0, 7, 8192, 6, 7}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(FaultWindowOption, only_powers_of_two_from_a_page_to_a_table_are_taken) {
  Machine machine;
  EXPECT_TRUE(set_fault_around_bytes(4096));
  EXPECT_TRUE(set_fault_around_bytes(2u << 20));
  EXPECT_FALSE(set_fault_around_bytes(0));
  EXPECT_FALSE(set_fault_around_bytes(2048));
  EXPECT_FALSE(set_fault_around_bytes(12288));
  EXPECT_FALSE(set_fault_around_bytes(4u << 20));
}

}  // namespace
}  // namespace faultline::test
