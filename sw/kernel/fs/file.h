// SPDX-License-Identifier: Apache-2.0
#pragma once

// Open files and the table of a process that names them by number.

#include <cstdint>

#include "sw/kernel/fs/inode.h"

// Flags of openat (asm-generic/fcntl.h).
inline constexpr unsigned O_ACCMODE = 3;
inline constexpr unsigned O_RDONLY = 0;
inline constexpr unsigned O_WRONLY = 1;
inline constexpr unsigned O_RDWR = 2;
inline constexpr unsigned O_CREAT = 0100;
inline constexpr unsigned O_TRUNC = 01000;
inline constexpr unsigned O_DIRECTORY = 0200000;
inline constexpr unsigned O_NOFOLLOW = 0400000;

/// One opening of a file; the part that mappings need comes first.
struct open_file : file {
  inode* node;
  unsigned flags;
  std::uint64_t pos;
};

/// Files that a process may have open at once.
inline constexpr int kMaxOpenFiles = 64;

struct files_struct {
  open_file* open[kMaxOpenFiles];  ///< null: the number is free
};

/// Opens `node`; null: out of memory. fput() closes it.
[[nodiscard]] open_file* open_inode(inode& node, unsigned flags);
/// The lowest free number for `f`, which the table owns from then on, or -EMFILE.
[[nodiscard]] int install_file(files_struct& files, open_file& f);
/// The open file of a number, or null.
[[nodiscard]] open_file* find_file(files_struct& files, int number);
/// Closes all files of a process.
void close_all(files_struct& files);

/// Reads and writes of files in the page cache; there is no writing.
extern const file_operations regular_file_operations;
/// The console: the first characters that come, and output as it stands.
extern const file_operations console_operations;
/// Device number of /dev/console.
inline constexpr std::uint64_t kConsoleDevice = 5u << 8 | 1;
