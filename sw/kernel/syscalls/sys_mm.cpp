// SPDX-License-Identifier: Apache-2.0
// System calls on the address space: they check what only the caller knows, take mmap_lock and
// leave the rest to the memory-management core.

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

/// Holds the current address space for writing.
class mmap_write_guard {
 public:
  explicit mmap_write_guard(mm_struct& mm) : mm_(mm) { mm_.mmap_lock.write_lock(); }
  ~mmap_write_guard() { mm_.mmap_lock.write_unlock(); }
  mmap_write_guard(const mmap_write_guard&) = delete;
  mmap_write_guard& operator=(const mmap_write_guard&) = delete;

 private:
  mm_struct& mm_;
};

/// The file that a mapping may be made of, or an errno.
struct mapped_file {
  open_file* f;
  int error;
};

mapped_file file_to_map(int number) {
  open_file* const f = find_file(*get_current()->files, number);
  if (f == nullptr) return {nullptr, -EBADF};
  if (f->f_mapping == nullptr) return {nullptr, -ENODEV};
  return {f, 0};
}

std::int64_t map(mm_struct& mm, open_file* f, std::uintptr_t address, std::uint64_t length,
                 unsigned protection, unsigned flags, std::uint64_t offset) {
  const mmap_write_guard guard(mm);
  return do_mmap(mm, f, address, length, protection, flags, offset);
}

}  // namespace

std::int64_t sys_brk(std::uintptr_t end) {
  mm_struct& mm = *get_current()->mm;
  const mmap_write_guard guard(mm);
  return static_cast<std::int64_t>(do_brk(mm, end));
}

std::int64_t sys_mmap(std::uintptr_t address, std::uint64_t length, unsigned protection,
                      unsigned flags, int number, std::uint64_t offset) {
  if (offset % PAGE_SIZE != 0) return -EINVAL;
  mapped_file mapped = {nullptr, 0};
  if ((flags & MAP_ANONYMOUS) == 0) mapped = file_to_map(number);
  if (mapped.error != 0) return mapped.error;
  mm_struct& mm = *get_current()->mm;
  const std::int64_t start = map(mm, mapped.f, address, length, protection, flags, offset);
  if (start >= 0 && (flags & (MAP_POPULATE | MAP_LOCKED)) != 0) {
    const auto begin = static_cast<std::uintptr_t>(start);
    mm.mmap_lock.read_lock();
    populate_vma_range(mm, begin, (begin + length + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
    mm.mmap_lock.read_unlock();
  }
  return start;
}

std::int64_t sys_munmap(std::uintptr_t address, std::uint64_t length) {
  mm_struct& mm = *get_current()->mm;
  const mmap_write_guard guard(mm);
  return do_munmap(mm, address, length);
}

std::int64_t sys_mprotect(std::uintptr_t address, std::uint64_t length, unsigned protection) {
  mm_struct& mm = *get_current()->mm;
  const mmap_write_guard guard(mm);
  return do_mprotect(mm, address, length, protection);
}

/// Accepts the advices that are mere hints: normal, random, sequential, willneed, and those on huge
/// pages (MADV_HUGEPAGE, MADV_NOHUGEPAGE), which are not used.
std::int64_t sys_madvise(std::uintptr_t address, std::uint64_t, int advice) {
  if (address % PAGE_SIZE != 0) return -EINVAL;
  constexpr int kWillNeed = 3;
  constexpr int kHugePage = 14;
  constexpr int kNoHugePage = 15;
  const bool hint =
      (advice >= 0 && advice <= kWillNeed) || advice == kHugePage || advice == kNoHugePage;
  return hint ? 0 : -EINVAL;
}
