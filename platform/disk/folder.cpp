// SPDX-License-Identifier: Apache-2.0
#include "platform/disk/folder.h"

#include <fmt/format.h>

namespace faultline {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kPlain = 0644;
constexpr unsigned kExecutable = 0755;

DiskEntry entry_of(const fs::directory_entry& found, const fs::path& root) {
  const std::string path = "/" + found.path().lexically_relative(root).string();
  switch (found.symlink_status().type()) {
    case fs::file_type::directory:
      return {.path = path, .content = DiskEntry::Directory{}, .mode = kExecutable};
    case fs::file_type::symlink:
      return {.path = path, .content = DiskEntry::Link{fs::read_symlink(found.path()).string()}};
    case fs::file_type::regular: {
      const bool executable =
          (found.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      return {.path = path, .content = found.path(), .mode = executable ? kExecutable : kPlain};
    }
    default:
      throw LoadError(
          fmt::format("{}: cannot be put on a disk; allowed: files, directories and symbolic links",
                      found.path().string()));
  }
}

}  // namespace

std::vector<DiskEntry> read_folder(const fs::path& root) {
  std::vector<DiskEntry> entries;
  try {
    for (const fs::directory_entry& found : fs::recursive_directory_iterator(root)) {
      entries.push_back(entry_of(found, root));
    }
  } catch (const fs::filesystem_error& e) {
    throw LoadError(fmt::format("{}: cannot be read: {}", e.path1().string(), e.code().message()));
  }
  return entries;
}

}  // namespace faultline
