// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/mmap.h"

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/lib/bits.h"

namespace {

constexpr int MM_EPERM = 1;
constexpr int MM_EOVERFLOW = 75;
constexpr std::uint64_t kMaxFileOffset = ~std::uint64_t{0} >> 1;  // Linux: MAX_LFS_FILESIZE
constexpr unsigned kMapTypeMask = 0x0f;
constexpr unsigned kMapSharedValidate = 3;

// Where the room below a VMA ends: a stack keeps a gap it may grow into.
std::uintptr_t vm_start_gap(const vm_area_struct& vma) {
  constexpr std::uintptr_t kGap = kStackGuardGap << PAGE_SHIFT;
  if ((vma.vm_flags & VM_GROWSDOWN) == 0) {
    return vma.vm_start;
  }
  return vma.vm_start > kGap ? vma.vm_start - kGap : 0;
}

// True if [start, start + length) is free, with the gap of a stack above it.
bool is_room(mm_struct& mm, std::uintptr_t start, std::uint64_t length) {
  if (start < kMmapMinAddr || length > TASK_SIZE || start > TASK_SIZE - length) {
    return false;
  }
  const vm_area_struct* above = find_vma(mm, start);
  return above == nullptr || start + length <= vm_start_gap(*above);
}

// The highest free range below mmap_base, else the lowest above it; 0: none.
std::uintptr_t unmapped_area_topdown(mm_struct& mm, std::uint64_t length) {
  std::uintptr_t top = mm.mmap_base;
  const vm_area_struct* above = find_vma(mm, mm.mmap_base);
  const vm_area_struct* below = above;
  if (above == nullptr) {
    below = last_vma(mm);
  } else if (above->vm_start >= mm.mmap_base) {
    top = min(top, vm_start_gap(*above));
    below = above->vm_prev;
  }
  for (; below != nullptr; below = below->vm_prev) {
    if (top >= below->vm_end && top - below->vm_end >= length) {
      return top - length;
    }
    top = min(top, vm_start_gap(*below));
  }
  if (top >= kMmapMinAddr && top - kMmapMinAddr >= length) {
    return top - length;
  }
  std::uintptr_t start = mm.mmap_base;
  for (above = find_vma(mm, start); above != nullptr; above = above->vm_next) {
    if (start + length <= vm_start_gap(*above)) {
      return start;
    }
    start = above->vm_end;
  }
  return start <= TASK_SIZE - length ? start : 0;
}

// VMA flags for the arguments of mmap; 0: the file forbids it.
std::uint64_t calc_vm_flags(const file* f, unsigned prot, unsigned flags) {
  std::uint64_t vm_flags =
      (prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
  if ((flags & kMapTypeMask) != MAP_PRIVATE) {
    vm_flags |= VM_SHARED | VM_MAYSHARE;
    if (f != nullptr && !f->writable) {
      vm_flags &= ~std::uint64_t{VM_MAYWRITE};
      if ((prot & PROT_WRITE) != 0) {
        return 0;
      }
    }
  }
  if ((flags & MAP_GROWSDOWN) != 0) {
    vm_flags |= VM_GROWSDOWN;
  }
  if ((flags & MAP_LOCKED) != 0) {
    vm_flags |= VM_LOCKED;
  }
  return vm_flags;
}

// Pages of [start, end) that are mapped now.
std::uint64_t count_vma_pages_range(mm_struct& mm, std::uintptr_t start, std::uintptr_t end) {
  std::uint64_t pages = 0;
  for (const vm_area_struct* vma = find_vma(mm, start); vma != nullptr && vma->vm_start < end;
       vma = vma->vm_next) {
    const std::uintptr_t first = vma->vm_start > start ? vma->vm_start : start;
    pages += (min(vma->vm_end, end) - first) >> PAGE_SHIFT;
  }
  return pages;
}

// Replaces whatever is in the range by a new VMA. Returns 0 or -errno.
int mmap_region(mm_struct& mm, std::uintptr_t start, std::uint64_t length, std::uint64_t vm_flags,
                file* f, std::uint64_t pgoff) {
  const std::uint64_t pages = length >> PAGE_SHIFT;
  if (!may_expand_vm(mm, pages - count_vma_pages_range(mm, start, start + length))) {
    return -MM_ENOMEM;
  }
  const int error = do_munmap(mm, start, length);
  if (error != 0) {
    return error;
  }
  vm_area_struct* vma = vm_area_alloc(mm, start, start + length, vm_flags, f, pgoff);
  if (vma == nullptr) {
    return -MM_ENOMEM;
  }
  vma_link(*vma);
  mm.total_vm += pages;
  vma_merge(*vma);
  return 0;
}

// Cuts VMAs at the ends of [start, end) so that the range is made of whole ones. False: out of
// memory.
bool isolate_range(mm_struct& mm, std::uintptr_t start, std::uintptr_t end) {
  vm_area_struct* vma = find_vma(mm, start);
  if (vma != nullptr && vma->vm_start < start && split_vma(*vma, start) == nullptr) {
    return false;
  }
  vma = find_vma(mm, end - 1);
  if (vma != nullptr && vma->vm_start < end && vma->vm_end > end &&
      split_vma(*vma, end) == nullptr) {
    if (vm_area_struct* first = find_vma(mm, start); first != nullptr) {
      vma_merge(*first);
    }
    return false;
  }
  return true;
}

}  // namespace

std::int64_t get_unmapped_area(mm_struct& mm, std::uintptr_t hint, std::uint64_t length,
                               unsigned flags) {
  if (length > TASK_SIZE) {
    return -MM_ENOMEM;
  }
  if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
    if (!is_aligned(hint, PAGE_SIZE)) {
      return -MM_EINVAL;
    }
    if (hint > TASK_SIZE - length) {
      return -MM_ENOMEM;
    }
    if (hint < kMmapMinAddr) {
      return -MM_EPERM;
    }
    if ((flags & MAP_FIXED_NOREPLACE) != 0) {
      const vm_area_struct* vma = find_vma(mm, hint);
      if (vma != nullptr && vma->vm_start < hint + length) {
        return -MM_EEXIST;
      }
    }
    return static_cast<std::int64_t>(hint);
  }
  const std::uintptr_t wanted = align_down(hint, PAGE_SIZE);
  if (wanted != 0 && is_room(mm, wanted, length)) {
    return static_cast<std::int64_t>(wanted);
  }
  const std::uintptr_t found = unmapped_area_topdown(mm, length);
  return found != 0 ? static_cast<std::int64_t>(found) : -MM_ENOMEM;
}

std::int64_t do_mmap(mm_struct& mm, file* f, std::uintptr_t address, std::uint64_t length,
                     unsigned prot, unsigned flags, std::uint64_t offset) {
  const unsigned type = flags & kMapTypeMask;
  if (length == 0 || type == 0 || type > kMapSharedValidate || !is_aligned(offset, PAGE_SIZE) ||
      ((flags & MAP_ANONYMOUS) != 0) != (f == nullptr)) {
    return -MM_EINVAL;
  }
  if (length > TASK_SIZE || mm.map_count > kMaxMapCount) {
    return -MM_ENOMEM;
  }
  const std::uint64_t bytes = align_up(length, PAGE_SIZE);
  if (f != nullptr && offset > kMaxFileOffset - bytes) {
    return -MM_EOVERFLOW;
  }
  // Growth lowers the page offset of the first page: only private anonymous memory has room there.
  if ((flags & MAP_GROWSDOWN) != 0 && (f != nullptr || type != MAP_PRIVATE)) {
    return -MM_EINVAL;
  }
  const std::uint64_t vm_flags = calc_vm_flags(f, prot, flags);
  if (vm_flags == 0) {
    return -MM_EACCES;
  }
  const std::int64_t place = get_unmapped_area(mm, address, bytes, flags);
  if (place < 0) {
    return place;
  }
  const auto start = static_cast<std::uintptr_t>(place);
  file* backing = f;
  std::uint64_t pgoff = f != nullptr ? offset >> PAGE_SHIFT : start >> PAGE_SHIFT;
  if (f == nullptr && (vm_flags & VM_SHARED) != 0) {
    backing = shmem_file_setup(bytes);
    pgoff = 0;
    if (backing == nullptr) {
      return -MM_ENOMEM;
    }
  }
  const int error = mmap_region(mm, start, bytes, vm_flags, backing, pgoff);
  if (backing != f) {
    fput(*backing);  // the VMA holds its own reference
  }
  return error != 0 ? error : place;
}

int do_munmap(mm_struct& mm, std::uintptr_t start, std::uint64_t length) {
  if (!is_aligned(start, PAGE_SIZE) || length == 0 || length > TASK_SIZE ||
      start > TASK_SIZE - length) {
    return -MM_EINVAL;
  }
  const std::uintptr_t end = start + align_up(length, PAGE_SIZE);
  vm_area_struct* vma = find_vma(mm, start);
  if (vma == nullptr || vma->vm_start >= end) {
    return 0;
  }
  const bool makes_two = vma->vm_start < start && vma->vm_end > end;
  if (makes_two && mm.map_count >= kMaxMapCount) {
    return -MM_ENOMEM;
  }
  if (!isolate_range(mm, start, end)) {
    return -MM_ENOMEM;
  }
  vma = find_vma(mm, start);
  const std::uintptr_t floor = vma->vm_prev != nullptr ? vma->vm_prev->vm_end : 0;
  mmu_gather tlb(mm);
  while (vma != nullptr && vma->vm_start < end) {
    vm_area_struct* next = vma->vm_next;
    unmap_page_range(tlb, *vma, vma->vm_start, vma->vm_end);
    tlb.flush();  // before the VMA, and with it the file that owns the pages, may go
    mm.total_vm -= vma_pages(*vma);
    vma_unlink(*vma);
    vm_area_free(*vma);
    vma = next;
  }
  free_pgtables(tlb, mm, start, end, floor, vma != nullptr ? vma->vm_start : TASK_SIZE);
  return 0;
}
