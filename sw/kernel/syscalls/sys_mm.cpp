// SPDX-License-Identifier: Apache-2.0
// System calls on the address space: they check what only the caller knows, take mmap_lock and
// leave the rest to the memory-management core.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/devices.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/lib/bits.h"

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

/// Whether an open file can be mapped: 0 or -errno.
int check_mappable(const fd_argument& f) {
  if (!f) return -EBADF;
  if ((f->flags & O_ACCMODE) == O_WRONLY) return -EACCES;
  return f->f_mapping == nullptr && !maps_zero_device(*f) ? -ENODEV : 0;
}

/// Faults in what [start, start + length) lacks, as MAP_POPULATE and locked memory want it.
void populate(mm_struct& mm, std::uintptr_t start, std::uint64_t length) {
  mm.mmap_lock.read_lock();
  populate_vma_range(mm, start, align_up(start + length, PAGE_SIZE));
  mm.mmap_lock.read_unlock();
}

std::int64_t map(mm_struct& mm, file* f, std::uintptr_t address, std::uint64_t length,
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
  const bool anonymous = (flags & MAP_ANONYMOUS) != 0;
  const fd_argument f(anonymous ? -1 : number);
  const int error = anonymous ? 0 : check_mappable(f);
  if (error != 0) return error;
  file* mapped = f ? &*f : nullptr;
  if (mapped != nullptr && maps_zero_device(*f)) {
    mapped = nullptr;
    flags |= MAP_ANONYMOUS;
  }
  mm_struct& mm = *get_current()->mm;
  const std::int64_t start = map(mm, mapped, address, length, protection, flags, offset);
  if (start >= 0 && (flags & (MAP_POPULATE | MAP_LOCKED)) != 0) {
    populate(mm, static_cast<std::uintptr_t>(start), length);
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

std::int64_t sys_mremap(std::uintptr_t address, std::uint64_t old_length, std::uint64_t new_length,
                        unsigned flags, std::uintptr_t new_address) {
  mm_struct& mm = *get_current()->mm;
  std::int64_t start = 0;
  bool locked = false;
  {
    const mmap_write_guard guard(mm);
    start = do_mremap(mm, address, old_length, new_length, flags, new_address);
    if (start >= 0) {
      locked = (find_vma(mm, static_cast<std::uintptr_t>(start))->vm_flags & VM_LOCKED) != 0;
    }
  }
  if (locked && new_length > old_length) {
    populate(mm, static_cast<std::uintptr_t>(start), new_length);
  }
  return start;
}

std::int64_t sys_madvise(std::uintptr_t address, std::uint64_t length, int advice) {
  return do_madvise(*get_current()->mm, address, length, advice);
}

std::int64_t sys_msync(std::uintptr_t address, std::uint64_t length, unsigned flags) {
  return do_msync(*get_current()->mm, address, length, flags);
}

std::int64_t sys_mincore(std::uintptr_t start, std::uint64_t length, std::uintptr_t to) {
  if (start % PAGE_SIZE != 0) return -EINVAL;
  if (!access_ok(start, length)) return -ENOMEM;
  const std::uint64_t pages = align_up(length, PAGE_SIZE) >> PAGE_SHIFT;
  if (!access_ok(to, pages)) return -EFAULT;
  page* const buffer = alloc_pages(GFP_KERNEL, 0);
  if (buffer == nullptr) return -EAGAIN;
  auto* const vec = static_cast<unsigned char*>(page_address(buffer));
  mm_struct& mm = *get_current()->mm;
  std::int64_t result = 0;
  for (std::uint64_t done = 0; done < pages && result >= 0;) {
    const std::uint64_t wanted = pages - done < PAGE_SIZE ? pages - done : PAGE_SIZE;
    mm.mmap_lock.read_lock();
    result = do_mincore(mm, start + (done << PAGE_SHIFT), wanted, vec);
    mm.mmap_lock.read_unlock();
    if (result < 0) break;
    const auto got = static_cast<std::uint64_t>(result);
    if (copy_to_user(to + done, vec, got) != 0) result = -EFAULT;
    done += got;
  }
  put_page(buffer);
  return result < 0 ? result : 0;
}
