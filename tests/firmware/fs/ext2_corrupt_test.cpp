// SPDX-License-Identifier: Apache-2.0
// Images with a known fault: what the kernel says, and what the program gets.

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2_fs.h"
#include "tests/firmware/fs/file_system.h"
#include "tests/firmware/fs/surroundings.h"

namespace faultline::test {
namespace {

/// An image with /file of 30 pages and /directory/inside, and the places of its parts.
class Ext2Corrupt : public testing::Test {
 protected:
  Ext2Corrupt() {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "file") << std::string(30 * 4096, 'f');
    std::filesystem::create_directory(folder.path() / "directory");
    std::ofstream(folder.path() / "directory/inside") << "inside";
    std::filesystem::create_symlink("file", folder.path() / "link");
    image_ = make_image(folder.path(), 512);
  }

  ext2_super_block& super() { return *reinterpret_cast<ext2_super_block*>(&image_[1024]); }
  ext2_group_desc& group() { return *reinterpret_cast<ext2_group_desc*>(&image_[4096]); }
  ext2_inode& inode_of(std::uint32_t ino) {
    return *reinterpret_cast<ext2_inode*>(
        &image_[group().bg_inode_table * std::size_t{4096} + (ino - 1) * std::size_t{256}]);
  }
  /// The inode number and the entry of a name in the root directory.
  ext2_dir_entry& entry(const std::string& name) {
    unsigned char* const block = &image_[inode_of(EXT2_ROOT_INO).i_block[0] * std::size_t{4096}];
    for (std::size_t at = 0; at < 4096;) {
      auto* const candidate = reinterpret_cast<ext2_dir_entry*>(block + at);
      if (std::string(candidate->name, candidate->name_len) == name) return *candidate;
      at += candidate->rec_len;
    }
    throw std::runtime_error("no entry " + name);
  }

  /// Mounting fails, with `text` in the message.
  void expect_refused(const std::string& text) {
    FileSystem system(image_);
    EXPECT_FALSE(system.mounted());
    const std::string messages = take_messages();
    EXPECT_NE(messages.find("EXT2-fs error (vda): cannot mount: " + text), std::string::npos)
        << messages;
  }
  /// The messages since the last look contain `text`.
  static void expect_message(const std::string& text) {
    const std::string messages = take_messages();
    EXPECT_NE(messages.find("EXT2-fs error (vda): " + text), std::string::npos) << messages;
  }

  Image image_;
};

TEST_F(Ext2Corrupt, superblock) {
  const Image good = image_;
  const auto refused = [&](auto change, const std::string& text) {
    image_ = good;
    change();
    expect_refused(text);
  };
  refused([&] { super().s_log_block_size = 0; }, "only blocks of 4096 bytes");
  refused([&] { super().s_rev_level = 9; }, "unknown revision 9");
  refused([&] { super().s_blocks_count = 513; }, "513 blocks do not fit the device of 512");
  refused([&] { super().s_blocks_per_group = 0; }, "bad number of blocks per group 0");
  refused([&] { super().s_blocks_per_group = 40000; }, "bad number of blocks per group 40000");
  refused([&] { super().s_inodes_per_group = 0; }, "bad number of inodes per group 0");
  refused([&] { super().s_inodes_count += 16; }, std::to_string(super().s_inodes_count + 16));
  refused([&] { super().s_inode_size = 100; }, "bad inode size 100");
  refused([&] { super().s_first_ino = 5; }, "bad first inode 5");
  refused([&] { super().s_first_data_block = 1; }, "bad first data block 1");
  refused([&] { group().bg_block_bitmap = 0; }, "block bitmap of group 0 at bad block 0");
  refused([&] { group().bg_inode_bitmap = 5000; }, "inode bitmap of group 0 at bad block 5000");
  refused([&] { group().bg_inode_table = 511; }, "inode table of group 0 at bad block 511");
  refused([&] { inode_of(EXT2_ROOT_INO).i_mode = 0100644; }, "the root is no directory");
  refused([&] { inode_of(EXT2_ROOT_INO).i_mode = 0; }, "cannot read the root directory");
  image_ = good;
  super().s_magic = 0;
  FileSystem system(image_);
  EXPECT_FALSE(system.mounted());
  EXPECT_EQ(take_messages(), "") << "a device without ext2 is none of our business";
}

TEST_F(Ext2Corrupt, a_superblock_that_cannot_be_read) {
  Machine machine;
  image_.resize(4096);
  FileSystem system(image_);  // the device ends behind block 0
  EXPECT_FALSE(system.mounted());
  expect_message("cannot mount: 512 blocks do not fit the device of 1");
}

TEST_F(Ext2Corrupt, block_numbers_out_of_range) {
  const std::uint32_t ino = entry("file").inode;
  inode_of(ino).i_block[2] = 9999;
  FileSystem system(image_);
  EXPECT_EQ(system.try_read("/disk/file"), -EUCLEAN);
  expect_message("bad block 9999 in inode " + std::to_string(ino) + " block map");
  EXPECT_EQ(system.unlink("/disk/file"), 0);
  expect_message("freeing bad block 9999");
}

TEST_F(Ext2Corrupt, a_file_that_points_into_the_inode_table) {
  const std::uint32_t ino = entry("file").inode;
  const std::uint32_t table = group().bg_inode_table;
  inode_of(ino).i_block[0] = table;
  FileSystem system(image_);
  EXPECT_EQ(system.try_read("/disk/file"), -EUCLEAN);
  EXPECT_EQ(system.write_at("/disk/file", 0, "overwritten"), -EUCLEAN);
  expect_message("bad block " + std::to_string(table));
}

TEST_F(Ext2Corrupt, an_indirect_block_full_of_itself) {
  const std::uint32_t ino = entry("file").inode;
  const std::uint32_t block = inode_of(ino).i_block[EXT2_IND_BLOCK];
  inode_of(ino).i_block[EXT2_TIND_BLOCK] = block;
  inode_of(ino).i_size_high = 1;
  auto* const numbers = reinterpret_cast<std::uint32_t*>(&image_[block * std::size_t{4096}]);
  for (unsigned i = 0; i < EXT2_ADDR_PER_BLOCK; ++i) numbers[i] = block;
  FileSystem system(image_);
  EXPECT_EQ(system.unlink("/disk/file"), 0);
  expect_message("freeing block " + std::to_string(block) + ", which is free");
}

TEST_F(Ext2Corrupt, entries_of_directories) {
  const Image good = image_;
  const auto bad_entry = [&](auto change, const std::string& text) {
    image_ = good;
    change(entry("file"));
    FileSystem system(image_);
    EXPECT_EQ(system.try_list("/disk"), -EUCLEAN);
    expect_message("bad entry in directory 2: " + text);
    EXPECT_EQ(system.try_open("/disk/not there", O_RDONLY | O_CREAT), -EUCLEAN);
  };
  bad_entry([](ext2_dir_entry& e) { e.rec_len = 0; }, "rec_len is smaller than minimal");
  bad_entry([](ext2_dir_entry& e) { e.rec_len = 14; }, "rec_len % 4 != 0");
  bad_entry(
      [](ext2_dir_entry& e) {
        e.name_len = 255;
        e.rec_len = 16;
      },
      "rec_len is too small for name_len");
  bad_entry([](ext2_dir_entry& e) { e.rec_len = 65532; }, "directory entry across blocks");
  bad_entry([](ext2_dir_entry& e) { e.inode = 100000; }, "inode out of bounds");
  bad_entry([](ext2_dir_entry& e) { e.name_len = 0; }, "name is empty");
}

TEST_F(Ext2Corrupt, inodes) {
  const Image good = image_;
  const auto bad_inode = [&](auto change, const std::string& text) {
    image_ = good;
    change(inode_of(entry("file").inode), entry("file"));
    FileSystem system(image_);
    EXPECT_EQ(system.try_open("/disk/file", O_RDONLY), -EUCLEAN);
    expect_message(text);
    EXPECT_EQ(system.read("/disk/directory/inside"), "inside");
  };
  const std::string number = std::to_string(entry("file").inode);
  bad_inode([](ext2_inode& i, ext2_dir_entry&) { i.i_mode = 0; },
            "inode " + number + " has a bad type");
  bad_inode([](ext2_inode& i, ext2_dir_entry&) { i.i_links_count = 0; },
            "inode " + number + " is deleted, but has a name");
  bad_inode([](ext2_inode& i, ext2_dir_entry&) { i.i_size_high = 0x8000; },
            "inode " + number + " has a bad size");
  bad_inode(
      [](ext2_inode& i, ext2_dir_entry&) {
        i.i_mode = S_IFDIR | 0755;
        i.i_size = 100;
      },
      "inode " + number + " has a bad directory size");
  bad_inode(
      [](ext2_inode& i, ext2_dir_entry&) {
        i.i_mode = S_IFLNK | 0777;
        i.i_blocks = 0;
      },
      "inode " + number + " has a bad length");
  bad_inode([](ext2_inode&, ext2_dir_entry& e) { e.inode = 3; }, "bad inode number 3");
}

TEST_F(Ext2Corrupt, directories_that_are_no_tree) {
  const std::uint32_t directory = entry("directory").inode;
  // An entry of the root that leads to the root, and one that leads to a directory from elsewhere.
  entry("file").inode = EXT2_ROOT_INO;
  entry("link").inode = directory;
  auto* const block = &image_[inode_of(directory).i_block[0] * std::size_t{4096}];
  auto* const dotdot = reinterpret_cast<ext2_dir_entry*>(block + 12);
  FileSystem system(image_);
  EXPECT_EQ(system.try_open("/disk/file", O_RDONLY), -EUCLEAN);
  EXPECT_EQ(system.rmdir("/disk/file"), -EUCLEAN);
  expect_message("directory 2 has an entry in directory 2, but .. is 2");
  dotdot->inode = directory;
  FileSystem again(image_);
  EXPECT_EQ(again.try_open("/disk/directory", O_RDONLY), -EUCLEAN);
  expect_message("directory " + std::to_string(directory) + " has an entry in directory 2, but ..");
}

TEST_F(Ext2Corrupt, bitmaps_that_give_away_the_file_system) {
  image_[group().bg_block_bitmap * std::size_t{4096}] = 0;
  FileSystem system(image_);
  EXPECT_EQ(system.write("/disk/new", "text"), -EUCLEAN);
  expect_message("block bitmap of group 0 marks the group's own blocks as free");
  EXPECT_EQ(system.try_read("/disk/file"), 30 * 4096);
}

TEST_F(Ext2Corrupt, an_inode_that_is_in_use_but_free) {
  const std::uint32_t ino = entry("file").inode;
  image_[group().bg_inode_bitmap * std::size_t{4096} + (ino - 1) / 8] &=
      static_cast<unsigned char>(~(1u << ((ino - 1) % 8)));
  FileSystem system(image_);
  int error = 0;
  open_file* const f = system.open("/disk/file", O_RDONLY, &error);
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(system.write("/disk/new", "text"), -EUCLEAN);
  expect_message("inode " + std::to_string(ino) +
                 " is in use, but the inode bitmap marks it as free");
  fput(*f);
}

}  // namespace
}  // namespace faultline::test
