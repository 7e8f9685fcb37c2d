// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/cpio.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Member {
  const char* name;
  unsigned type;
  unsigned permissions;
  std::string content;
};

/// An archive of format newc made by libarchive.
Bytes make_archive(const std::vector<Member>& members) {
  Bytes bytes(1 << 20);
  std::size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_cpio_newc(writer);
  archive_write_set_bytes_per_block(writer, 0);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const Member& member : members) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name);
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, member.permissions);
    if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.content.c_str());
    const std::size_t size = member.type == AE_IFREG ? member.content.size() : 0;
    archive_entry_set_size(entry, static_cast<la_int64_t>(size));
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    if (member.type == AE_IFREG) {
      archive_write_data(writer, member.content.data(), member.content.size());
    }
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

std::string text_of(const lib::CpioEntry& entry) {
  return {entry.data.begin(), entry.data.end()};
}

TEST(Cpio, members_come_in_order_with_name_mode_and_content) {
  const Bytes archive = make_archive({{"bin", AE_IFDIR, 0755, ""},
                                      {"bin/a", AE_IFREG, 0755, "content"},
                                      {"bin/empty", AE_IFREG, 0644, ""},
                                      {"bin/link", AE_IFLNK, 0777, "a"}});
  lib::CpioReader reader(archive);
  lib::CpioEntry entry;
  ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
  EXPECT_EQ(entry.name, "bin");
  EXPECT_EQ(entry.mode, 0040755u);
  ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
  EXPECT_EQ(entry.name, "bin/a");
  EXPECT_EQ(entry.mode, 0100755u);
  EXPECT_EQ(text_of(entry), "content");
  ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
  EXPECT_EQ(entry.name, "bin/empty");
  EXPECT_TRUE(entry.data.empty());
  ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
  EXPECT_EQ(entry.mode, 0120777u);
  EXPECT_EQ(text_of(entry), "a");
  EXPECT_EQ(reader.next(entry), lib::CpioStatus::kEnd);
}

TEST(Cpio, every_length_of_name_and_content_is_padded_rightly) {
  for (std::size_t size = 1; size <= 9; ++size) {
    const std::string name(size, 'n');
    const std::string content(10 - size, 'c');
    const Bytes archive =
        make_archive({{name.c_str(), AE_IFREG, 0644, content}, {"z", AE_IFREG, 0644, "z"}});
    lib::CpioReader reader(archive);
    lib::CpioEntry entry;
    ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
    EXPECT_EQ(entry.name, name);
    EXPECT_EQ(text_of(entry), content);
    ASSERT_EQ(reader.next(entry), lib::CpioStatus::kEntry);
    EXPECT_EQ(text_of(entry), "z");
  }
}

TEST(Cpio, archive_cut_anywhere_is_truncated) {
  const Bytes archive = make_archive({{"name", AE_IFREG, 0644, std::string(100, 'x')}});
  const std::size_t trailer = std::string("TRAILER!!!").size();
  const auto* const found = static_cast<const std::uint8_t*>(
      memmem(archive.data(), archive.size(), "TRAILER!!!", trailer));
  ASSERT_NE(found, nullptr);
  const auto whole = static_cast<std::size_t>(found - archive.data()) + trailer + 1;
  for (std::size_t size = 0; size < whole; ++size) {
    lib::CpioReader reader(std::span<const std::uint8_t>(archive).first(size));
    lib::CpioEntry entry;
    lib::CpioStatus status = reader.next(entry);
    if (status == lib::CpioStatus::kEntry) status = reader.next(entry);
    EXPECT_EQ(status, lib::CpioStatus::kTruncated) << "cut to " << size;
  }
}

TEST(Cpio, other_formats_are_refused) {
  Bytes archive = make_archive({{"name", AE_IFREG, 0644, "x"}});
  lib::CpioEntry entry;
  archive[5] = '7';
  EXPECT_EQ(lib::CpioReader(archive).next(entry), lib::CpioStatus::kBadHeader);
  archive[5] = '1';
  archive[6] = 'g';
  EXPECT_EQ(lib::CpioReader(archive).next(entry), lib::CpioStatus::kBadHeader);
}

}  // namespace
