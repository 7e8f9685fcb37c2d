// SPDX-License-Identifier: Apache-2.0
// Requests to a block device, and how the pages of a file become requests.

#include "sw/kernel/block/block_device.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "tests/firmware/mm/disk_file.h"

namespace faultline::test {
namespace {

constexpr std::uint64_t kPages = 128;

struct Block : ::testing::Test {
  Machine machine;
  Disk disk{machine, "disk", kPages};
  DiskFile f{disk, 0, 100};
  page* memory = alloc_pages(GFP_KERNEL, 0);

  ~Block() override {
    put_page(memory);
    truncate_inode_pages(disk.bdev().mapping);
  }
  // A request for one page of the disk.
  int transfer(req_op op, std::uint64_t block) {
    bio& b = bio_alloc(disk.bdev(), op, block * PAGE_SECTORS);
    EXPECT_TRUE(bio_add_page(b, *memory));
    return submit_bio_wait(b);
  }
  // The first word of page `index` of the file, read by itself.
  std::uint64_t first_word(std::uint64_t index) {
    std::uint64_t value = 0;
    EXPECT_EQ(filemap_read(f.space(), index * PAGE_SIZE, &value, 8), 8);
    return value;
  }
  std::uint64_t word_on_disk(std::uint64_t block, std::uint64_t index = 0) {
    std::uint64_t value = 0;
    std::memcpy(&value, disk.page_bytes(block) + index * 8, 8);
    return value;
  }
};

TEST_F(Block, request_moves_whole_pages_and_reports_its_status) {
  EXPECT_EQ(transfer(req_op::read, 5), 0);
  EXPECT_EQ(*static_cast<std::uint64_t*>(page_address(memory)), DiskFile::word(5, 0));
  EXPECT_EQ(transfer(req_op::write, 6), 0);
  EXPECT_EQ(word_on_disk(6), DiskFile::word(5, 0));
  disk.break_page(7);
  EXPECT_EQ(transfer(req_op::read, 7), -MM_EIO);
  EXPECT_EQ(blkdev_issue_flush(disk.bdev()), 0);
  EXPECT_EQ(disk.take_log(), "r 5+1; w 6+1; r 7+1!; f");
}

TEST_F(Block, request_outside_of_the_device_never_reaches_it) {
  EXPECT_EQ(transfer(req_op::read, kPages - 1), 0);
  EXPECT_EQ(transfer(req_op::read, kPages), -MM_EIO);
  EXPECT_EQ(transfer(req_op::read, ~std::uint64_t{0} / PAGE_SECTORS), -MM_EIO);
  EXPECT_EQ(disk.take_log(), "r 127+1");
}

TEST_F(Block, read_only_device_refuses_writes_but_not_flushes) {
  constexpr int kReadOnly = -30;
  disk.bdev().read_only = true;
  EXPECT_EQ(transfer(req_op::write, 0), kReadOnly);
  EXPECT_EQ(transfer(req_op::read, 0), 0);
  EXPECT_EQ(blkdev_issue_flush(disk.bdev()), 0);
}

TEST_F(Block, request_holds_32_pages) {
  bio& b = bio_alloc(disk.bdev(), req_op::read, 0);
  for (unsigned i = 0; i < BIO_MAX_PAGES; ++i) {
    EXPECT_TRUE(bio_add_page(b, *memory));
  }
  EXPECT_FALSE(bio_add_page(b, *memory));
  bio_put(b);
}

TEST_F(Block, whoever_finds_no_request_free_waits_for_one_to_end) {
  constexpr unsigned kMany = 200;
  static unsigned ended;
  ended = 0;
  for (unsigned i = 0; i < kMany; ++i) {
    bio& b = bio_alloc(disk.bdev(), req_op::flush, 0);
    b.end_io = [](bio& done) {
      ++ended;
      bio_put(done);
    };
    submit_bio(b);
  }
  EXPECT_EQ(ended + disk.pending(), kMany);
  EXPECT_GT(ended, kMany / 2);
  while (disk.progress()) {
  }
  EXPECT_EQ(ended, kMany);
}

TEST_F(Block, devices_are_listed_in_the_order_of_registration) {
  Disk second(machine, "other", 8);
  EXPECT_EQ(next_block_device(nullptr), &disk.bdev());
  EXPECT_EQ(next_block_device(&disk.bdev()), &second.bdev());
  EXPECT_EQ(next_block_device(&second.bdev()), nullptr);
  EXPECT_EQ(find_block_device("other"), &second.bdev());
  EXPECT_EQ(find_block_device("oth"), nullptr);
}

TEST_F(Block, content_of_a_device_is_cached_like_a_file) {
  int error = 0;
  page* p = read_mapping_page(disk.bdev().mapping, 9, error);
  ASSERT_NE(p, nullptr);
  auto* words = static_cast<std::uint64_t*>(page_address(p));
  EXPECT_EQ(words[3], DiskFile::word(9, 3));
  words[3] = 42;
  EXPECT_TRUE(set_page_dirty(*p));
  put_page(p);
  EXPECT_EQ(sync_mappings(), 0);
  EXPECT_EQ(word_on_disk(9, 3), 42u);
  EXPECT_EQ(disk.take_log(), "r 9+1; w 9+1");
}

TEST_F(Block, pages_that_adjoin_on_the_device_share_a_request) {
  f.place(2, 120);
  f.place(3, 121);
  std::array<std::uint64_t, 8 * 512> words{};
  ASSERT_EQ(filemap_read(f.space(), 0, words.data(), sizeof words, &f.f_ra),
            static_cast<std::int64_t>(sizeof words));
  EXPECT_EQ(disk.take_log(), "r 0+2; r 120+2; r 4+12");
}

TEST_F(Block, hole_reads_as_zeros_without_a_request) {
  f.make_hole(4);
  EXPECT_EQ(first_word(4), 0u);
  EXPECT_EQ(disk.take_log(), "");
}

TEST_F(Block, end_of_the_file_in_a_page_is_written_as_zeros) {
  DiskFile odd(disk, 110, 2, 8);
  int error = 0;
  page* p = read_mapping_page(odd.space(), 1, error);
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(static_cast<std::uint64_t*>(page_address(p))[511], DiskFile::word(111, 511));
  EXPECT_TRUE(set_page_dirty(*p));
  put_page(p);
  EXPECT_EQ(filemap_write_and_wait_range(odd.space(), 0, kLastPage), 0);
  EXPECT_EQ(word_on_disk(111, 511), 0u);
  EXPECT_EQ(word_on_disk(111, 510), DiskFile::word(111, 510));
}

}  // namespace
}  // namespace faultline::test
