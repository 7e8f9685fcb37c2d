// SPDX-License-Identifier: Apache-2.0
// System calls that ask for the attributes of files and change them.

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr std::uint64_t kSector = 512;

/// struct stat of RV64 (asm-generic/stat.h).
struct user_stat {
  std::uint64_t dev, ino;
  std::uint32_t mode, nlink, uid, gid;
  std::uint64_t rdev, pad1;
  std::int64_t size;
  std::int32_t blksize, pad2;
  std::int64_t blocks;
  timespec64 atime, mtime, ctime;
  std::uint32_t unused[2];
};
static_assert(sizeof(user_stat) == 128);

/// struct statx (include/uapi/linux/stat.h).
struct user_statx_time {
  std::int64_t seconds;
  std::uint32_t nanoseconds;
  std::int32_t reserved;
};
struct user_statx {
  std::uint32_t mask, blksize;
  std::uint64_t attributes;
  std::uint32_t nlink, uid, gid;
  std::uint16_t mode, spare;
  std::uint64_t ino, size, blocks, attributes_mask;
  user_statx_time atime, btime, ctime, mtime;
  std::uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  std::uint64_t spare2[14];
};
static_assert(sizeof(user_statx) == 256);

/// struct statfs of RV64.
struct user_statfs {
  std::uint64_t type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen, frsize, flags;
  std::uint64_t spare[4];
};
static_assert(sizeof(user_statfs) == 120);

std::uint64_t blocks_of(const inode& node) {
  return node.i_sb->s_bdev != nullptr ? node.i_blocks : node.i_data.nrpages * (PAGE_SIZE / kSector);
}

std::int64_t put_stat(std::uintptr_t to, const inode& node) {
  user_stat stat{};
  stat.dev = node.i_sb->s_dev;
  stat.ino = node.i_ino;
  stat.mode = node.i_mode;
  stat.nlink = node.i_nlink;
  stat.uid = node.i_uid;
  stat.gid = node.i_gid;
  stat.rdev = node.i_rdev;
  stat.size = static_cast<std::int64_t>(node.i_data.i_size);
  stat.blksize = PAGE_SIZE;
  stat.blocks = static_cast<std::int64_t>(blocks_of(node));
  stat.atime = node.i_atime;
  stat.mtime = node.i_mtime;
  stat.ctime = node.i_ctime;
  return put_user(to, stat) ? 0 : -EFAULT;
}

user_statx_time statx_time(const timespec64& time) {
  return {.seconds = time.tv_sec,
          .nanoseconds = static_cast<std::uint32_t>(time.tv_nsec),
          .reserved = 0};
}

std::int64_t put_statx(std::uintptr_t to, const inode& node) {
  constexpr std::uint32_t kBasicStats = 0x7ff;
  constexpr unsigned kMinorBits = 8;
  constexpr std::uint64_t kMinorMask = 0xff;
  user_statx stat{};
  stat.mask = kBasicStats;
  stat.blksize = PAGE_SIZE;
  stat.nlink = node.i_nlink;
  stat.uid = node.i_uid;
  stat.gid = node.i_gid;
  stat.mode = static_cast<std::uint16_t>(node.i_mode);
  stat.ino = node.i_ino;
  stat.size = node.i_data.i_size;
  stat.blocks = blocks_of(node);
  stat.atime = statx_time(node.i_atime);
  stat.ctime = statx_time(node.i_ctime);
  stat.mtime = statx_time(node.i_mtime);
  stat.rdev_major = static_cast<std::uint32_t>(node.i_rdev >> kMinorBits);
  stat.rdev_minor = static_cast<std::uint32_t>(node.i_rdev & kMinorMask);
  stat.dev_major = static_cast<std::uint32_t>(node.i_sb->s_dev >> kMinorBits);
  stat.dev_minor = static_cast<std::uint32_t>(node.i_sb->s_dev & kMinorMask);
  return put_user(to, stat) ? 0 : -EFAULT;
}

std::int64_t put_statfs(std::uintptr_t to, super_block& sb) {
  constexpr std::uint64_t kReadOnly = 1;
  kstatfs stat{};
  sb.s_op->statfs(sb, stat);
  user_statfs answer{};
  answer.type = stat.type;
  answer.bsize = answer.frsize = stat.block_size;
  answer.blocks = stat.blocks;
  answer.bfree = stat.blocks_free;
  answer.bavail = stat.blocks_available;
  answer.files = stat.files;
  answer.ffree = stat.files_free;
  answer.namelen = kNameMax - 1;
  answer.flags = sb.s_readonly ? kReadOnly : 0;
  return put_user(to, answer) ? 0 : -EFAULT;
}

/// Everything is root's, who may read and write all; executing needs a bit in the mode.
std::int64_t check_access(const inode& node, unsigned wanted) {
  constexpr unsigned kExecute = 1;
  constexpr unsigned kWrite = 2;
  constexpr std::uint32_t kAnyExecute = 0111;
  if ((wanted & kWrite) != 0 && node.i_sb->s_readonly && !node.is(S_IFCHR)) return -EROFS;
  const bool may_execute = node.is(S_IFDIR) || (node.i_mode & kAnyExecute) != 0;
  return (wanted & kExecute) != 0 && !may_execute ? -EACCES : 0;
}

/// One of the times that utimensat sets: 0 or -EINVAL.
int set_time(timespec64& time, const timespec64& wanted) {
  constexpr std::int64_t kNow = 0x3fffffff;   // UTIME_NOW
  constexpr std::int64_t kOmit = 0x3ffffffe;  // UTIME_OMIT
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (wanted.tv_nsec == kOmit) return 0;
  if (wanted.tv_nsec == kNow) {
    time = current_time();
    return 0;
  }
  if (wanted.tv_nsec < 0 || wanted.tv_nsec >= kSecond) return -EINVAL;
  time = wanted;
  return 0;
}

/// Changes the permissions of an inode.
std::int64_t change_mode(inode& node, std::uint32_t mode) {
  if (node.i_sb->s_readonly) return -EROFS;
  node.i_mode = (node.i_mode & S_IFMT) | (mode & S_IALLUGO);
  node.i_ctime = current_time();
  mark_inode_dirty(node);
  return 0;
}

}  // namespace

std::int64_t sys_fstat(int number, std::uintptr_t to) {
  const fd_argument f(number);
  return f ? put_stat(to, *f->node) : -EBADF;
}

std::int64_t sys_newfstatat(int directory, std::uintptr_t path, std::uintptr_t to, unsigned flags) {
  const lookup_result found = lookup_at(directory, path, flags);
  return found.error != 0 ? found.error : put_stat(to, *found.node);
}

std::int64_t sys_statx(int directory, std::uintptr_t path, unsigned flags, unsigned,
                       std::uintptr_t to) {
  const lookup_result found = lookup_at(directory, path, flags);
  return found.error != 0 ? found.error : put_statx(to, *found.node);
}

std::int64_t sys_statfs(std::uintptr_t path, std::uintptr_t to) {
  const lookup_result found = lookup_at(kCurrentDirectory, path, 0);
  return found.error != 0 ? found.error : put_statfs(to, *found.node->i_sb);
}

std::int64_t sys_fstatfs(int number, std::uintptr_t to) {
  const fd_argument f(number);
  return f ? put_statfs(to, *f->node->i_sb) : -EBADF;
}

std::int64_t sys_faccessat(int directory, std::uintptr_t path, unsigned wanted) {
  return sys_faccessat2(directory, path, wanted, 0);
}

std::int64_t sys_faccessat2(int directory, std::uintptr_t path, unsigned wanted, unsigned flags) {
  constexpr unsigned kAllModes = 7;
  constexpr unsigned kEffectiveIds = 0x200;  // AT_EACCESS
  if ((wanted & ~kAllModes) != 0) return -EINVAL;
  if ((flags & ~(kEffectiveIds | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return -EINVAL;
  const lookup_result found = lookup_at(directory, path, flags);
  return found.error != 0 ? found.error : check_access(*found.node, wanted);
}

std::int64_t sys_readlinkat(int directory, std::uintptr_t path, std::uintptr_t to, int size) {
  if (size <= 0) return -EINVAL;
  const lookup_result found = lookup_at(directory, path, AT_SYMLINK_NOFOLLOW);
  if (found.error != 0) return found.error;
  if (!found.node->is(S_IFLNK)) return -EINVAL;
  auto* const text = static_cast<char*>(kmalloc(kPathMax));
  if (text == nullptr) return -ENOMEM;
  std::int64_t result = found.node->i_op->get_link(*found.node, text);
  if (result == 0) {
    const std::size_t length = std::strlen(text);
    const auto room = static_cast<std::size_t>(size);
    const std::size_t copied = length < room ? length : room;
    result = copy_to_user(to, text, copied) == 0 ? static_cast<std::int64_t>(copied) : -EFAULT;
  }
  kfree(text);
  return result;
}

std::int64_t sys_utimensat(int directory, std::uintptr_t path, std::uintptr_t times,
                           unsigned flags) {
  // A null path: the open file itself (futimens).
  lookup_result found;
  if (path == 0) {
    const fd_argument f(directory);
    if (!f) return -EBADF;
    found.node = inode_ref::hold(*f->node);
  } else {
    found = lookup_at(directory, path, flags);
    if (found.error != 0) return found.error;
  }
  inode& node = *found.node;
  if (node.i_sb->s_readonly) return -EROFS;
  timespec64 wanted[2] = {current_time(), current_time()};
  if (times != 0 && !get_user(wanted, times)) return -EFAULT;
  timespec64 atime = node.i_atime;
  timespec64 mtime = node.i_mtime;
  if (set_time(atime, wanted[0]) != 0 || set_time(mtime, wanted[1]) != 0) return -EINVAL;
  node.i_atime = atime;
  node.i_mtime = mtime;
  node.i_ctime = current_time();
  mark_inode_dirty(node);
  return 0;
}

std::int64_t sys_fchmod(int number, std::uint32_t mode) {
  const fd_argument f(number);
  return f ? change_mode(*f->node, mode) : -EBADF;
}

std::int64_t sys_fchmodat(int directory, std::uintptr_t path, std::uint32_t mode) {
  const lookup_result found = lookup_at(directory, path, 0);
  return found.error != 0 ? found.error : change_mode(*found.node, mode);
}
