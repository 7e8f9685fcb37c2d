// SPDX-License-Identifier: Apache-2.0
// System calls on open files and their numbers.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/pipe.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

/// Gives an open file a number; if there is none left below the process's limit the file is closed.
int install_or_close(open_file& f, unsigned flags, int first = 0) {
  const task_struct& task = *get_current();
  const int number = install_file(*task.files, f, flags, first);
  if (number < 0) {
    fput(f);
  } else if (static_cast<unsigned>(number) >= task.signal->rlim[RLIMIT_NOFILE].rlim_cur) {
    close_fd(*task.files, number);
    return -EMFILE;
  }
  return number;
}

std::int64_t truncate_to(inode& node, std::int64_t size) {
  return size < 0 ? -EINVAL : vfs_truncate(node, static_cast<std::uint64_t>(size));
}

/// The lowest number from `first` on becomes another name of an open file.
std::int64_t duplicate(int number, int first, unsigned flags) {
  open_file* const f = find_file(*get_current()->files, number);
  if (f == nullptr) return -EBADF;
  if (first < 0 || first >= kMaxOpenFiles) return -EINVAL;
  get_file(*f);
  return install_or_close(*f, flags, first);
}

}  // namespace

std::int64_t sys_openat(int directory, std::uintptr_t path, unsigned flags, unsigned mode) {
  const path_argument where(directory, path);
  if (where.error() != 0) return where.error();
  int error = 0;
  const std::uint32_t allowed = mode & ~get_current()->fs->umask;
  open_file* const f = open_path(where.start(), where.text(), flags, allowed, error);
  return f == nullptr ? error : install_or_close(*f, flags);
}

std::int64_t sys_close(int number) {
  return close_fd(*get_current()->files, number);
}

std::int64_t sys_dup(int number) {
  return duplicate(number, 0, 0);
}

std::int64_t sys_dup3(int number, int wanted, unsigned flags) {
  files_struct& files = *get_current()->files;
  if ((flags & ~O_CLOEXEC) != 0 || number == wanted) return -EINVAL;
  open_file* const f = find_file(files, number);
  if (f == nullptr || wanted < 0 || wanted >= kMaxOpenFiles) return -EBADF;
  get_file(*f);
  open_file* const replaced = files.open[wanted];
  files.open[wanted] = f;
  files.close_on_exec[wanted] = (flags & O_CLOEXEC) != 0;
  if (replaced != nullptr) fput(*replaced);
  return wanted;
}

std::int64_t sys_fcntl(int number, int command, std::uint64_t argument) {
  constexpr int kDuplicate = 0;
  constexpr int kGetDescriptor = 1;
  constexpr int kSetDescriptor = 2;
  constexpr int kGetStatus = 3;
  constexpr int kSetStatus = 4;
  constexpr int kDuplicateCloseOnExec = 1030;
  constexpr std::uint64_t kCloseOnExec = 1;  // FD_CLOEXEC
  constexpr unsigned kLargeFile = 0100000;   // O_LARGEFILE: always so with 64 bits
  constexpr unsigned kChangeable = O_APPEND | O_NONBLOCK;
  files_struct& files = *get_current()->files;
  open_file* const f = find_file(files, number);
  if (f == nullptr) return -EBADF;
  switch (command) {
    case kDuplicate:
      return duplicate(number, static_cast<int>(argument), 0);
    case kDuplicateCloseOnExec:
      return duplicate(number, static_cast<int>(argument), O_CLOEXEC);
    case kGetDescriptor:
      return files.close_on_exec[number] ? 1 : 0;
    case kSetDescriptor:
      files.close_on_exec[number] = (argument & kCloseOnExec) != 0;
      return 0;
    case kGetStatus:
      return f->flags | kLargeFile;
    case kSetStatus:
      f->flags = (f->flags & ~kChangeable) | (static_cast<unsigned>(argument) & kChangeable);
      return 0;
    default:
      return -EINVAL;
  }
}

/// No file has requests of its own; the console is no terminal.
std::int64_t sys_ioctl(int number, unsigned, std::uintptr_t) {
  return find_file(*get_current()->files, number) == nullptr ? -EBADF : -ENOTTY;
}

std::int64_t sys_lseek(int number, std::int64_t offset, int whence) {
  constexpr int kFromStart = 0;
  constexpr int kFromPosition = 1;
  constexpr int kFromEnd = 2;
  const fd_argument f(number);
  if (!f || (f->flags & O_PATH) != 0) return -EBADF;
  if (f->f_op == nullptr || !f->f_op->seekable) return -ESPIPE;
  std::int64_t base = 0;
  if (whence == kFromPosition) {
    base = static_cast<std::int64_t>(f->pos);
  } else if (whence == kFromEnd) {
    base = static_cast<std::int64_t>(f->node->i_data.i_size);
  } else if (whence != kFromStart) {
    return -EINVAL;
  }
  std::int64_t position = 0;
  if (__builtin_add_overflow(base, offset, &position)) return -EOVERFLOW;
  if (position < 0) return -EINVAL;
  f->pos = static_cast<std::uint64_t>(position);
  return position;
}

std::int64_t sys_ftruncate(int number, std::int64_t size) {
  const fd_argument f(number);
  if (!f || (f->flags & O_PATH) != 0) return -EBADF;
  if ((f->flags & O_ACCMODE) == O_RDONLY || !f->node->is(S_IFREG)) return -EINVAL;
  return truncate_to(*f->node, size);
}

std::int64_t sys_truncate(std::uintptr_t path, std::int64_t size) {
  const lookup_result found = lookup_at(kCurrentDirectory, path, 0);
  return found.error != 0 ? found.error : truncate_to(*found.node, size);
}

/// Space is allocated when it is written.
std::int64_t sys_fallocate(int number, int, std::int64_t, std::int64_t) {
  const fd_argument f(number);
  return f ? -EOPNOTSUPP : -EBADF;
}

std::int64_t sys_fsync(int number) {
  const fd_argument f(number);
  if (!f || (f->flags & O_PATH) != 0) return -EBADF;
  return f->node->is(S_IFREG) || f->node->is(S_IFDIR) ? vfs_fsync(*f) : -EINVAL;
}

std::int64_t sys_sync() {
  static_cast<void>(sync_filesystems());  // sync(2) reports no errors
  return 0;
}

std::int64_t sys_syncfs(int number) {
  const fd_argument f(number);
  return f ? sync_filesystems() : -EBADF;
}

std::int64_t sys_pipe2(std::uintptr_t numbers, unsigned flags) {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return -EINVAL;
  files_struct& files = *get_current()->files;
  open_file* ends[2];
  const int error = make_pipe(ends, flags & O_NONBLOCK);
  if (error != 0) return error;
  int made[2];
  made[0] = install_or_close(*ends[0], flags);
  if (made[0] < 0) {
    fput(*ends[1]);
    return made[0];
  }
  made[1] = install_or_close(*ends[1], flags);
  if (made[1] >= 0 && put_user(numbers, made)) return 0;
  close_fd(files, made[0]);
  if (made[1] < 0) return made[1];
  close_fd(files, made[1]);
  return -EFAULT;
}
