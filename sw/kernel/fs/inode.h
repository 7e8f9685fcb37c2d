// SPDX-License-Identifier: Apache-2.0
#pragma once

// The file tree: directories, files and symbolic links in memory, filled from the initial archive
// and then read-only, and the console. A directory entry and what it names are one object: there
// are no hard links.

#include <cstdint>
#include <string_view>

#include "sw/kernel/mm/mm_types.h"

struct open_file;

/// What reading and writing means for a kind of file. The functions return the number of bytes
/// moved from or to user memory, or -errno; a null function: EINVAL.
struct file_operations {
  std::int64_t (*read)(open_file& f, std::uintptr_t to, std::uint64_t size);
  std::int64_t (*write)(open_file& f, std::uintptr_t from, std::uint64_t size);
};

// Types of files in inode::mode (stat(2)).
inline constexpr std::uint32_t S_IFMT = 0170000;
inline constexpr std::uint32_t S_IFCHR = 0020000;
inline constexpr std::uint32_t S_IFDIR = 0040000;
inline constexpr std::uint32_t S_IFREG = 0100000;
inline constexpr std::uint32_t S_IFLNK = 0120000;

/// Longest name and path that the kernel takes, with their terminators (Linux: NAME_MAX + 1,
/// PATH_MAX).
inline constexpr std::size_t kNameMax = 256;
inline constexpr std::size_t kPathMax = 4096;

struct inode {
  std::uint64_t ino;
  std::uint32_t mode;                 ///< type and permissions
  std::uint64_t rdev;                 ///< of a device: its number
  address_space i_data;               ///< content of a file; text of a link
  const file_operations* operations;  ///< null: cannot be read or written
  inode* parent;                      ///< the root is its own
  inode* children;                    ///< of a directory, newest first
  inode* sibling;                     ///< next in the same directory
  char* name;                         ///< NUL-terminated

  [[nodiscard]] bool is(std::uint32_t type) const { return (mode & S_IFMT) == type; }
};

/// Makes the empty root directory. Called once, after the memory-management core is up.
void inode_init();
/// The root directory.
[[nodiscard]] inode* root_inode();
/// Makes a node called `name` in `directory`; null: out of memory.
[[nodiscard]] inode* make_inode(inode& directory, std::string_view name, std::uint32_t mode);
/// The entry `name` of a directory, "." and ".." included, or null.
[[nodiscard]] inode* find_entry(inode& directory, std::string_view name);

/// What a path leads to: a node, or an errno.
struct lookup_result {
  inode* node;
  int error;  ///< 0, or negative
};
/// Follows `path` from `start` (from the root if it is absolute). Symbolic links are followed, the
/// last component's only if `follow_last`.
[[nodiscard]] lookup_result lookup_path(inode& start, std::string_view path, bool follow_last);
