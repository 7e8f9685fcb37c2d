// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Bytes = std::vector<unsigned char>;

Bytes text(const std::string& s) {
  return {s.begin(), s.end()};
}

/// One member, read by the format's definition: a header of 13 fields of 8 hexadecimal digits after
/// the magic, the name, the content, each padded to 4 bytes.
struct Member {
  std::string name;
  unsigned mode = 0;
  unsigned time = 0;
  unsigned inode = 0;
  std::string content;
};

std::vector<Member> read_newc(const Bytes& image) {
  std::vector<Member> members;
  std::size_t at = 0;
  const auto field = [&](unsigned number) {
    const std::string digits(image.begin() + static_cast<std::ptrdiff_t>(at + 6 + number * 8),
                             image.begin() + static_cast<std::ptrdiff_t>(at + 14 + number * 8));
    return static_cast<unsigned>(std::stoul(digits, nullptr, 16));
  };
  const auto slice = [&](std::size_t from, std::size_t length) {
    return std::string(image.begin() + static_cast<std::ptrdiff_t>(from),
                       image.begin() + static_cast<std::ptrdiff_t>(from + length));
  };
  while (at + 110 <= image.size()) {
    EXPECT_EQ(slice(at, 6), "070701");
    const std::size_t name_bytes = field(11);
    const std::size_t size = field(6);
    Member member{slice(at + 110, name_bytes - 1), field(1), field(5), field(0), ""};
    const std::size_t content = (at + 110 + name_bytes + 3) / 4 * 4;
    member.content = slice(content, size);
    at = (content + size + 3) / 4 * 4;
    if (member.name == "TRAILER!!!") break;
    members.push_back(std::move(member));
  }
  return members;
}

std::vector<std::string> names(const std::vector<Member>& members) {
  std::vector<std::string> result;
  for (const Member& m : members) result.push_back(m.name);
  return result;
}

TEST(archive, holds_files_and_the_directories_above_them) {
  const auto members = read_newc(make_initial_archive(
      {{"/bin/tool/init", text("run"), 0755}, {"data", text("12345"), 0600}, {"empty", Bytes{}}}));
  ASSERT_THAT(names(members), ElementsAre("bin", "bin/tool", "bin/tool/init", "data", "empty"));
  EXPECT_EQ(members[0].mode, 0040755U);
  EXPECT_EQ(members[2].mode, 0100755U);
  EXPECT_EQ(members[2].content, "run");
  EXPECT_EQ(members[3].mode, 0100600U);
  EXPECT_EQ(members[3].content, "12345");
  EXPECT_EQ(members[4].content, "");
}

TEST(archive, takes_content_from_files_of_the_host) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "faultline_archive_test";
  std::ofstream(path, std::ios::binary) << "from the host";
  const auto members = read_newc(make_initial_archive({{"file", path}}));
  std::filesystem::remove(path);
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].content, "from the host");
}

TEST(archive, is_the_same_for_the_same_entries_in_any_order) {
  std::vector<ArchiveEntry> entries = {{"b", text("2")}, {"a/x", text("1")}, {"a-b", text("3")}};
  const Bytes first = make_initial_archive(entries);
  std::reverse(entries.begin(), entries.end());
  EXPECT_EQ(make_initial_archive(entries), first);
  for (const Member& member : read_newc(first)) EXPECT_EQ(member.time, 0U);
}

TEST(archive, gives_every_member_an_inode_of_its_own) {
  const auto members = read_newc(make_initial_archive({{"a", text("1")}, {"b", text("2")}}));
  EXPECT_NE(members.at(0).inode, members.at(1).inode);
}

std::string refusal(const std::vector<ArchiveEntry>& entries) {
  try {
    (void)make_initial_archive(entries);
  } catch (const LoadError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(archive, refuses_paths_that_are_none_and_files_that_are_not_there) {
  EXPECT_THAT(refusal({{"", Bytes{}}}), HasSubstr("no file name"));
  EXPECT_THAT(refusal({{"///", Bytes{}}}), HasSubstr("no file name"));
  EXPECT_THAT(refusal({{"a/../b", Bytes{}}}), HasSubstr("\"a/../b\""));
  EXPECT_THAT(refusal({{"a//b", Bytes{}}}), HasSubstr("an empty part"));
  EXPECT_EQ(refusal({{"a/" + std::string(255, 'b'), Bytes{}}}), "accepted");
  EXPECT_THAT(refusal({{"a/" + std::string(256, 'b'), Bytes{}}}), HasSubstr("more than 255 bytes"));
  EXPECT_THAT(refusal({{"a", Bytes{}}, {"/a", Bytes{}}}), HasSubstr("occurs twice"));
  EXPECT_THAT(refusal({{"a", Bytes{}}, {"a/b", Bytes{}}}), HasSubstr("\"a\" is a file"));
  EXPECT_THAT(refusal({{"a", std::filesystem::path("/nonexistent/file")}}),
              HasSubstr("/nonexistent/file: cannot be read"));
}

}  // namespace
}  // namespace faultline
