// SPDX-License-Identifier: Apache-2.0
// Dirty pages: how they become dirty, how they reach the device, and what truncation does to them.

#include "sw/kernel/mm/page_writeback.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "sw/kernel/mm/page_alloc.h"
#include "tests/firmware/mm/disk_file.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x4000'0000;
constexpr std::uint64_t kPage = PAGE_SIZE;
constexpr int kNoSpace = -28;

struct Writeback : ::testing::Test {
  Machine machine{32u << 20};
  Disk disk{machine, "disk", 4096};
  DiskFile f{disk, 0, 100};
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();
  std::array<std::uint64_t, 64 * 512> words{};

  void map(unsigned prot = PROT_READ | PROT_WRITE, unsigned flags = MAP_SHARED) {
    ASSERT_EQ(do_mmap(mm, &f, kBase, 100 * kPage, prot, flags | MAP_FIXED, 0),
              static_cast<std::int64_t>(kBase));
  }
  std::uint64_t word_on_disk(std::uint64_t block, std::uint64_t index = 0) {
    std::uint64_t value = 0;
    std::memcpy(&value, disk.page_bytes(block) + index * 8, 8);
    return value;
  }
  std::int64_t write(std::uint64_t offset, std::uint64_t bytes) {
    return filemap_write(f.space(), offset, words.data(), bytes);
  }
  [[nodiscard]] int write_out() { return filemap_write_and_wait_range(f.space(), 0, kLastPage); }
};

TEST_F(Writeback, store_to_a_shared_page_is_heard_of_again_after_writeback) {
  map();
  hart.put(kBase, 1);
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(f.space().nr_dirty, 1u);
  EXPECT_EQ(nr_dirty_pages(), 1u);
  static_cast<void>(disk.take_log());
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(disk.take_log(), "w 0+1");
  EXPECT_EQ(word_on_disk(0), 1u);
  EXPECT_EQ(f.space().nr_dirty, 0u);
  EXPECT_EQ(process.pte_bits(kBase), 0x53u) << "clean and read-only";
  const Since since(machine);
  hart.put(kBase, 2);
  EXPECT_EQ(since.event(FAULT_WP_REUSE), 1u) << "path I, shared";
  EXPECT_EQ(process.pte_bits(kBase), 0xd7u);
  EXPECT_EQ(f.space().nr_dirty, 1u);
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(word_on_disk(0), 2u);
}

TEST_F(Writeback, faults_of_a_shared_store_count_once_and_drop_the_lock) {
  map();
  EXPECT_EQ(hart.get(kBase), DiskFile::word(0, 0));
  const std::uint64_t major = mm.maj_flt;
  hart.put(kBase, 1);
  EXPECT_EQ(mm.maj_flt, major);
  EXPECT_EQ(mm.min_flt, 1u);
  EXPECT_FALSE(mm.mmap_lock.is_locked());
}

TEST_F(Writeback, store_while_the_page_is_being_written_waits) {
  map();
  hart.put(kBase, 1);
  EXPECT_EQ(filemap_fdatawrite_range(f.space(), 0, kLastPage), 0);
  ASSERT_EQ(disk.pending(), 1u);
  EXPECT_NE(f.cached(0)->flags & PG_writeback, 0u);
  hart.put(kBase, 2);
  EXPECT_EQ(disk.pending(), 0u);
  EXPECT_EQ(word_on_disk(0), 1u) << "the device was given what was there before";
  EXPECT_EQ(f.cached(0)->flags & (PG_writeback | PG_dirty), PG_dirty);
}

TEST_F(Writeback, whole_pages_are_written_without_being_read) {
  words.fill(7);
  EXPECT_EQ(write(4 * kPage, 40 * kPage), static_cast<std::int64_t>(40 * kPage));
  EXPECT_EQ(disk.take_log(), "");
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(disk.take_log(), "w 4+32; w 36+8");
  EXPECT_EQ(word_on_disk(43, 511), 7u);
  EXPECT_EQ(word_on_disk(44), DiskFile::word(44, 0));
}

TEST_F(Writeback, part_of_a_page_leaves_the_rest_standing) {
  words.fill(7);
  EXPECT_EQ(write(4 * kPage + 8, 8), 8);
  EXPECT_EQ(disk.take_log(), "r 4+1");
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(word_on_disk(4, 0), DiskFile::word(4, 0));
  EXPECT_EQ(word_on_disk(4, 1), 7u);
  EXPECT_EQ(word_on_disk(4, 2), DiskFile::word(4, 2));
}

TEST_F(Writeback, growth_needs_no_read_and_fills_the_gap_with_zeros) {
  words.fill(7);
  EXPECT_EQ(write(102 * kPage + 16, 8), 8);
  EXPECT_EQ(f.space().i_size, 102 * kPage + 24);
  std::uint64_t value = 1;
  EXPECT_EQ(filemap_read(f.space(), 101 * kPage, &value, 8), 8);
  EXPECT_EQ(value, 0u) << "the hole";
  EXPECT_EQ(filemap_read(f.space(), 102 * kPage + 8, &value, 8), 8);
  EXPECT_EQ(value, 0u);
  EXPECT_EQ(disk.take_log(), "");
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(word_on_disk(100, 2), 7u) << "the first block that was free";
}

TEST_F(Writeback, full_device_ends_a_write_early_and_is_sigbus_for_a_mapping) {
  f.fill_up();
  f.make_hole(50);
  EXPECT_EQ(write(48 * kPage, 4 * kPage), static_cast<std::int64_t>(2 * kPage));
  EXPECT_EQ(write(50 * kPage, kPage), kNoSpace);
  map();
  EXPECT_EQ(hart.store(kBase + 50 * kPage, 1).signal, SIGNAL_BUS);
  EXPECT_EQ(f.space().nr_dirty, 2u);
}

TEST_F(Writeback, only_the_range_is_written) {
  words.fill(7);
  EXPECT_EQ(write(0, 10 * kPage), static_cast<std::int64_t>(10 * kPage));
  EXPECT_EQ(filemap_write_and_wait_range(f.space(), 3, 5), 0);
  EXPECT_EQ(disk.take_log(), "w 3+3");
  EXPECT_EQ(f.space().nr_dirty, 7u);
}

TEST_F(Writeback, failed_write_is_reported_once) {
  disk.break_page(3);
  EXPECT_EQ(write(3 * kPage, kPage), static_cast<std::int64_t>(kPage));
  EXPECT_EQ(write_out(), -MM_EIO);
  EXPECT_EQ(write_out(), 0);
  EXPECT_EQ(disk.take_log(), "w 3+1!");
  EXPECT_EQ(f.cached(3)->flags & (PG_error | PG_dirty | PG_writeback), PG_error);
}

TEST_F(Writeback, sync_writes_all_files_the_oldest_first) {
  DiskFile second(disk, 1000, 8);
  EXPECT_EQ(filemap_write(second.space(), 0, words.data(), kPage),
            static_cast<std::int64_t>(kPage));
  EXPECT_EQ(write(0, kPage), static_cast<std::int64_t>(kPage));
  EXPECT_EQ(filemap_write(second.space(), kPage, words.data(), kPage),
            static_cast<std::int64_t>(kPage));
  EXPECT_EQ(sync_mappings(), 0);
  EXPECT_EQ(disk.take_log(), "w 1000+2; w 0+1");
  EXPECT_EQ(nr_dirty_pages(), 0u);
}

TEST_F(Writeback, writers_write_back_when_too_much_memory_is_dirty) {
  const std::uint64_t threshold = totalram_pages() * kDirtyRatio / 100;
  std::uint64_t most = 0;
  for (std::uint64_t i = 0; i < threshold + 100; ++i) {
    ASSERT_EQ(write(i * kPage, kPage), static_cast<std::int64_t>(kPage));
    most = nr_dirty_pages() > most ? nr_dirty_pages() : most;
  }
  EXPECT_EQ(most, threshold);
  EXPECT_EQ(nr_dirty_pages(), 99u);
  EXPECT_EQ(disk.pending(), 0u) << "the writer has waited";
}

TEST_F(Writeback, truncation_takes_pages_from_all_mappings) {
  map();
  hart.put(kBase + 10 * kPage, 1);
  hart.put(kBase + 10 * kPage + 8, 2);
  hart.put(kBase + 20 * kPage, 3);
  truncate_setsize(f.space(), 10 * kPage + 8);
  EXPECT_EQ(hart.get(kBase + 10 * kPage), 1u);
  EXPECT_EQ(hart.get(kBase + 10 * kPage + 8), 0u) << "the rest of the last page";
  std::uint64_t value = 0;
  EXPECT_EQ(hart.load(kBase + 20 * kPage, value).signal, SIGNAL_BUS);
  EXPECT_EQ(hart.store(kBase + 11 * kPage, 1).signal, SIGNAL_BUS);
  EXPECT_EQ(f.space().nr_dirty, 1u);
  EXPECT_EQ(f.cached(20), nullptr);
  truncate_setsize(f.space(), 100 * kPage);
  EXPECT_EQ(hart.get(kBase + 10 * kPage + 8), 0u);
}

TEST_F(Writeback, truncation_takes_private_copies_too) {
  map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
  hart.put(kBase + 20 * kPage, 3);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 1);
  truncate_setsize(f.space(), 10 * kPage);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 0);
  EXPECT_EQ(hart.store(kBase + 20 * kPage, 1).signal, SIGNAL_BUS);
}

TEST_F(Writeback, truncation_waits_for_pages_under_way) {
  EXPECT_EQ(write(5 * kPage, kPage), static_cast<std::int64_t>(kPage));
  EXPECT_EQ(filemap_fdatawrite_range(f.space(), 0, kLastPage), 0);
  ASSERT_EQ(disk.pending(), 1u);
  truncate_setsize(f.space(), 0);
  EXPECT_EQ(disk.pending(), 0u);
  EXPECT_EQ(f.space().nrpages, 0u);
}

TEST_F(Writeback, files_in_memory_alone_have_holes_of_zeros_and_no_writeback) {
  address_space ram;
  address_space_init(ram, 3 * kPage, &ram_aops);
  std::uint64_t value = 1;
  EXPECT_EQ(filemap_read(ram, kPage, &value, 8), 8);
  EXPECT_EQ(value, 0u);
  value = 9;
  EXPECT_EQ(filemap_write(ram, 5 * kPage, &value, 8), 8);
  EXPECT_EQ(ram.i_size, 5 * kPage + 8);
  EXPECT_EQ(nr_dirty_pages(), 0u);
  truncate_inode_pages(ram);
}

}  // namespace
}  // namespace faultline::test
