// SPDX-License-Identifier: Apache-2.0
// msync: writes what a shared mapping changed to its file.

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/lib/bits.h"

namespace {

// Writes the pages behind [start, end) of a shared mapping, and waits. mmap_lock is free meanwhile,
// held for reading again afterwards: the VMA may be gone by then. Returns 0 or -errno.
int sync_vma(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  mm_struct& mm = *vma.vm_mm;
  file& f = *vma.vm_file;
  const std::uint64_t first = vma.vm_pgoff + ((start - vma.vm_start) >> PAGE_SHIFT);
  const std::uint64_t last = first + ((end - start) >> PAGE_SHIFT) - 1;
  get_file(f);
  mm.mmap_lock.read_unlock();
  const int error = filemap_write_and_wait_range(*f.f_mapping, first, last);
  fput(f);
  mm.mmap_lock.read_lock();
  return error;
}

// Every VMA of [start, end); holes are skipped, and reported at the end.
int sync_range(mm_struct& mm, std::uintptr_t start, std::uintptr_t end, unsigned flags) {
  int unmapped_error = 0;
  while (start < end) {
    vm_area_struct* vma = find_vma(mm, start);
    if (vma == nullptr) {
      return -MM_ENOMEM;
    }
    if (start < vma->vm_start) {
      if (flags == MS_ASYNC) {
        return -MM_ENOMEM;
      }
      unmapped_error = -MM_ENOMEM;
      start = vma->vm_start;
      continue;
    }
    if ((flags & MS_INVALIDATE) != 0 && (vma->vm_flags & VM_LOCKED) != 0) {
      return -MM_EBUSY;
    }
    const std::uintptr_t part_end = vma->vm_end < end ? vma->vm_end : end;
    if ((flags & MS_SYNC) != 0 && vma->vm_file != nullptr && (vma->vm_flags & VM_SHARED) != 0) {
      const int error = sync_vma(*vma, start, part_end);
      if (error != 0) {
        return error;
      }
    }
    start = part_end;
  }
  return unmapped_error;
}

}  // namespace

int do_msync(mm_struct& mm, std::uintptr_t start, std::uint64_t length, unsigned flags) {
  if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 || !is_aligned(start, PAGE_SIZE) ||
      (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC)) {
    return -MM_EINVAL;
  }
  const std::uintptr_t end = start + align_up(length, PAGE_SIZE);
  if (end < start) {
    return -MM_ENOMEM;
  }
  mm.mmap_lock.read_lock();
  const int error = sync_range(mm, start, end, flags);
  mm.mmap_lock.read_unlock();
  return error;
}
