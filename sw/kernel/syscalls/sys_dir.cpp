// SPDX-License-Identifier: Apache-2.0
// System calls on directories: what is in them, changes of it, and the current one.

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

/// struct linux_dirent64 without its name.
struct user_dirent {
  std::uint64_t ino;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
} __attribute__((packed));
static_assert(sizeof(user_dirent) == 19);

/// Puts entries into the buffer of getdents64 in user memory.
struct user_entries : dir_context {
  std::uintptr_t to;
  std::uint64_t room;
  std::uint64_t used;
  int error;
};

bool put_entry(dir_context& context, std::string_view name, std::uint64_t ino, unsigned type,
               std::uint64_t next) {
  auto& entries = static_cast<user_entries&>(context);
  constexpr std::size_t kAlignment = 8;
  char record[(sizeof(user_dirent) + kNameMax + kAlignment) / kAlignment * kAlignment] = {};
  const std::size_t size =
      (sizeof(user_dirent) + name.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  if (size > entries.room - entries.used) {
    if (entries.used == 0) entries.error = -EINVAL;
    return false;
  }
  const user_dirent header = {.ino = ino,
                              .next = static_cast<std::int64_t>(next),
                              .size = static_cast<std::uint16_t>(size),
                              .type = static_cast<std::uint8_t>(type)};
  std::memcpy(record, &header, sizeof(header));
  std::memcpy(record + sizeof(header), name.data(), name.size());
  if (copy_to_user(entries.to + entries.used, record, size) != 0) {
    entries.error = -EFAULT;
    return false;
  }
  entries.used += size;
  return true;
}

std::int64_t change_directory(inode& node) {
  if (!node.is(S_IFDIR)) return -ENOTDIR;
  fs_struct& fs = *get_current()->fs;
  ihold(node);
  iput(*std::exchange(fs.pwd, &node));
  return 0;
}

}  // namespace

std::int64_t sys_getdents64(int number, std::uintptr_t to, std::uint64_t size) {
  const fd_argument f(number);
  if (!f || (f->flags & O_PATH) != 0) return -EBADF;
  if (f->f_op == nullptr || f->f_op->iterate == nullptr) return -ENOTDIR;
  user_entries entries = {};
  entries.actor = put_entry;
  entries.to = to;
  entries.room = size;
  f->pos_lock.write_lock();
  f->node->i_rwsem.read_lock();
  int error = f->node->i_nlink == 0 ? -ENOENT : f->f_op->iterate(*f, entries);
  f->node->i_rwsem.read_unlock();
  f->pos_lock.write_unlock();
  if (error == 0) error = entries.error;
  return entries.used != 0 ? static_cast<std::int64_t>(entries.used) : error;
}

std::int64_t sys_getcwd(std::uintptr_t to, std::uint64_t size) {
  auto* const text = static_cast<char*>(kmalloc(kPathMax));
  if (text == nullptr) return -ENOMEM;
  std::int64_t result = directory_path(*get_current()->fs->pwd, text);
  if (result > 0 && static_cast<std::uint64_t>(result) > size) result = -ERANGE;
  if (result > 0 && copy_to_user(to, text, static_cast<std::size_t>(result)) != 0) {
    result = -EFAULT;
  }
  kfree(text);
  return result;
}

std::int64_t sys_chdir(std::uintptr_t path) {
  const lookup_result found = lookup_at(kCurrentDirectory, path, 0);
  return found.error != 0 ? found.error : change_directory(*found.node);
}

std::int64_t sys_fchdir(int number) {
  const fd_argument f(number);
  return f ? change_directory(*f->node) : -EBADF;
}

std::int64_t sys_umask(std::uint32_t mask) {
  constexpr std::uint32_t kPermissions = 0777;
  return std::exchange(get_current()->fs->umask, mask & kPermissions);
}

std::int64_t sys_mkdirat(int directory, std::uintptr_t path, std::uint32_t mode) {
  const path_argument where(directory, path);
  if (where.error() != 0) return where.error();
  return vfs_mkdir(where.start(), where.text(), mode & ~get_current()->fs->umask);
}

std::int64_t sys_unlinkat(int directory, std::uintptr_t path, unsigned flags) {
  if ((flags & ~AT_REMOVEDIR) != 0) return -EINVAL;
  const path_argument where(directory, path);
  if (where.error() != 0) return where.error();
  return (flags & AT_REMOVEDIR) != 0 ? vfs_rmdir(where.start(), where.text())
                                     : vfs_unlink(where.start(), where.text());
}

std::int64_t sys_symlinkat(std::uintptr_t target, int directory, std::uintptr_t path) {
  const path_argument text(kCurrentDirectory, target);
  if (text.error() != 0) return text.error();
  const path_argument where(directory, path);
  if (where.error() != 0) return where.error();
  return vfs_symlink(where.start(), where.text(), text.text());
}

std::int64_t sys_linkat(int old_directory, std::uintptr_t old_path, int directory,
                        std::uintptr_t path, unsigned flags) {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  const unsigned follow = (flags & AT_SYMLINK_FOLLOW) != 0 ? 0 : AT_SYMLINK_NOFOLLOW;
  const lookup_result old = lookup_at(old_directory, old_path, (flags & AT_EMPTY_PATH) | follow);
  if (old.error != 0) return old.error;
  const path_argument where(directory, path);
  if (where.error() != 0) return where.error();
  return vfs_link(*old.node, where.start(), where.text());
}

std::int64_t sys_renameat2(int old_directory, std::uintptr_t old_path, int directory,
                           std::uintptr_t path, unsigned flags) {
  const path_argument from(old_directory, old_path);
  if (from.error() != 0) return from.error();
  const path_argument to(directory, path);
  if (to.error() != 0) return to.error();
  return vfs_rename(from.start(), from.text(), to.start(), to.text(), flags);
}
