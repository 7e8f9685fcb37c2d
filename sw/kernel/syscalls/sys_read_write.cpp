// SPDX-License-Identifier: Apache-2.0
// System calls that move bytes between open files and user memory.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr int kMaxVector = 1024;  // Linux: UIO_MAXIOV
/// Most bytes that one call moves (Linux: MAX_RW_COUNT).
constexpr std::uint64_t kMaxTransfer = 0x7ffff000;

/// struct iovec.
struct io_vector {
  std::uint64_t base;
  std::uint64_t size;
};

enum class direction { read, write };

/// Whether an open file can be read or written at all: 0 or -errno.
int check_mode(const open_file& f, direction way) {
  if ((f.flags & O_PATH) != 0) return -EBADF;
  const unsigned mode = f.flags & O_ACCMODE;
  const bool permitted = way == direction::read ? mode != O_WRONLY : mode != O_RDONLY;
  if (!permitted) return -EBADF;
  if (f.node->is(S_IFDIR)) return -EISDIR;
  if (f.f_op == nullptr) return -EINVAL;
  return (way == direction::read ? f.f_op->read : f.f_op->write) == nullptr ? -EINVAL : 0;
}

std::int64_t transfer(open_file& f, direction way, std::uintptr_t address, std::uint64_t size,
                      std::uint64_t& pos) {
  if (static_cast<std::int64_t>(size) < 0) return -EINVAL;
  if (size > kMaxTransfer) size = kMaxTransfer;
  if (!access_ok(address, size)) return -EFAULT;
  const auto call = way == direction::read ? f.f_op->read : f.f_op->write;
  return call(f, address, size, pos);
}

/// Whether all parts can be moved from or to: 0 or -errno, before a byte has moved.
int check_vector(std::uintptr_t vector, int count) {
  if (count < 0 || count > kMaxVector) return -EINVAL;
  for (int i = 0; i < count; ++i) {
    io_vector part;
    if (!get_user(part, vector + static_cast<unsigned>(i) * sizeof(part))) return -EFAULT;
    if (static_cast<std::int64_t>(part.size) < 0) return -EINVAL;
    if (!access_ok(part.base, part.size)) return -EFAULT;
  }
  return 0;
}

/// Whether the next part of a read would have to wait for its first byte: what there is goes to the
/// caller instead.
bool would_wait(open_file& f, direction way) {
  return way == direction::read && f.f_op->poll != nullptr && (f.f_op->poll(f) & POLLIN) == 0;
}

/// Moves the parts one after the other, until one comes up short.
std::int64_t transfer_vector(open_file& f, direction way, std::uintptr_t vector, int count,
                             std::uint64_t& pos) {
  const int error = check_vector(vector, count);
  if (error != 0) return error;
  std::int64_t total = 0;
  for (int i = 0; i < count; ++i) {
    io_vector part;
    if (!get_user(part, vector + static_cast<unsigned>(i) * sizeof(part))) {
      return total != 0 ? total : -EFAULT;  // another thread has unmapped it meanwhile
    }
    if (part.size == 0) continue;
    if (total != 0 && would_wait(f, way)) break;
    const std::int64_t moved = transfer(f, way, part.base, part.size, pos);
    if (moved < 0) return total != 0 ? total : moved;
    total += moved;
    if (static_cast<std::uint64_t>(moved) < part.size) break;
  }
  return total;
}

/// Calls `move(f, pos)` with the position of the open file, which nobody else moves meanwhile.
template <typename Move>
std::int64_t at_position(int number, direction way, Move move) {
  const fd_argument f(number);
  if (!f) return -EBADF;
  const int error = check_mode(*f, way);
  if (error != 0) return error;
  if (!f->f_op->seekable) {
    std::uint64_t none = 0;
    return move(*f, none);
  }
  f->pos_lock.write_lock();
  const std::int64_t result = move(*f, f->pos);
  f->pos_lock.write_unlock();
  return result;
}

/// Calls `move(f, pos)` with a position of the caller's.
template <typename Move>
std::int64_t at_offset(int number, direction way, std::int64_t offset, Move move) {
  const fd_argument f(number);
  if (!f) return -EBADF;
  if (offset < 0) return -EINVAL;
  const int error = check_mode(*f, way);
  if (error != 0) return error;
  if (!f->f_op->seekable) return -ESPIPE;
  auto pos = static_cast<std::uint64_t>(offset);
  return move(*f, pos);
}

auto one(direction way, std::uintptr_t address, std::uint64_t size) {
  return [=](open_file& f, std::uint64_t& pos) { return transfer(f, way, address, size, pos); };
}

auto many(direction way, std::uintptr_t vector, int count) {
  return
      [=](open_file& f, std::uint64_t& pos) { return transfer_vector(f, way, vector, count, pos); };
}

}  // namespace

std::int64_t sys_read(int number, std::uintptr_t to, std::uint64_t size) {
  return at_position(number, direction::read, one(direction::read, to, size));
}

std::int64_t sys_write(int number, std::uintptr_t from, std::uint64_t size) {
  return at_position(number, direction::write, one(direction::write, from, size));
}

std::int64_t sys_readv(int number, std::uintptr_t vector, int count) {
  return at_position(number, direction::read, many(direction::read, vector, count));
}

std::int64_t sys_writev(int number, std::uintptr_t vector, int count) {
  return at_position(number, direction::write, many(direction::write, vector, count));
}

std::int64_t sys_pread64(int number, std::uintptr_t to, std::uint64_t size, std::int64_t offset) {
  return at_offset(number, direction::read, offset, one(direction::read, to, size));
}

std::int64_t sys_pwrite64(int number, std::uintptr_t from, std::uint64_t size,
                          std::int64_t offset) {
  return at_offset(number, direction::write, offset, one(direction::write, from, size));
}

std::int64_t sys_preadv(int number, std::uintptr_t vector, int count, std::int64_t offset) {
  return at_offset(number, direction::read, offset, many(direction::read, vector, count));
}

std::int64_t sys_pwritev(int number, std::uintptr_t vector, int count, std::int64_t offset) {
  return at_offset(number, direction::write, offset, many(direction::write, vector, count));
}
