// SPDX-License-Identifier: Apache-2.0
#pragma once

// Images of the ext2 file system, made and examined through libext2fs. The same entries give the
// same bytes: sorted names, fixed times, UUID and hash seed, owner root, contents laid out one file
// after the other. Features: filetype, sparse_super, large_file; 4 KiB blocks, 256-byte inodes.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/dev/disk_medium.h"
#include "platform/disk/folder.h"
#include "platform/loader/load_error.h"

namespace faultline {

/// A file system with `entries`, and room for at least `free_bytes` more of file content. An entry
/// of a path that an earlier one has takes its place. Throws LoadError for a path that is none, a
/// file in the place of a directory, contents that cannot be read.
[[nodiscard]] std::unique_ptr<DiskMedium> make_ext2_image(std::vector<DiskEntry> entries,
                                                          std::uint64_t free_bytes);

/// Throws LoadError, naming `name`, the place and what is allowed, unless `medium` holds an ext2
/// file system that the guest can use: magic, revision, block and inode size, features, sizes that
/// fit the medium, consistent group descriptors and a root directory.
void check_ext2_image(const DiskMedium& medium, const std::string& name);

/// The sectors of the content of the file at `path`, as {first, count}, in the file's order. Throws
/// LoadError if there is no such regular file.
struct SectorRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool operator==(const SectorRange&) const = default;
};
[[nodiscard]] std::vector<SectorRange> sectors_of_file(const DiskMedium& medium,
                                                       const std::string& path);

}  // namespace faultline
