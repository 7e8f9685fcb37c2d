// SPDX-License-Identifier: Apache-2.0
// Images of mke2fs, read by the kernel's ext2.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "tests/firmware/fs/file_system.h"
#include "tests/firmware/fs/surroundings.h"

namespace faultline::test {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kDirectory = 4;  // DT_DIR
constexpr unsigned kRegular = 8;    // DT_REG
constexpr unsigned kLink = 10;      // DT_LNK

/// `size` bytes that differ from page to page.
std::string pattern(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (i + i / 4096 * 7 + seed) % 26);
  }
  return text;
}

void put(const fs::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

TEST(Ext2Read, files_of_all_sizes_of_the_block_map) {
  const TemporaryFolder folder;
  // Around a page, the last direct block, the last block of one level, and in the second level.
  const std::size_t sizes[] = {0,
                               1,
                               4095,
                               4096,
                               4097,
                               12 * 4096,
                               12 * 4096 + 1,
                               1036 * 4096,
                               1036 * 4096 + 1,
                               1200 * 4096 + 77};
  for (const std::size_t size : sizes) {
    put(folder.path() / std::to_string(size), pattern(size, 3));
  }
  FileSystem system(make_image(folder.path(), 8192));
  ASSERT_TRUE(system.mounted());
  for (const std::size_t size : sizes) {
    EXPECT_EQ(system.read("/disk/" + std::to_string(size)), pattern(size, 3)) << size;
  }
  EXPECT_EQ(take_messages(), "vda: ext2 file system at /disk\n");
}

TEST(Ext2Read, holes_read_as_zeros_up_to_three_levels) {
  const TemporaryFolder folder;
  constexpr std::uint64_t kFar = (12 + 1024 + 1024 * 1024 + 5) * std::uint64_t{4096};
  put(folder.path() / "sparse", "begin");
  {
    std::fstream f(folder.path() / "sparse", std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(static_cast<std::streamoff>(kFar));
    f << "end";
  }
  FileSystem system(make_image(folder.path(), 4096));
  int error = 0;
  open_file* const f = system.open("/disk/sparse", O_RDONLY, &error);
  ASSERT_NE(f, nullptr) << error;
  EXPECT_EQ(f->node->i_data.i_size, kFar + 3);
  char text[8] = "???????";
  std::uint64_t pos = kFar - 2;
  EXPECT_EQ(f->f_op->read(*f, reinterpret_cast<std::uintptr_t>(text), 8, pos), 5);
  EXPECT_EQ(std::string(text, 5), std::string("\0\0end", 5));
  pos = 2;
  EXPECT_EQ(f->f_op->read(*f, reinterpret_cast<std::uintptr_t>(text), 8, pos), 8);
  EXPECT_EQ(std::string(text, 8), std::string("gin\0\0\0\0\0", 8));
  fput(*f);
}

TEST(Ext2Read, directories_links_and_attributes) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "a/b/c");
  put(folder.path() / "a/b/c/file", "deep");
  fs::create_symlink("a/b", folder.path() / "short");
  const std::string far =
      "a/" + std::string(70, '.').replace(1, 69, std::string(69, '/')) + "b/c/file";
  fs::create_symlink(far, folder.path() / "long");
  fs::create_hard_link(folder.path() / "a/b/c/file", folder.path() / "hard");
  FileSystem system(make_image(folder.path(), 1024));
  EXPECT_EQ(system.list("/disk"), (std::map<std::string, unsigned>{{"a", kDirectory},
                                                                   {"hard", kRegular},
                                                                   {"long", kLink},
                                                                   {"lost+found", kDirectory},
                                                                   {"short", kLink}}));
  EXPECT_EQ(system.read("/disk/short/c/file"), "deep");
  EXPECT_EQ(system.read("/disk/long"), "deep");
  EXPECT_EQ(system.read("/disk/a/b/c/../../b/./c/file"), "deep");
  const lookup_result file = system.find("/disk/a/b/c/file");
  const lookup_result hard = system.find("/disk/hard");
  EXPECT_EQ(file.node.get(), hard.node.get());
  EXPECT_EQ(file.node->i_nlink, 2u);
  EXPECT_EQ(system.find("/disk/a/b").node->i_nlink, 3u);
  char path[kPathMax];
  EXPECT_EQ(directory_path(*system.find("/disk/short/c").node, path), 12);
  EXPECT_STREQ(path, "/disk/a/b/c");
}

TEST(Ext2Read, a_directory_of_many_blocks) {
  const TemporaryFolder folder;
  std::map<std::string, unsigned> names{{"lost+found", kDirectory}};
  for (int i = 0; i < 700; ++i) {
    const std::string name = "file with a rather long name " + std::to_string(i);
    put(folder.path() / name, name);
    names[name] = kRegular;
  }
  FileSystem system(make_image(folder.path(), 4096));
  EXPECT_EQ(system.list("/disk"), names);
  EXPECT_EQ(system.read("/disk/file with a rather long name 699"),
            "file with a rather long name 699");
  EXPECT_EQ(system.try_open("/disk/file with a rather long name 700", O_RDONLY), -ENOENT);
}

TEST(Ext2Read, inodes_of_128_bytes_and_many_groups) {
  const TemporaryFolder folder;
  put(folder.path() / "file", pattern(30000, 1));
  FileSystem system(make_image(folder.path(), 4096, "-I 128 -g 256"));
  EXPECT_EQ(system.read("/disk/file"), pattern(30000, 1));
}

TEST(Ext2Read, unknown_features) {
  const TemporaryFolder folder;
  put(folder.path() / "file", "text");
  Image image = make_image(folder.path(), 1024);
  // s_feature_ro_compat at byte 100 of the superblock, s_feature_incompat at byte 96.
  image[1024 + 100] |= 0x10;
  {
    FileSystem system(image);
    EXPECT_NE(take_messages().find("mounted read-only: unsupported features 0x10"),
              std::string::npos);
    EXPECT_EQ(system.read("/disk/file"), "text");
    EXPECT_EQ(system.try_open("/disk/file", O_RDWR), -EROFS);
    EXPECT_EQ(system.mkdir("/disk/new"), -EROFS);
    EXPECT_EQ(system.unlink("/disk/file"), -EROFS);
    EXPECT_TRUE(system.unmount() == image) << "a read-only file system was written";
  }
  image[1024 + 96] |= 0x40;
  FileSystem system(image);
  EXPECT_FALSE(system.mounted());
  EXPECT_NE(take_messages().find("unsupported incompatible features 0x40"), std::string::npos);
}

TEST(Ext2Read, an_unreadable_block_is_an_io_error) {
  const TemporaryFolder folder;
  put(folder.path() / "file", pattern(200 * 4096, 5));
  FileSystem system(make_image(folder.path(), 2048));
  int error = 0;
  open_file* const f = system.open("/disk/file", O_RDONLY, &error);
  ASSERT_NE(f, nullptr);
  for (std::uint64_t i = 0; i < 2048; ++i) system.disk().break_page(i);
  EXPECT_EQ(system.try_read("/disk/file"), -EIO);
  system.disk().mend();
  EXPECT_EQ(system.read("/disk/file"), pattern(200 * 4096, 5));
  fput(*f);
}

}  // namespace
}  // namespace faultline::test
