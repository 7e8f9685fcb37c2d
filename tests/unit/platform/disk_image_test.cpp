// SPDX-License-Identifier: Apache-2.0
// Images of disks: made from folders and made-up files, taken from files, checked, and kept.
// e2fsprogs' own programs are the judges of what was made.

#include "platform/disk/disk_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>

#include "platform/config/generated_file.h"
#include "platform/disk/ext2_image.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DiskImageTest : public ::testing::Test {
 protected:
  fs::path folder_ = fs::path(::testing::TempDir()) / "faultline_disk_image";

  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "source/data/deep");
    put("source/hello", "hello\n");
    put("source/empty", "");
    put("source/data/deep/large", std::string(5'000'000, 'x'));  // with blocks of pointers
    put("source/program", "#!");
    fs::permissions(folder_ / "source/program", fs::perms::owner_all);
    fs::create_symlink("../hello", folder_ / "source/data/link");
    fs::create_symlink(std::string(100, 'l'), folder_ / "source/long_link");
    for (int i = 0; i < 300; ++i) {
      put("source/data/a_name_that_fills_the_directory_" + std::to_string(i), std::to_string(i));
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  [[nodiscard]] std::string read(const fs::path& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] DiskConfig config() const {
    DiskConfig config;
    config.source = folder_ / "source";
    return config;
  }
  /// The medium as a file.
  [[nodiscard]] fs::path keep(const DiskMedium& medium, const char* name = "image") const {
    write_disk_image(medium, folder_ / name);
    return folder_ / name;
  }
  /// The exit status of a command of the shell.
  static int shell(const std::string& command) {
    const int status = std::system((command + " > /dev/null 2>&1").c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static std::string complaint(const std::function<void()>& action) {
    try {
      action();
    } catch (const LoadError& e) {
      return e.what();
    }
    return "";
  }
  /// What is said of an image whose bytes were changed.
  [[nodiscard]] std::string complaint_about(const std::function<void(DiskMedium&)>& damage) const {
    const auto medium = make_disk(config());
    damage(*medium);
    return complaint([&] { check_ext2_image(*medium, "disk.img"); });
  }
};

TEST_F(DiskImageTest, is_clean_and_holds_what_the_folder_held) {
  const fs::path image = keep(*make_disk(config()));
  EXPECT_EQ(shell("e2fsck -fn " + image.string()), 0);
  const fs::path out = folder_ / "out";
  fs::create_directory(out);
  ASSERT_EQ(shell("debugfs -R 'rdump / " + out.string() + "' " + image.string()), 0);
  fs::remove(out / "lost+found");
  EXPECT_EQ(shell("diff -r --no-dereference " + (folder_ / "source").string() + " " + out.string()),
            0);
  EXPECT_NE(fs::status(out / "program").permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(DiskImageTest, the_same_folder_gives_the_same_bytes) {
  const auto first = make_disk(config());
  const auto second = make_disk(config());
  ASSERT_EQ(first->bytes(), second->bytes());
  EXPECT_EQ(std::memcmp(first->data(), second->data(), first->bytes()), 0);
}

TEST_F(DiskImageTest, has_the_room_that_was_asked_for) {
  DiskConfig large = config();
  large.free_bytes = 300 << 20;  // several block groups
  const fs::path image = keep(*make_disk(large));
  EXPECT_EQ(shell("e2fsck -fn " + image.string()), 0);
  std::ofstream(folder_ / "filler") << std::string(large.free_bytes, 'f');
  EXPECT_EQ(
      shell("debugfs -w -R 'write " + (folder_ / "filler").string() + " filler' " + image.string()),
      0);
  EXPECT_EQ(shell("e2fsck -fn " + image.string()), 0);
  EXPECT_EQ(shell("debugfs -R 'dump filler " + (folder_ / "back").string() + "' " + image.string()),
            0);
  EXPECT_EQ(fs::file_size(folder_ / "back"), large.free_bytes);
}

TEST_F(DiskImageTest, files_and_made_up_files_join_and_replace) {
  put("other", "other\n");
  DiskConfig mixed = config();
  mixed.files = {{.host = folder_ / "other", .guest = "/hello"}};
  mixed.generate = {{.path = "/made/up/table", .size_bytes = 10'000, .seed = 3}};
  const fs::path image = keep(*make_disk(mixed));
  EXPECT_EQ(
      shell("debugfs -R 'dump /hello " + (folder_ / "hello").string() + "' " + image.string()), 0);
  EXPECT_EQ(read("hello"), "other\n");
  ASSERT_EQ(shell("debugfs -R 'dump /made/up/table " + (folder_ / "table").string() + "' " +
                  image.string()),
            0);
  const auto expected = generate_bytes(mixed.generate.front());
  EXPECT_EQ(read("table"), std::string(expected.begin(), expected.end()));
}

TEST_F(DiskImageTest, no_disk_unless_something_is_on_it) {
  EXPECT_EQ(make_disk({}), nullptr);
  DiskConfig out;
  out.out = folder_ / "out";
  EXPECT_THAT(complaint([&] { (void)make_disk(out); }),
              HasSubstr("disk.out: is not allowed without a disk"));
  EXPECT_EQ(make_swap({}), nullptr);
}

TEST_F(DiskImageTest, an_image_is_taken_as_it_is_and_never_changed) {
  const fs::path image = keep(*make_disk(config()));
  const std::string before = read("image");
  DiskConfig from_image;
  from_image.source = image;
  const auto medium = make_disk(from_image);
  ASSERT_EQ(medium->bytes(), before.size());
  EXPECT_EQ(std::memcmp(medium->data(), before.data(), before.size()), 0);
  medium->data()[5000] = 'x';
  EXPECT_EQ(read("image"), before);
  from_image.generate = {{.path = "/x", .size_bytes = 1}};
  EXPECT_THAT(complaint([&] { (void)make_disk(from_image); }),
              HasSubstr("disk.generate: not allowed while disk.source is an image"));
  EXPECT_THAT(complaint([&] { require_writable_image(image, image); }), HasSubstr("never changed"));
  EXPECT_EQ(complaint([&] { require_writable_image(folder_ / "new", image); }), "");
  EXPECT_FALSE(fs::exists(folder_ / "new"));
  EXPECT_THAT(complaint([&] { require_writable_image(folder_ / "no/where", image); }),
              HasSubstr("No such file"));
  for (const fs::path& other : {folder_ / "source", fs::path("/dev/null")}) {
    EXPECT_THAT(complaint([&] { require_writable_image(other, image); }),
                HasSubstr("a file, or a path where nothing is"));
  }
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(DiskImageTest, takes_what_mke2fs_makes_as_it_is_told) {
  const std::string image = (folder_ / "made").string();
  ASSERT_EQ(
      shell("mke2fs -q -t ext2 -b 4096 -O none,filetype,sparse_super,large_file " + image + " 8M"),
      0);
  DiskConfig made;
  made.source = image;
  EXPECT_NE(make_disk(made), nullptr);
  ASSERT_EQ(shell("mke2fs -q -F -t ext4 " + image + " 8M"), 0);
  EXPECT_THAT(complaint([&] { (void)make_disk(made); }), HasSubstr("allowed: "));
}

TEST_F(DiskImageTest, damage_is_named_with_its_place) {
  const auto poke16 = [](std::uint64_t at, std::uint16_t value) {
    return [=](DiskMedium& medium) { std::memcpy(medium.data() + at, &value, sizeof value); };
  };
  EXPECT_EQ(complaint_about([](DiskMedium&) {}), "");
  EXPECT_EQ(
      complaint_about(poke16(1024 + 56, 0x1234)),
      "disk.img: the magic number (byte 1080) is 0x1234; allowed: 0xef53, an ext2 file system");
  EXPECT_THAT(complaint_about(poke16(1024 + 24, 0)),
              HasSubstr("the block size (byte 1048) is 1 KiB << 0; allowed: 1 KiB << 2"));
  EXPECT_THAT(complaint_about(poke16(1024 + 96, 0x42)),
              HasSubstr("incompatible features (byte 1120) is 0x42; allowed: filetype only"));
  EXPECT_THAT(complaint_about(poke16(1024 + 92, 0x20)), HasSubstr("compatible features"));
  EXPECT_THAT(complaint_about(poke16(1024 + 88, 100)), HasSubstr("the inode size (byte 1112)"));
  EXPECT_THAT(complaint_about(poke16(1024 + 58, 0)), HasSubstr("e2fsck mends it"));
  EXPECT_THAT(complaint_about(poke16(1024 + 4, 0xffff)), HasSubstr("is cut off: "));
  EXPECT_THAT(complaint_about([](DiskMedium& m) { std::memset(m.data() + 4096, 0xff, 32); }),
              HasSubstr("disk.img"))
      << "group descriptors";
  const DiskMedium tiny(1024);
  EXPECT_THAT(complaint([&] { check_ext2_image(tiny, "tiny"); }), HasSubstr("has 1024 bytes"));
}

TEST_F(DiskImageTest, refuses_what_is_no_file_folder_or_link) {
  ASSERT_EQ(::mkfifo((folder_ / "source/pipe").c_str(), 0644), 0);
  EXPECT_THAT(complaint([&] { (void)make_disk(config()); }),
              HasSubstr("source/pipe: cannot be put on a disk"));
  DiskConfig nowhere;
  nowhere.source = folder_ / "nowhere";
  EXPECT_THAT(complaint([&] { (void)make_disk(nowhere); }),
              HasSubstr("is not allowed: a folder or an ext2 image of this host"));
  fs::create_symlink("loop", folder_ / "loop");
  for (const std::string& unknown : {(folder_ / "loop").string(), std::string(300, 'n')}) {
    nowhere.source = unknown;
    EXPECT_THAT(complaint([&] { (void)make_disk(nowhere); }), HasSubstr("disk.source: "));
    DiskConfig files;
    files.files = {{.host = unknown, .guest = "/x"}};
    EXPECT_THAT(complaint([&] { (void)make_disk(files); }), HasSubstr("disk.files: "));
  }
  put("odd", std::string(1000, 'x'));
  nowhere.source = folder_ / "odd";
  EXPECT_THAT(complaint([&] { (void)make_disk(nowhere); }), HasSubstr("a multiple of 512"));
}

TEST_F(DiskImageTest, a_file_has_no_files_below_it_and_paths_are_plain) {
  DiskConfig odd = config();
  odd.generate = {{.path = "/hello/below", .size_bytes = 1}};
  EXPECT_EQ(complaint([&] { (void)make_disk(odd); }),
            "disk path \"/hello\": is a file and has files below it");
  odd.generate = {{.path = "/../x", .size_bytes = 1}};
  EXPECT_THAT(complaint([&] { (void)make_disk(odd); }), HasSubstr("disk path \"/../x\""));
  odd.generate = {{.path = "/" + std::string(255, 'n'), .size_bytes = 1}};
  EXPECT_EQ(shell("e2fsck -fn " + keep(*make_disk(odd)).string()), 0);
  for (const std::size_t length : {256, 5000}) {
    odd.generate = {{.path = "/" + std::string(length, 'n'), .size_bytes = 1}};
    EXPECT_THAT(complaint([&] { (void)make_disk(odd); }), HasSubstr("more than 255 bytes"));
  }
}

TEST_F(DiskImageTest, what_the_host_cannot_hold_is_refused) {
  DiskConfig large = config();
  large.free_bytes = std::uint64_t{3} << 40;
  EXPECT_THAT(complaint([&] { (void)make_disk(large); }), HasSubstr("are not allowed: at most "));
  large = config();
  large.generate = {{.path = "/x", .size_bytes = (std::uint64_t{16} << 30) + 1}};
  EXPECT_THAT(complaint([&] { (void)make_disk(large); }),
              HasSubstr("a made-up file of at most 16GiB"));
}

TEST_F(DiskImageTest, bad_files_are_bad_where_their_content_lies) {
  DiskConfig bad = config();
  bad.bad_files = {"/data/deep/large"};
  bad.bad_sectors = {1};
  const auto medium = make_disk(bad);
  std::uint64_t sectors = 0;
  for (const SectorRange& range : sectors_of_file(*medium, "/data/deep/large")) {
    for (std::uint64_t i = 0; i < range.count; ++i) {
      EXPECT_TRUE(medium->is_bad(range.first + i, 1));
      EXPECT_EQ(medium->data()[(range.first + i) * 512], sectors + i < 9766 ? 'x' : 0);
    }
    sectors += range.count;
  }
  EXPECT_EQ(sectors, (5'000'000 + 4095) / 4096 * 8);
  EXPECT_TRUE(medium->is_bad(1, 1));
  const auto hello = sectors_of_file(*medium, "/data/link");  // a link is followed
  ASSERT_EQ(hello.size(), 1U);
  EXPECT_FALSE(medium->is_bad(hello[0].first, hello[0].count));
  bad.bad_files = {"/data/nothing"};
  EXPECT_THAT(complaint([&] { (void)make_disk(bad); }), HasSubstr("disk file /data/nothing: "));
  bad.bad_files = {"/data"};
  EXPECT_EQ(complaint([&] { (void)make_disk(bad); }), "disk file /data is no regular file");
  bad.bad_files = {};
  bad.bad_sectors = {std::uint64_t{1} << 40};
  EXPECT_THAT(complaint([&] { (void)make_disk(bad); }), HasSubstr("disk.bad_sectors"));
}

TEST_F(DiskImageTest, a_swap_area_has_linux_header) {
  const auto swap = make_swap({.size_bytes = 1 << 20, .bad_pages = {7}});
  ASSERT_EQ(swap->bytes(), 1U << 20);
  EXPECT_EQ(std::memcmp(swap->data() + 4086, "SWAPSPACE2", 10), 0);
  std::uint32_t info[3] = {};
  std::memcpy(info, swap->data() + 1024, sizeof info);
  EXPECT_THAT(info, ::testing::ElementsAre(1, 255, 0));
  EXPECT_TRUE(swap->is_bad(56, 8));
  EXPECT_FALSE(swap->is_bad(0, 56));
  EXPECT_FALSE(swap->is_bad(64, 192));
}

TEST_F(DiskImageTest, what_is_kept_is_sparse_and_equal) {
  DiskMedium medium(256 << 20);
  medium.data()[100 << 20] = 'x';
  medium.data()[medium.bytes() - 1] = 'y';
  const fs::path file = keep(medium, "sparse");
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(info.st_size), medium.bytes());
  EXPECT_LT(info.st_blocks * 512, 1 << 20);
  std::ifstream in(file, std::ios::binary);
  in.seekg(100 << 20);
  EXPECT_EQ(in.get(), 'x');
  EXPECT_EQ(in.get(), 0);
  in.seekg(-1, std::ios::end);
  EXPECT_EQ(in.get(), 'y');
}

}  // namespace
}  // namespace faultline
