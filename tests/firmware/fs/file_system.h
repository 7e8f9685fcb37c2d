// SPDX-License-Identifier: Apache-2.0
#pragma once

// A kernel with its files in these tests: the root in memory, and an ext2 image on a device at
// /disk. Paths are absolute, results those of the system calls.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sw/kernel/fs/file.h"
#include "tests/firmware/fs/image.h"
#include "tests/firmware/mm/disk.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {

class FileSystem {
 public:
  /// Starts the kernel with `image` as its disk, and mounts it.
  explicit FileSystem(const Image& image, std::uint64_t ram_bytes = 32u << 20);

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] bool mounted();
  /// What the device holds now.
  [[nodiscard]] Image image();
  /// Unmounts and returns what the device holds then.
  [[nodiscard]] Image unmount();

  /// Opens a file; null: `error` says why. fput() closes it.
  [[nodiscard]] open_file* open(std::string_view path, unsigned flags, int* error = nullptr);
  /// Result of opening: 0 or -errno.
  [[nodiscard]] int try_open(std::string_view path, unsigned flags);
  /// Writes all of a file anew; 0 or -errno.
  [[nodiscard]] int write(std::string_view path, std::string_view content);
  /// Writes at an offset of an existing or new file: bytes or -errno.
  [[nodiscard]] std::int64_t write_at(std::string_view path, std::uint64_t offset,
                                      std::string_view content);
  /// The content of a file; the test fails if it cannot be read.
  [[nodiscard]] std::string read(std::string_view path);
  /// Result of reading all of a file: bytes or -errno.
  [[nodiscard]] std::int64_t try_read(std::string_view path);
  /// Names in a directory without "." and "..", with the number of their type (DT_*). The test
  /// fails if it cannot be read.
  [[nodiscard]] std::map<std::string, unsigned> list(std::string_view path);
  /// Result of reading a directory.
  [[nodiscard]] int try_list(std::string_view path);

  [[nodiscard]] int mkdir(std::string_view path) { return vfs_mkdir(root(), path, 0755); }
  [[nodiscard]] int rmdir(std::string_view path) { return vfs_rmdir(root(), path); }
  [[nodiscard]] int unlink(std::string_view path) { return vfs_unlink(root(), path); }
  [[nodiscard]] int symlink(std::string_view path, std::string_view target) {
    return vfs_symlink(root(), path, target);
  }
  [[nodiscard]] int link(std::string_view old_path, std::string_view path);
  [[nodiscard]] int rename(std::string_view from, std::string_view to, unsigned flags = 0) {
    return vfs_rename(root(), from, root(), to, flags);
  }
  [[nodiscard]] int truncate(std::string_view path, std::uint64_t size);
  [[nodiscard]] lookup_result find(std::string_view path, bool follow = true) {
    return lookup_path(root(), path, follow);
  }

 private:
  [[nodiscard]] static inode& root() { return *root_inode(); }

  Machine machine_;
  Disk disk_;
};

}  // namespace faultline::test
