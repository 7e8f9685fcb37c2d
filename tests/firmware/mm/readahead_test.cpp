// SPDX-License-Identifier: Apache-2.0
// How many pages are read when one is missing: the windows of read() and of faults, the marker, the
// hints, and what becomes of a fault that waits.

#include "sw/kernel/mm/readahead.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/firmware/mm/disk_file.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x4000'0000;
constexpr std::uint64_t kPage = PAGE_SIZE;
using Marks = std::vector<std::uint64_t>;

struct Readahead : ::testing::Test {
  Machine machine;
  Disk disk{machine, "disk", 1024};
  DiskFile f{disk, 0, 1000};

  ~Readahead() override { set_readahead_mode(readahead_mode::async); }

  void read(std::uint64_t index, std::uint64_t pages = 1) {
    std::vector<std::uint64_t> words(pages * 512);
    ASSERT_EQ(filemap_read(f.space(), index * kPage, words.data(), pages * kPage, &f.f_ra),
              static_cast<std::int64_t>(pages * kPage));
    for (std::uint64_t i = 0; i < words.size(); ++i) {
      ASSERT_EQ(words[i], DiskFile::word(index + i / 512, i % 512));
    }
  }
  // The requests so far, after the device has finished them.
  std::string requests() {
    while (disk.progress()) {
    }
    return disk.take_log();
  }
};

TEST_F(Readahead, sequential_reader_has_windows_of_4_8_16_and_then_32_pages) {
  read(0);
  EXPECT_EQ(requests(), "r 0+4");
  EXPECT_EQ(f.marks(), (Marks{1}));
  read(1);
  EXPECT_EQ(requests(), "r 4+8") << "reading the marked page starts the next window";
  EXPECT_EQ(f.marks(), (Marks{4}));
  for (std::uint64_t i = 2; i < 28; ++i) {
    read(i);
  }
  EXPECT_EQ(requests(), "r 12+16; r 28+32");
  for (std::uint64_t i = 28; i < 92; ++i) {
    read(i);
  }
  EXPECT_EQ(requests(), "r 60+32; r 92+32");
}

TEST_F(Readahead, large_read_at_the_start_takes_a_whole_window) {
  read(0, 32);
  EXPECT_EQ(requests(), "r 0+32; r 32+32") << "its own marker, at half, is met at once";
  EXPECT_EQ(f.marks(), (Marks{32}));
}

TEST_F(Readahead, single_pages_here_and_there_are_read_alone) {
  read(500);
  read(100);
  read(700);
  EXPECT_EQ(requests(), "r 500+1; r 100+1; r 700+1");
  EXPECT_TRUE(f.marks().empty());
}

TEST_F(Readahead, page_behind_the_last_read_begins_a_stream) {
  read(500);
  read(501);
  EXPECT_EQ(requests(), "r 500+1; r 501+4");
  EXPECT_EQ(f.marks(), (Marks{502}));
}

TEST_F(Readahead, stream_is_recognised_by_the_pages_it_left_in_the_cache) {
  read(200);
  read(201);
  read(202);  // the marked page: its window follows
  EXPECT_EQ(requests(), "r 200+1; r 201+4; r 205+8");
  f.f_ra = {};
  read(213);
  EXPECT_EQ(requests(), "r 213+14") << "13 pages of history and the one that is wanted";
  EXPECT_EQ(f.marks(), (Marks{205, 226}));
}

TEST_F(Readahead, marker_of_another_reader_leads_behind_what_is_cached) {
  read(0);
  static_cast<void>(requests());
  f.f_ra = {};
  read(1);
  EXPECT_EQ(requests(), "r 4+8") << "3 pages ahead and 1 wanted, doubled";
}

TEST_F(Readahead, window_ends_with_the_file) {
  read(998);
  read(999);
  EXPECT_EQ(requests(), "r 998+1; r 999+1");
}

TEST_F(Readahead, cached_pages_divide_a_window_into_requests) {
  read(10);
  static_cast<void>(requests());
  read(0, 32);
  EXPECT_EQ(requests(), "r 0+10; r 11+21; r 32+32");
}

TEST_F(Readahead, is_off_for_files_without_a_window) {
  f.space().ra_pages = 0;
  read(0, 3);
  EXPECT_EQ(requests(), "r 0+1; r 1+1; r 2+1");
}

TEST_F(Readahead, forced_readahead_reads_whole_windows_without_a_marker) {
  force_page_cache_readahead(f.space(), 940, 100);
  EXPECT_EQ(requests(), "r 940+32; r 972+28");
  EXPECT_TRUE(f.marks().empty());
}

struct MappedReadahead : Readahead {
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();

  void map(std::uint64_t hints = 0) {
    ASSERT_EQ(do_mmap(mm, &f, kBase, 1000 * kPage, PROT_READ, MAP_SHARED | MAP_FIXED, 0),
              static_cast<std::int64_t>(kBase));
    mm.mmap->vm_flags |= hints;
  }
  void load(std::uint64_t index) {
    ASSERT_EQ(hart.get(kBase + index * kPage), DiskFile::word(index, 0));
  }
};

TEST_F(MappedReadahead, miss_reads_around_32_pages_and_counts_one_major_fault) {
  map();
  const Since since(machine);
  load(40);
  EXPECT_EQ(requests(), "r 24+32");
  EXPECT_EQ(f.marks(), (Marks{48})) << "the 25th";
  EXPECT_EQ(mm.maj_flt, 1u);
  EXPECT_EQ(mm.min_flt, 0u);
  EXPECT_EQ(since.event(PGFAULT), 2u) << "the fault starts over";
  EXPECT_EQ(since.event(PGMAJFAULT), 1u);
  EXPECT_EQ(since.event(FAULT_RETRY), 1u);
  EXPECT_EQ(since.event(PAGECACHE_MISS), 1u);
  EXPECT_EQ(since.event(READAHEAD_PAGES), 32u);
  EXPECT_EQ(since.event(FAULT_AROUND), 1u);
  EXPECT_EQ(since.event(FAULT_AROUND_PTES), 16u);
  EXPECT_EQ(process.pte_bits(kBase + 40 * kPage), 0x53u);
}

TEST_F(MappedReadahead, marked_page_is_not_mapped_around_and_starts_the_next_window) {
  map();
  load(40);
  static_cast<void>(requests());
  EXPECT_EQ(process.pte(kBase + 48 * kPage), 0u);
  const Since since(machine);
  load(48);
  EXPECT_EQ(disk.pending(), 1u) << "nobody waits for it";
  EXPECT_EQ(requests(), "r 56+32");
  EXPECT_EQ(f.marks(), (Marks{56}));
  EXPECT_EQ(since.event(PGMAJFAULT), 0u) << "the page was there";
  EXPECT_EQ(since.event(FAULT_RETRY), 1u);
  EXPECT_EQ(since.event(READAHEAD_MARKS), 1u);
  EXPECT_EQ(mm.maj_flt, 2u) << "a fault that was tried again counts as major";
}

TEST_F(MappedReadahead, synchronous_mode_waits_for_the_next_window_too) {
  set_readahead_mode(readahead_mode::sync);
  map();
  load(40);
  load(48);
  EXPECT_EQ(disk.pending(), 0u);
  EXPECT_EQ(requests(), "r 24+32; r 56+32");
}

TEST_F(MappedReadahead, window_is_clipped_at_both_ends_of_the_file) {
  map();
  load(3);
  load(999);
  EXPECT_EQ(requests(), "r 0+32; r 983+17");
  EXPECT_EQ(f.marks(), (Marks{24, 992})) << "8 pages before the end of each window";
}

TEST_F(MappedReadahead, random_hint_reads_the_page_alone) {
  map(VM_RAND_READ);
  const Since since(machine);
  load(40);
  load(41);
  EXPECT_EQ(requests(), "r 40+1; r 41+1");
  EXPECT_EQ(since.event(PGMAJFAULT), 2u);
  EXPECT_EQ(mm.maj_flt, 2u);
}

TEST_F(MappedReadahead, sequential_hint_reads_forward) {
  map(VM_SEQ_READ);
  load(0);
  EXPECT_EQ(requests(), "r 0+32");
  EXPECT_EQ(f.marks(), (Marks{16}));
  load(16);
  EXPECT_EQ(requests(), "r 32+32");
}

TEST_F(MappedReadahead, reading_around_is_given_up_after_100_misses_net_of_hits) {
  ASSERT_TRUE(set_fault_around_bytes(kPage));
  map();
  f.f_ra.mmap_miss = 99;
  load(40);
  EXPECT_EQ(requests(), "r 24+32") << "the 100th";
  load(200);
  EXPECT_EQ(requests(), "r 200+1") << "the 101st";
  for (std::uint64_t i = 25; i < 28; ++i) {
    load(i);
  }
  EXPECT_EQ(f.f_ra.mmap_miss, 98u) << "101 less 3 hits";
}

TEST_F(MappedReadahead, pages_still_being_read_are_waited_for_without_the_lock) {
  map();
  load(40);
  load(48);
  ASSERT_EQ(disk.pending(), 1u);
  const Since since(machine);
  load(60);
  EXPECT_EQ(since.event(FAULT_RETRY), 1u);
  EXPECT_EQ(since.event(PGMAJFAULT), 0u);
  EXPECT_EQ(mm.maj_flt, 3u);
}

TEST_F(MappedReadahead, unreadable_page_is_sigbus_after_three_attempts) {
  map();
  disk.break_page(40);
  std::uint64_t value = 0;
  const fault_outcome outcome = hart.load(kBase + 40 * kPage, value);
  EXPECT_EQ(outcome.signal, SIGNAL_BUS);
  EXPECT_EQ(outcome.code, CODE_BUS_ADRERR);
  EXPECT_EQ(requests(), "r 24+32!; r 40+1!; r 40+1!")
      << "in its window, alone, and alone when the fault starts over";
  EXPECT_EQ(mm.maj_flt + mm.min_flt, 0u);
  EXPECT_EQ(f.cached(40)->flags & (PG_error | PG_uptodate | PG_locked), PG_error);
  load(41);
  EXPECT_EQ(requests(), "r 41+1") << "its neighbours are read again one by one";
  disk.mend();
  load(40);
  EXPECT_EQ(requests(), "r 40+1");
  EXPECT_EQ(f.cached(40)->flags & (PG_error | PG_uptodate), PG_uptodate);
}

TEST_F(MappedReadahead, read_of_an_unreadable_page_is_an_error) {
  disk.break_page(7);
  std::array<std::uint64_t, 512> words{};
  EXPECT_EQ(filemap_read(f.space(), 7 * kPage, words.data(), kPage, &f.f_ra), -MM_EIO);
  EXPECT_EQ(requests(), "r 7+1!; r 7+1!");
}

TEST_F(MappedReadahead, fault_of_the_kernel_keeps_the_lock_and_counts_once) {
  map();
  const Since since(machine);
  std::uint64_t value = 0;
  EXPECT_EQ(access_remote_vm(mm, kBase + 40 * kPage, &value, 8, false), 8u);
  EXPECT_EQ(value, DiskFile::word(40, 0));
  EXPECT_EQ(since.event(PGFAULT), 1u);
  EXPECT_EQ(since.event(FAULT_RETRY), 0u);
  EXPECT_EQ(mm.maj_flt, 1u);
}

TEST_F(MappedReadahead, private_store_to_a_missing_page_copies_after_the_retry) {
  ASSERT_EQ(
      do_mmap(mm, &f, kBase, 1000 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, 0),
      static_cast<std::int64_t>(kBase));
  const Since since(machine);
  hart.put(kBase + 40 * kPage + 8, 7);
  EXPECT_EQ(hart.get(kBase + 40 * kPage), DiskFile::word(40, 0));
  EXPECT_EQ(process.pte_bits(kBase + 40 * kPage), 0xd7u);
  EXPECT_EQ(requests(), "r 24+32");
  EXPECT_EQ(since.event(FAULT_COW), 1u);
  EXPECT_EQ(since.arch().copied, 1u);
  EXPECT_EQ(mm.maj_flt, 1u);
}

}  // namespace
}  // namespace faultline::test
