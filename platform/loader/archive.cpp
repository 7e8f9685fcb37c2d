// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "platform/loader/guest_path.h"

namespace faultline {

namespace {

using Bytes = std::vector<unsigned char>;

struct WriterEnd {
  void operator()(::archive* writer) const { archive_write_free(writer); }
};
struct EntryEnd {
  void operator()(::archive_entry* entry) const { archive_entry_free(entry); }
};

/// What goes into the archive under one path; no bytes: a directory.
struct Node {
  const ArchiveEntry* file = nullptr;
};

/// Every file by its path, and the directories above them.
std::map<std::string, Node> arrange(const std::vector<ArchiveEntry>& entries) {
  std::map<std::string, Node> nodes;
  for (const ArchiveEntry& entry : entries) {
    if (!nodes.emplace(plain_guest_path(entry.guest_path, "archive"), Node{&entry}).second) {
      throw LoadError(fmt::format("archive path \"{}\" occurs twice", entry.guest_path));
    }
  }
  for (const ArchiveEntry& entry : entries) {
    std::string path = plain_guest_path(entry.guest_path, "archive");
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/')) {
      path.resize(slash);
      const Node& above = nodes[path];
      if (above.file == nullptr) continue;
      throw LoadError(fmt::format("archive path \"{}\": \"{}\" is a file, not a directory",
                                  entry.guest_path, above.file->guest_path));
    }
  }
  return nodes;
}

Bytes content_of(const ArchiveEntry& entry) {
  if (const auto* bytes = std::get_if<Bytes>(&entry.content)) return *bytes;
  const auto& path = std::get<std::filesystem::path>(entry.content);
  std::ifstream in;
  if (std::filesystem::is_regular_file(path)) in.open(path, std::ios::binary);
  if (!in.is_open()) {
    throw LoadError(
        fmt::format("{}: cannot be read (for the archive's {})", path.string(), entry.guest_path));
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

la_ssize_t append(::archive* /*writer*/, void* sink, const void* data, std::size_t bytes) {
  const auto* begin = static_cast<const unsigned char*>(data);
  auto& image = *static_cast<Bytes*>(sink);
  image.insert(image.end(), begin, begin + bytes);
  return static_cast<la_ssize_t>(bytes);
}

/// Writes a newc archive into memory.
class ImageWriter {
 public:
  ImageWriter() : writer_(archive_write_new()) {
    require(archive_write_set_format_cpio_newc(writer_.get()));
    require(archive_write_set_bytes_in_last_block(writer_.get(), 1));  // no padding
    require(archive_write_open(writer_.get(), &image_, nullptr, append, nullptr));
  }

  void directory(const std::string& path) { header(path, AE_IFDIR, 0755, 0); }
  void file(const std::string& path, unsigned mode, const Bytes& content) {
    header(path, AE_IFREG, mode, content.size());
    const la_ssize_t written = archive_write_data(writer_.get(), content.data(), content.size());
    if (written != static_cast<la_ssize_t>(content.size())) fail();
  }
  Bytes finish() {
    require(archive_write_close(writer_.get()));
    return std::move(image_);
  }

 private:
  void header(const std::string& path, unsigned type, unsigned mode, std::size_t bytes) {
    const std::unique_ptr<::archive_entry, EntryEnd> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), mode);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
    archive_entry_set_nlink(entry.get(), type == AE_IFDIR ? 2 : 1);
    archive_entry_set_ino64(entry.get(), ++inode_);
    archive_entry_set_mtime(entry.get(), 0, 0);
    require(archive_write_header(writer_.get(), entry.get()));
  }
  void require(int result) {
    if (result != ARCHIVE_OK) fail();
  }
  [[noreturn]] void fail() {
    throw LoadError(
        fmt::format("cannot write the archive: {}", archive_error_string(writer_.get())));
  }

  Bytes image_;
  std::unique_ptr<::archive, WriterEnd> writer_;
  la_int64_t inode_ = 0;
};

}  // namespace

std::vector<unsigned char> make_initial_archive(const std::vector<ArchiveEntry>& entries) {
  ImageWriter writer;
  for (const auto& [path, node] : arrange(entries)) {
    if (node.file == nullptr) {
      writer.directory(path);
    } else {
      writer.file(path, node.file->mode, content_of(*node.file));
    }
  }
  return writer.finish();
}

}  // namespace faultline
