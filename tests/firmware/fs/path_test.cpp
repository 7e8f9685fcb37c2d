// SPDX-License-Identifier: Apache-2.0
// Paths, links, and the file system in memory, which follows the same rules as ext2.

#include <gtest/gtest.h>

#include "sw/kernel/errno.h"
#include "tests/firmware/fs/file_system.h"
#include "tests/firmware/fs/surroundings.h"

namespace faultline::test {
namespace {

/// No disk worth mounting.
class Path : public testing::Test {
 protected:
  FileSystem system_{Image(16 * PAGE_SIZE)};
};

TEST_F(Path, errors_of_opening) {
  EXPECT_EQ(system_.write("/file", "text"), 0);
  EXPECT_EQ(system_.mkdir("/directory"), 0);
  EXPECT_EQ(system_.try_open("", O_RDONLY), -ENOENT);
  EXPECT_EQ(system_.try_open("/nothing", O_RDONLY), -ENOENT);
  EXPECT_EQ(system_.try_open("/nothing/file", O_RDWR | O_CREAT), -ENOENT);
  EXPECT_EQ(system_.try_open("/file/", O_RDONLY), -ENOTDIR);
  EXPECT_EQ(system_.try_open("/file/x", O_RDONLY), -ENOTDIR);
  EXPECT_EQ(system_.try_open("/file", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EXPECT_EQ(system_.try_open("/file", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  EXPECT_EQ(system_.try_open("/directory", O_RDWR), -EISDIR);
  EXPECT_EQ(system_.try_open("/directory", O_RDONLY | O_CREAT), -EISDIR);
  EXPECT_EQ(system_.try_open("/new/", O_RDWR | O_CREAT), -EISDIR);
  EXPECT_EQ(system_.try_open("/directory/", O_RDONLY), 0);
  EXPECT_EQ(system_.try_open("//directory/.././file", O_RDONLY), 0);
  EXPECT_EQ(system_.try_open("/" + std::string(256, 'n'), O_RDONLY | O_CREAT), -ENAMETOOLONG);
}

TEST_F(Path, links_are_followed_where_linux_follows_them) {
  EXPECT_EQ(system_.mkdir("/directory"), 0);
  EXPECT_EQ(system_.write("/directory/file", "text"), 0);
  EXPECT_EQ(system_.symlink("/link", "directory/file"), 0);
  EXPECT_EQ(system_.symlink("/directory/up", "../directory/."), 0);
  EXPECT_EQ(system_.symlink("/loop", "/loop"), 0);
  EXPECT_EQ(system_.symlink("/dangling", "directory/made"), 0);
  EXPECT_EQ(system_.read("/link"), "text");
  EXPECT_EQ(system_.read("/directory/up/up/file"), "text");
  EXPECT_EQ(system_.try_open("/link", O_RDONLY | O_NOFOLLOW), -ELOOP);
  EXPECT_EQ(system_.try_open("/loop", O_RDONLY), -ELOOP);
  EXPECT_EQ(system_.try_open("/loop/file", O_RDONLY), -ELOOP);
  EXPECT_EQ(system_.try_open("/dangling", O_RDONLY), -ENOENT);
  EXPECT_EQ(system_.try_open("/dangling", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  EXPECT_EQ(system_.write("/dangling", "through the link"), 0);
  EXPECT_EQ(system_.read("/directory/made"), "through the link");
  EXPECT_TRUE(system_.find("/link", false).node->is(S_IFLNK));
  EXPECT_EQ(system_.unlink("/link"), 0);
  EXPECT_EQ(system_.read("/directory/file"), "text");
}

TEST_F(Path, directories_have_their_rules) {
  EXPECT_EQ(system_.mkdir("/a"), 0);
  EXPECT_EQ(system_.mkdir("/a/"), -EEXIST);
  EXPECT_EQ(system_.mkdir("/"), -EEXIST);
  EXPECT_EQ(system_.mkdir("/a/b/"), 0);
  EXPECT_EQ(system_.rmdir("/a"), -ENOTEMPTY);
  EXPECT_EQ(system_.rmdir("/a/b/."), -EINVAL);
  EXPECT_EQ(system_.rmdir("/a/b/.."), -ENOTEMPTY);
  EXPECT_EQ(system_.rmdir("/"), -EBUSY);
  EXPECT_EQ(system_.unlink("/a"), -EISDIR);
  EXPECT_EQ(system_.rename("/a", "/a/b/c"), -EINVAL);
  EXPECT_EQ(system_.rename("/a/b", "/a"), -ENOTEMPTY);
  const lookup_result b = system_.find("/a/b");
  EXPECT_EQ(system_.rename("/a/b", "/c"), 0);
  char path[kPathMax];
  EXPECT_EQ(directory_path(*b.node, path), 3);
  EXPECT_STREQ(path, "/c");
  EXPECT_EQ(system_.find("/a").node->i_nlink, 2u);
  EXPECT_EQ(system_.rmdir("/c"), 0);
  EXPECT_EQ(directory_path(*b.node, path), -ENOENT);
  EXPECT_EQ(vfs_mkdir(*b.node, "inside", 0755), -ENOENT);
}

TEST_F(Path, files_in_memory_give_their_pages_back) {
  EXPECT_EQ(system_.mkdir("/tmp"), 0);
  const std::uint64_t before = Machine::settled_free_pages();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(system_.write("/tmp/file", std::string(300'000, 'x')), 0);
    EXPECT_EQ(system_.write_at("/tmp/file", 1'000'000, "far"), 3);
    EXPECT_EQ(system_.read("/tmp/file").substr(999'998), std::string("\0\0far", 5));
    EXPECT_EQ(system_.link("/tmp/file", "/tmp/other"), 0);
    EXPECT_EQ(system_.unlink("/tmp/file"), 0);
    EXPECT_EQ(system_.truncate("/tmp/other", 5), 0);
    EXPECT_EQ(system_.read("/tmp/other"), "xxxxx");
    EXPECT_EQ(system_.unlink("/tmp/other"), 0);
  }
  EXPECT_EQ(Machine::settled_free_pages(), before);
}

TEST_F(Path, appending_and_positions) {
  EXPECT_EQ(system_.write("/file", "one"), 0);
  int error = 0;
  open_file* const f = system_.open("/file", O_RDWR | O_APPEND, &error);
  ASSERT_NE(f, nullptr);
  const std::string two = "two";
  EXPECT_EQ(f->f_op->write(*f, reinterpret_cast<std::uintptr_t>(two.data()), 3, f->pos), 3);
  EXPECT_EQ(f->pos, 6u);
  char path[kPathMax];
  EXPECT_EQ(file_path(*f, path), 6);
  EXPECT_STREQ(path, "/file");
  fput(*f);
  EXPECT_EQ(system_.read("/file"), "onetwo");
}

}  // namespace
}  // namespace faultline::test
