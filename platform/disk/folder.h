// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is to be on a disk, before it has a form: files, directories and links by their paths.

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "platform/loader/load_error.h"

namespace faultline {

/// One name on the disk. Directories on the way to it are added.
struct DiskEntry {
  struct Directory {};
  struct Link {
    std::string target;
  };
  std::string path;  ///< in the file system: "/data/table", parts joined by single slashes
  /// A file of the host, the bytes of a file, a directory, or a symbolic link.
  std::variant<std::filesystem::path, std::vector<unsigned char>, Directory, Link> content;
  unsigned mode = 0644;  ///< permission bits; links have 0777
};

/// Everything in the folder `root`, as entries. Permissions are 0755 for directories and for files
/// that their owner may execute, else 0644. Throws LoadError for what cannot be read, and for
/// anything that is no file, directory or symbolic link.
[[nodiscard]] std::vector<DiskEntry> read_folder(const std::filesystem::path& root);

}  // namespace faultline
