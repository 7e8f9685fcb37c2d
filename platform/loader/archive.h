// SPDX-License-Identifier: Apache-2.0
#pragma once

// The initial archive: a cpio image of format "newc", as Linux takes it for an initial file system.
// The same entries give the same bytes: sorted by path, fixed times, owner root, no host inode
// numbers.

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "platform/loader/load_error.h"

namespace faultline {

/// One file of the archive.
struct ArchiveEntry {
  std::string guest_path;  ///< "bin/init" or "/bin/init"; directories on the way are added
  /// Its content: a file of the host, or the bytes themselves.
  std::variant<std::filesystem::path, std::vector<unsigned char>> content;
  unsigned mode = 0644;  ///< permission bits
};

/// The archive's bytes. Throws LoadError if a file cannot be read, or a path is empty, contains
/// ".." or occurs twice.
[[nodiscard]] std::vector<unsigned char> make_initial_archive(
    const std::vector<ArchiveEntry>& entries);

}  // namespace faultline
