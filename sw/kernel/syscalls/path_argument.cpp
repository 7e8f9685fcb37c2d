// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/syscalls/path_argument.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/proc/task.h"

lookup_result lookup_user_path(int directory, std::uintptr_t path, bool follow_last) {
  constexpr int kCurrentDirectory = -100;  // AT_FDCWD
  static char text[kPathMax];
  const std::int64_t size = strncpy_from_user(text, path, sizeof(text));
  if (size < 0) return {nullptr, static_cast<int>(size)};
  if (size == sizeof(text)) return {nullptr, -ENAMETOOLONG};
  inode* start = get_current()->cwd;
  if (directory != kCurrentDirectory && text[0] != '/') {
    const open_file* const f = find_file(*get_current()->files, directory);
    if (f == nullptr) return {nullptr, -EBADF};
    start = f->node;
  }
  return lookup_path(*start, {text, static_cast<std::size_t>(size)}, follow_last);
}
