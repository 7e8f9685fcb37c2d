// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/syscalls/path_argument.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/task.h"

path_argument::path_argument(int directory, std::uintptr_t path)
    : text_(static_cast<char*>(kmalloc(kPathMax))), error_(copy(path)) {
  if (error_ != 0) return;
  if (directory == kCurrentDirectory || text().starts_with('/')) {
    start_ = inode_ref::hold(*get_current()->fs->pwd);
    return;
  }
  const fd_argument f(directory);
  if (f) {
    start_ = inode_ref::hold(*f->node);
  } else {
    error_ = -EBADF;
  }
}

path_argument::~path_argument() {
  kfree(text_);
}

int path_argument::copy(std::uintptr_t path) {
  if (text_ == nullptr) return -ENOMEM;
  const std::int64_t size = strncpy_from_user(text_, path, kPathMax);
  if (size < 0) return static_cast<int>(size);
  if (size == kPathMax) return -ENAMETOOLONG;
  size_ = static_cast<std::size_t>(size);
  return 0;
}

lookup_result lookup_at(int directory, std::uintptr_t path, unsigned flags) {
  const path_argument where(directory, path);
  if (where.error() != 0) return {{}, where.error()};
  if (where.text().empty() && (flags & AT_EMPTY_PATH) != 0) {
    return {inode_ref::hold(where.start()), 0};
  }
  return lookup_path(where.start(), where.text(), (flags & AT_SYMLINK_NOFOLLOW) == 0);
}

fd_argument::fd_argument(int number) : f_(find_file(*get_current()->files, number)) {
  if (f_ != nullptr) get_file(*f_);
}

fd_argument::~fd_argument() {
  if (f_ != nullptr) fput(*f_);
}
