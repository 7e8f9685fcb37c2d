// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paths and numbers of files that a program passes to a system call.

#include <cstdint>
#include <string_view>

#include "sw/kernel/fs/file.h"

/// AT_FDCWD: relative paths begin at the process's current directory.
inline constexpr int kCurrentDirectory = -100;

// Flags of the calls that end in "at".
inline constexpr unsigned AT_SYMLINK_NOFOLLOW = 0x100;
inline constexpr unsigned AT_REMOVEDIR = 0x200;
inline constexpr unsigned AT_SYMLINK_FOLLOW = 0x400;
inline constexpr unsigned AT_EMPTY_PATH = 0x1000;

/// A path copied from user memory, and where it begins.
class path_argument {
 public:
  /// Copies the string at user address `path`; `directory` is the number of an open directory, or
  /// kCurrentDirectory.
  path_argument(int directory, std::uintptr_t path);
  ~path_argument();
  path_argument(const path_argument&) = delete;
  path_argument& operator=(const path_argument&) = delete;

  /// 0, or why there is no path: -EFAULT, -ENAMETOOLONG, -EBADF, -ENOMEM.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] inode& start() const { return *start_; }
  [[nodiscard]] std::string_view text() const { return {text_, size_}; }

 private:
  int copy(std::uintptr_t path);

  char* text_;
  std::size_t size_ = 0;
  inode_ref start_;
  int error_;
};

/// What a path argument leads to. With AT_EMPTY_PATH in `flags` an empty path is `directory`
/// itself; AT_SYMLINK_NOFOLLOW: a link at the end is not followed.
[[nodiscard]] lookup_result lookup_at(int directory, std::uintptr_t path, unsigned flags);

/// An open file of the current process, held for the length of a scope.
class fd_argument {
 public:
  explicit fd_argument(int number);
  ~fd_argument();
  fd_argument(const fd_argument&) = delete;
  fd_argument& operator=(const fd_argument&) = delete;

  /// False: no file is open under that number.
  explicit operator bool() const { return f_ != nullptr; }
  open_file& operator*() const { return *f_; }
  open_file* operator->() const { return f_; }

 private:
  open_file* f_;
};
