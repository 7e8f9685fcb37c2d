// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

/// struct stat of RV64 (asm-generic/stat.h). Times are all 0: the start of the machine.
struct user_stat {
  std::uint64_t dev, ino;
  std::uint32_t mode, nlink, uid, gid;
  std::uint64_t rdev, pad1;
  std::int64_t size;
  std::int32_t blksize, pad2;
  std::int64_t blocks;
  std::uint64_t times[6];
  std::uint32_t unused[2];
};
static_assert(sizeof(user_stat) == 128);

std::int64_t put_stat(std::uintptr_t to, const inode& node) {
  constexpr std::uint64_t kRootDevice = 1;
  constexpr std::uint64_t kSector = 512;
  user_stat stat{};
  stat.dev = kRootDevice;
  stat.ino = node.ino;
  stat.mode = node.mode;
  stat.nlink = 1;
  stat.rdev = node.rdev;
  stat.size = static_cast<std::int64_t>(node.i_data.i_size);
  stat.blksize = PAGE_SIZE;
  stat.blocks = static_cast<std::int64_t>(node.i_data.nrpages * (PAGE_SIZE / kSector));
  return put_user(to, stat) ? 0 : -EFAULT;
}

}  // namespace

std::int64_t sys_fstat(int number, std::uintptr_t to) {
  const open_file* const f = find_file(*get_current()->files, number);
  return f == nullptr ? -EBADF : put_stat(to, *f->node);
}

std::int64_t sys_newfstatat(int directory, std::uintptr_t path, std::uintptr_t to, unsigned flags) {
  constexpr unsigned kNoFollow = 0x100;    // AT_SYMLINK_NOFOLLOW
  constexpr unsigned kEmptyPath = 0x1000;  // AT_EMPTY_PATH
  if ((flags & kEmptyPath) != 0) {
    char first = '\0';
    if (!get_user(first, path)) return -EFAULT;
    if (first == '\0') return sys_fstat(directory, to);
  }
  const lookup_result found = lookup_user_path(directory, path, (flags & kNoFollow) == 0);
  return found.error != 0 ? found.error : put_stat(to, *found.node);
}

std::int64_t sys_readlinkat(int directory, std::uintptr_t path, std::uintptr_t to, int size) {
  if (size <= 0) return -EINVAL;
  const lookup_result found = lookup_user_path(directory, path, false);
  if (found.error != 0) return found.error;
  if (!found.node->is(S_IFLNK)) return -EINVAL;
  char text[kNameMax];
  const auto wanted =
      static_cast<std::size_t>(size) < sizeof(text) ? static_cast<std::size_t>(size) : sizeof(text);
  const std::int64_t read = filemap_read(found.node->i_data, 0, text, wanted);
  if (read < 0) return read;
  return copy_to_user(to, text, static_cast<std::size_t>(read)) == 0 ? read : -EFAULT;
}
