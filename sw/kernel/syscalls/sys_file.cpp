// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr int kMaxVector = 1024;  // Linux: UIO_MAXIOV

/// struct iovec.
struct io_vector {
  std::uint64_t base;
  std::uint64_t size;
};

enum class direction { read, write };

std::int64_t transfer(open_file& f, direction way, std::uintptr_t address, std::uint64_t size) {
  const unsigned mode = f.flags & O_ACCMODE;
  const bool permitted = way == direction::read ? mode != O_WRONLY : mode != O_RDONLY;
  if (!permitted) return -EBADF;
  if (f.node->is(S_IFDIR)) return -EISDIR;
  const file_operations* const operations = f.node->operations;
  if (operations == nullptr) return -EINVAL;
  const auto call = way == direction::read ? operations->read : operations->write;
  if (call == nullptr) return -EINVAL;
  return access_ok(address, size) ? call(f, address, size) : -EFAULT;
}

std::int64_t transfer(int number, direction way, std::uintptr_t address, std::uint64_t size) {
  open_file* const f = find_file(*get_current()->files, number);
  return f == nullptr ? -EBADF : transfer(*f, way, address, size);
}

/// Moves the parts one after the other, until one comes up short.
std::int64_t transfer_vector(int number, direction way, std::uintptr_t vector, int count) {
  open_file* const f = find_file(*get_current()->files, number);
  if (f == nullptr) return -EBADF;
  if (count < 0 || count > kMaxVector) return -EINVAL;
  std::int64_t total = 0;
  for (int i = 0; i < count; ++i) {
    io_vector part;
    if (!get_user(part, vector + static_cast<unsigned>(i) * sizeof(part))) return -EFAULT;
    if (part.size == 0) continue;
    const std::int64_t moved = transfer(*f, way, part.base, part.size);
    if (moved < 0) return total != 0 ? total : moved;
    total += moved;
    if (static_cast<std::uint64_t>(moved) < part.size) break;
  }
  return total;
}

}  // namespace

std::int64_t sys_openat(int directory, std::uintptr_t path, unsigned flags, unsigned) {
  const lookup_result found = lookup_user_path(directory, path, (flags & O_NOFOLLOW) == 0);
  if (found.error == -ENOENT && (flags & O_CREAT) != 0) return -EROFS;
  if (found.error != 0) return found.error;
  inode& node = *found.node;
  if (node.is(S_IFLNK)) return -ELOOP;
  if ((flags & O_DIRECTORY) != 0 && !node.is(S_IFDIR)) return -ENOTDIR;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if (writes && node.is(S_IFDIR)) return -EISDIR;
  if (writes && !node.is(S_IFCHR)) return -EROFS;
  open_file* const f = open_inode(node, flags);
  if (f == nullptr) return -ENOMEM;
  const int number = install_file(*get_current()->files, *f);
  if (number < 0) fput(*f);
  return number;
}

std::int64_t sys_close(int number) {
  files_struct& files = *get_current()->files;
  open_file* const f = find_file(files, number);
  if (f == nullptr) return -EBADF;
  files.open[number] = nullptr;
  fput(*f);
  return 0;
}

std::int64_t sys_lseek(int number, std::int64_t offset, int whence) {
  constexpr int kFromStart = 0;
  constexpr int kFromPosition = 1;
  constexpr int kFromEnd = 2;
  open_file* const f = find_file(*get_current()->files, number);
  if (f == nullptr) return -EBADF;
  if (f->node->is(S_IFCHR)) return -ESPIPE;
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

std::int64_t sys_read(int number, std::uintptr_t to, std::uint64_t size) {
  return transfer(number, direction::read, to, size);
}

std::int64_t sys_write(int number, std::uintptr_t from, std::uint64_t size) {
  return transfer(number, direction::write, from, size);
}

std::int64_t sys_readv(int number, std::uintptr_t vector, int count) {
  return transfer_vector(number, direction::read, vector, count);
}

std::int64_t sys_writev(int number, std::uintptr_t vector, int count) {
  return transfer_vector(number, direction::write, vector, count);
}

std::int64_t sys_pread64(int number, std::uintptr_t to, std::uint64_t size, std::int64_t offset) {
  open_file* const f = find_file(*get_current()->files, number);
  if (f == nullptr) return -EBADF;
  if (f->node->is(S_IFCHR)) return -ESPIPE;
  if (offset < 0) return -EINVAL;
  const std::uint64_t position = f->pos;
  f->pos = static_cast<std::uint64_t>(offset);
  const std::int64_t moved = transfer(*f, direction::read, to, size);
  f->pos = position;
  return moved;
}

/// No file has requests of its own; the console is no terminal.
std::int64_t sys_ioctl(int number, unsigned, std::uintptr_t) {
  return find_file(*get_current()->files, number) == nullptr ? -EBADF : -ENOTTY;
}
