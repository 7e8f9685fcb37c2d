// SPDX-License-Identifier: Apache-2.0
// What the kernel's ext2 writes: it reads back, and e2fsck finds nothing to complain about.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "tests/firmware/fs/file_system.h"
#include "tests/firmware/fs/surroundings.h"

namespace faultline::test {
namespace {

Image empty_image(std::uint64_t blocks, const std::string& options = "") {
  const TemporaryFolder folder;
  return make_image(folder.path(), blocks, options);
}

std::string pattern(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (i + i / 4096 * 7 + seed) % 26);
  }
  return text;
}

TEST(Ext2Write, files_of_all_sizes) {
  const std::size_t sizes[] = {0, 1, 4096, 12 * 4096 + 1, 1036 * 4096 + 1, 1500 * 4096 + 77};
  FileSystem system(empty_image(8192));
  for (const std::size_t size : sizes) {
    EXPECT_EQ(system.write("/disk/" + std::to_string(size), pattern(size, 9)), 0);
  }
  const Image image = system.unmount();
  EXPECT_EQ(check_image(image), "");
  FileSystem again(image);
  for (const std::size_t size : sizes) {
    EXPECT_EQ(again.read("/disk/" + std::to_string(size)), pattern(size, 9)) << size;
  }
  EXPECT_EQ(again.list("/disk").size(), 7u);
}

TEST(Ext2Write, sync_leaves_a_consistent_image_while_mounted) {
  FileSystem system(empty_image(2048));
  EXPECT_EQ(system.mkdir("/disk/directory"), 0);
  EXPECT_EQ(system.write("/disk/directory/file", pattern(100000, 1)), 0);
  EXPECT_EQ(sync_filesystems(), 0);
  EXPECT_EQ(check_image(system.image()), "");
  EXPECT_EQ(system.unlink("/disk/directory/file"), 0);
  EXPECT_EQ(sync_filesystems(), 0);
  EXPECT_EQ(check_image(system.image()), "");
}

TEST(Ext2Write, removing_everything_gives_all_space_back) {
  FileSystem system(empty_image(4096, "-g 512"));
  kstatfs before;
  kstatfs after;
  const lookup_result root = system.find("/disk");
  super_block& sb = *root.node->i_sb;
  sb.s_op->statfs(sb, before);
  for (int i = 0; i < 40; ++i) {
    const std::string directory = "/disk/d" + std::to_string(i);
    EXPECT_EQ(system.mkdir(directory), 0);
    EXPECT_EQ(system.write(directory + "/file", pattern(static_cast<std::size_t>(i) * 5000, 2)), 0);
    EXPECT_EQ(
        system.symlink(directory + "/link", std::string(static_cast<std::size_t>(20 + i * 4), 'x')),
        0);
  }
  EXPECT_EQ(system.rmdir("/disk/d7"), -ENOTEMPTY);
  for (int i = 0; i < 40; ++i) {
    const std::string directory = "/disk/d" + std::to_string(i);
    EXPECT_EQ(system.unlink(directory + "/file"), 0);
    EXPECT_EQ(system.unlink(directory + "/link"), 0);
    EXPECT_EQ(system.rmdir(directory), 0);
  }
  sb.s_op->statfs(sb, after);
  EXPECT_EQ(after.blocks_free, before.blocks_free);
  EXPECT_EQ(after.files_free, before.files_free);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, holes_stay_holes_and_large_files_are_noted) {
  constexpr std::uint64_t kFar = (12 + 1024 + 1024 * 1024 + 5) * std::uint64_t{4096};
  FileSystem system(empty_image(1024));
  EXPECT_EQ(system.write_at("/disk/sparse", 3, "one"), 3);
  EXPECT_EQ(system.write_at("/disk/sparse", kFar, "two"), 3);
  EXPECT_EQ(system.find("/disk/sparse").node->i_blocks, 5u * 8);  // 2 of data, 3 of numbers
  EXPECT_EQ(system.write_at("/disk/sparse", std::uint64_t{1} << 41, "x"), -EFBIG);
  const Image image = system.unmount();
  EXPECT_EQ(check_image(image), "");
  FileSystem again(image);
  EXPECT_EQ(again.truncate("/disk/sparse", 8), 0);
  EXPECT_EQ(again.read("/disk/sparse"), std::string("\0\0\0one\0\0", 8));
  EXPECT_EQ(again.find("/disk/sparse").node->i_blocks, 8u);
  EXPECT_EQ(check_image(again.unmount()), "");
}

TEST(Ext2Write, what_was_cut_off_does_not_come_back) {
  FileSystem system(empty_image(1024));
  EXPECT_EQ(system.write("/disk/file", pattern(6000, 4)), 0);
  EXPECT_EQ(sync_filesystems(), 0);
  prune_icache();  // the file's pages are no longer cached
  EXPECT_EQ(system.truncate("/disk/file", 100), 0);
  EXPECT_EQ(system.truncate("/disk/file", 5000), 0);
  const std::string expected = pattern(6000, 4).substr(0, 100) + std::string(4900, '\0');
  EXPECT_EQ(system.read("/disk/file"), expected);
  const Image image = system.unmount();
  EXPECT_EQ(check_image(image), "");
  FileSystem again(image);
  EXPECT_EQ(again.read("/disk/file"), expected);
}

TEST(Ext2Write, truncation_at_every_kind_of_place) {
  for (const std::uint64_t pages : {0, 5, 12, 13, 500, 1036, 1037, 1300}) {
    FileSystem system(empty_image(4096));
    EXPECT_EQ(system.write("/disk/file", pattern(1400 * 4096, 6)), 0);
    EXPECT_EQ(system.truncate("/disk/file", pages * 4096), 0);
    const Image image = system.unmount();
    EXPECT_EQ(check_image(image), "") << pages;
    FileSystem again(image);
    EXPECT_EQ(again.read("/disk/file"), pattern(pages * 4096, 6)) << pages;
  }
}

TEST(Ext2Write, a_full_device) {
  FileSystem system(empty_image(256));
  EXPECT_EQ(system.write("/disk/large", pattern(300 * 4096, 1)), -ENOSPC);
  const std::size_t fit = system.read("/disk/large").size();
  EXPECT_GT(fit, 200u * 4096);
  EXPECT_EQ(system.write_at("/disk/other", 0, "x"), -ENOSPC);
  EXPECT_EQ(system.mkdir("/disk/directory"), -ENOSPC);
  EXPECT_EQ(system.symlink("/disk/link", std::string(100, 'y')), -ENOSPC);
  EXPECT_EQ(sync_filesystems(), 0);
  EXPECT_EQ(check_image(system.image()), "");
  EXPECT_EQ(system.unlink("/disk/large"), 0);
  EXPECT_EQ(system.write_at("/disk/other", 0, "x"), 1);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, inodes_run_out) {
  FileSystem system(empty_image(1024, "-N 16"));
  int error = 0;
  int made = 0;
  while (error == 0 && made < 1000) {
    error = system.write("/disk/f" + std::to_string(made), "");
    if (error == 0) ++made;
  }
  EXPECT_EQ(error, -ENOSPC);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, renames) {
  FileSystem system(empty_image(1024));
  EXPECT_EQ(system.mkdir("/disk/a"), 0);
  EXPECT_EQ(system.mkdir("/disk/b"), 0);
  EXPECT_EQ(system.mkdir("/disk/a/sub"), 0);
  EXPECT_EQ(system.write("/disk/a/one", "1"), 0);
  EXPECT_EQ(system.write("/disk/b/two", "2"), 0);
  EXPECT_EQ(system.rename("/disk/a/one", "/disk/a/uno"), 0);
  EXPECT_EQ(system.rename("/disk/a/uno", "/disk/b/two", RENAME_NOREPLACE), -EEXIST);
  EXPECT_EQ(system.rename("/disk/a/uno", "/disk/b/two"), 0);
  EXPECT_EQ(system.read("/disk/b/two"), "1");
  EXPECT_EQ(system.rename("/disk/a", "/disk/a/sub/inside"), -EINVAL);
  EXPECT_EQ(system.rename("/disk/a/sub", "/disk/a"), -ENOTEMPTY);
  EXPECT_EQ(system.rename("/disk/a/sub", "/disk/b/two"), -ENOTDIR);
  EXPECT_EQ(system.rename("/disk/b/two", "/disk/a/sub"), -EISDIR);
  EXPECT_EQ(system.rename("/disk/a/sub", "/disk/b/moved"), 0);
  EXPECT_EQ(system.find("/disk/b/moved/..").node.get(), system.find("/disk/b").node.get());
  EXPECT_EQ(system.rename("/disk/b/moved", "/disk/a"), 0);  // onto an empty directory
  EXPECT_EQ(system.rename("/disk/b/two", "/two"), -EXDEV);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, open_files_outlive_their_names) {
  FileSystem system(empty_image(1024));
  EXPECT_EQ(system.write("/disk/file", pattern(50000, 3)), 0);
  EXPECT_EQ(system.write("/disk/kept", pattern(50000, 3)), 0);
  int error = 0;
  open_file* const f = system.open("/disk/file", O_RDWR, &error);
  open_file* const kept = system.open("/disk/kept", O_RDWR, &error);
  EXPECT_EQ(system.unlink("/disk/file"), 0);
  EXPECT_EQ(system.unlink("/disk/kept"), 0);
  char c = '?';
  std::uint64_t pos = 49999;
  EXPECT_EQ(f->f_op->read(*f, reinterpret_cast<std::uintptr_t>(&c), 1, pos), 1);
  EXPECT_EQ(c, pattern(50000, 3)[49999]);
  fput(*f);
  // The other one is open to the end of the machine.
  EXPECT_EQ(check_image(system.unmount()), "");
  fput(*kept);
}

TEST(Ext2Write, a_directory_grows_shrinks_and_fills_its_gaps) {
  FileSystem system(empty_image(2048, "-N 2000"));
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(system.write("/disk/a name of some length " + std::to_string(i), ""), 0);
  }
  const std::uint64_t size = system.find("/disk").node->i_data.i_size;
  for (int i = 0; i < 600; i += 2) {
    EXPECT_EQ(system.unlink("/disk/a name of some length " + std::to_string(i)), 0);
  }
  for (int i = 0; i < 600; i += 2) {
    EXPECT_EQ(system.write("/disk/A NAME OF SOME LENGTH " + std::to_string(i), ""), 0);
  }
  EXPECT_EQ(system.find("/disk").node->i_data.i_size, size);
  EXPECT_EQ(system.list("/disk").size(), 601u);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, a_directory_with_an_index) {
  const TemporaryFolder folder;
  for (int i = 0; i < 300; ++i) {
    std::ofstream(folder.path() / ("some file of the directory " + std::to_string(i))) << i;
  }
  // e2fsck -D makes the index; mke2fs -d alone does not.
  FileSystem system(make_image(folder.path(), 2048, "-O dir_index"));
  EXPECT_EQ(system.write("/disk/new", "new"), 0);
  EXPECT_EQ(system.unlink("/disk/some file of the directory 150"), 0);
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, hard_links_and_long_names) {
  FileSystem system(empty_image(1024));
  const std::string longest = "/disk/" + std::string(255, 'n');
  EXPECT_EQ(system.write(longest, "text"), 0);
  EXPECT_EQ(system.write(longest + "n", "text"), -ENAMETOOLONG);
  EXPECT_EQ(system.link(longest, "/disk/other"), 0);
  EXPECT_EQ(system.link("/disk", "/disk/loop"), -EPERM);
  EXPECT_EQ(system.unlink(longest), 0);
  EXPECT_EQ(system.read("/disk/other"), "text");
  EXPECT_EQ(check_image(system.unmount()), "");
}

TEST(Ext2Write, write_errors_reach_sync) {
  FileSystem system(empty_image(1024));
  EXPECT_EQ(system.write("/disk/file", pattern(50000, 3)), 0);
  for (std::uint64_t i = 0; i < 1024; ++i) system.disk().break_page(i);
  EXPECT_EQ(sync_filesystems(), -EIO);
  system.disk().mend();
}

// A few thousand random calls on a small device, then the same again on what is left.
class Ext2Random : public testing::TestWithParam<unsigned> {};

TEST_P(Ext2Random, calls_keep_the_tree_and_the_device_consistent) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  std::map<std::string, std::string> files;  // what must be there
  Image image = empty_image(600, "-g 256 -N 96");
  for (int round = 0; round < 3; ++round) {
    FileSystem system(image, 8u << 20);
    for (int call = 0; call < 400; ++call) {
      const std::string name = "/disk/d" + std::to_string(pick(3)) + "/f" + std::to_string(pick(9));
      const std::string other =
          "/disk/d" + std::to_string(pick(3)) + "/f" + std::to_string(pick(9));
      switch (pick(7)) {
        case 0:
          static_cast<void>(system.mkdir("/disk/d" + std::to_string(pick(3))));
          break;
        case 1: {
          const std::string content = pattern(pick(60) * 1000, pick(26));
          files.erase(name);
          const int error = system.write(name, content);
          if (error == 0) {
            files[name] = content;
          } else if (system.try_open(name, O_RDONLY) == 0) {
            files[name] = system.read(name);  // as much as fitted
          }
          break;
        }
        case 2: {
          const std::uint64_t offset = pick(400'000);
          const std::string content = pattern(pick(9000) + 1, pick(26));
          const std::int64_t written = system.write_at(name, offset, content);
          if (written >= 0) {
            std::string& expected = files[name];
            const std::uint64_t end = offset + static_cast<std::uint64_t>(written);
            if (expected.size() < end) expected.resize(end);
            expected.replace(offset, static_cast<std::size_t>(written),
                             content.substr(0, static_cast<std::size_t>(written)));
          } else if (system.try_open(name, O_RDONLY) == 0) {
            files.try_emplace(name);
          }
          break;
        }
        case 3:
          if (system.unlink(name) == 0) files.erase(name);
          break;
        case 4: {
          if (system.rename(name, other) == 0 && name != other) {
            files[other] = files[name];
            files.erase(name);
          }
          break;
        }
        case 5: {
          const std::uint64_t size = pick(300'000);
          if (system.truncate(name, size) == 0) files[name].resize(size);
          break;
        }
        default:
          static_cast<void>(system.rmdir("/disk/d" + std::to_string(pick(3))));
          break;
      }
    }
    for (const auto& [path, content] : files) {
      EXPECT_EQ(system.read(path), content) << path << " in round " << round;
    }
    image = system.unmount();
    ASSERT_EQ(check_image(image), "") << "in round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Ext2Random, testing::Range(1u, 9u));

}  // namespace
}  // namespace faultline::test
