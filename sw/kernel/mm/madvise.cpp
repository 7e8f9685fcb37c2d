// SPDX-License-Identifier: Apache-2.0
// madvise: advice that changes a VMA's flags (access pattern, huge pages), and advice that acts at
// once (read ahead, give pages back, swap them out).

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/kernel/mm/vmscan.h"
#include "sw/lib/bits.h"

namespace {

bool madvise_behavior_valid(int advice) {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_PAGEOUT:
      return true;
    default:
      return false;
  }
}

// True if the advice changes VMAs, and so needs mmap_lock for writing.
bool madvise_need_mmap_write(int advice) {
  return advice != MADV_WILLNEED && advice != MADV_DONTNEED && advice != MADV_FREE &&
         advice != MADV_PAGEOUT;
}

std::uint64_t flags_after(std::uint64_t flags, int advice) {
  const auto replace = [&](std::uint64_t off, std::uint64_t on) { return (flags & ~off) | on; };
  switch (advice) {
    case MADV_RANDOM:
      return replace(VM_SEQ_READ, VM_RAND_READ);
    case MADV_SEQUENTIAL:
      return replace(VM_RAND_READ, VM_SEQ_READ);
    case MADV_HUGEPAGE:
      return replace(VM_NOHUGEPAGE, VM_HUGEPAGE);
    case MADV_NOHUGEPAGE:
      return replace(VM_HUGEPAGE, VM_NOHUGEPAGE);
    default:  // MADV_NORMAL
      return replace(VM_RAND_READ | VM_SEQ_READ, VM_NONE);
  }
}

// Starts to read what of [start, end) is in swap.
void swapin_range(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  for (std::uintptr_t address = start; address < end; address += PAGE_SIZE) {
    const pte_t pte = follow_pte(*vma.vm_mm, address);
    if (!is_swap_pte(pte)) {
      continue;
    }
    if (page* p = swapin_readahead(pte_to_swp_entry(pte)); p != nullptr) {
      put_page(p);
    }
  }
}

// Reads ahead. mmap_lock is free while a file is read, held for reading again afterwards: the VMA
// may be gone by then.
int madvise_willneed(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  if (vma.vm_file == nullptr) {
    swapin_range(vma, start, end);
    return 0;
  }
  file& f = *vma.vm_file;
  const std::uint64_t first = vma.vm_pgoff + ((start - vma.vm_start) >> PAGE_SHIFT);
  get_file(f);
  mm_struct& mm = *vma.vm_mm;
  mm.mmap_lock.read_unlock();
  force_page_cache_readahead(*f.f_mapping, first, (end - start) >> PAGE_SHIFT);
  fput(f);
  mm.mmap_lock.read_lock();
  return 0;
}

// Gives the pages of [start, end) back at once, for MADV_FREE too, which merely allows it: what is
// read next is zeros, or the file's content.
int madvise_dontneed_free(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end,
                          int advice) {
  const bool refused =
      (vma.vm_flags & VM_LOCKED) != 0 || (advice == MADV_FREE && !vma_is_anonymous(vma));
  if (refused) {
    return -MM_EINVAL;
  }
  mmu_gather tlb(*vma.vm_mm);
  unmap_page_range(tlb, vma, start, end);
  return 0;
}

// Isolates the private page at `address` for reclaim, as if it had not been used for long. Null:
// there is none that only this pte maps.
page* isolate_for_pageout(mm_struct& mm, std::uintptr_t address, tlb_batch& tlb) {
  const pte_t pte = follow_pte(mm, address);
  page* p = pte_present(pte) ? vm_normal_page(pte) : nullptr;
  if (p == nullptr || !PageAnon(*compound_head(p))) {
    return nullptr;
  }
  if ((compound_head(p)->flags & PG_head) != 0) {
    split_huge_page(compound_head(p));
  }
  if (page_mapcount(*p) != 1 || !isolate_lru_page(*p)) {
    return nullptr;
  }
  std::uint64_t vm_flags = 0;
  static_cast<void>(folio_referenced(*p, vm_flags, tlb));
  __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_referenced}, __ATOMIC_RELAXED);
  return p;
}

// Evicts the private pages of [start, end), in their order. mmap_lock stays held for reading.
int madvise_pageout(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  if ((vma.vm_flags & VM_LOCKED) != 0) {
    return -MM_EINVAL;
  }
  lru_add_drain();
  for (std::uintptr_t address = start; address < end;) {
    list_head isolated;
    isolated.init();
    {
      tlb_batch tlb;
      for (unsigned n = 0; n < SWAP_CLUSTER_MAX && address < end; address += PAGE_SIZE) {
        if (page* p = isolate_for_pageout(*vma.vm_mm, address, tlb); p != nullptr) {
          isolated.add_tail(p->lru);
          ++n;
        }
      }
    }
    reclaim_pages(isolated);
  }
  return 0;
}

// Acts on [start, end) of one VMA. Returns 0 or -errno.
int madvise_vma_behavior(vm_area_struct* vma, std::uintptr_t start, std::uintptr_t end,
                         int advice) {
  switch (advice) {
    case MADV_WILLNEED:
      return madvise_willneed(*vma, start, end);
    case MADV_DONTNEED:
    case MADV_FREE:
      return madvise_dontneed_free(*vma, start, end, advice);
    case MADV_PAGEOUT:
      return madvise_pageout(*vma, start, end);
    default: {
      const int error = vma_modify_flags(vma, start, end, flags_after(vma->vm_flags, advice));
      return error == -MM_ENOMEM ? -MM_EAGAIN : error;
    }
  }
}

// Every VMA of [start, end); holes are skipped, and reported at the end.
int madvise_walk_vmas(mm_struct& mm, std::uintptr_t start, std::uintptr_t end, int advice) {
  int unmapped_error = 0;
  while (start < end) {
    vm_area_struct* vma = find_vma(mm, start);
    if (vma == nullptr) {
      return -MM_ENOMEM;
    }
    if (start < vma->vm_start) {
      unmapped_error = -MM_ENOMEM;
      start = vma->vm_start;
      continue;
    }
    const std::uintptr_t part_end = vma->vm_end < end ? vma->vm_end : end;
    const int error = madvise_vma_behavior(vma, start, part_end, advice);
    if (error != 0) {
      return error;
    }
    start = part_end;
  }
  return unmapped_error;
}

}  // namespace

int do_madvise(mm_struct& mm, std::uintptr_t start, std::uint64_t length, int advice) {
  const std::uint64_t bytes = align_up(length, PAGE_SIZE);
  if (!madvise_behavior_valid(advice) || !is_aligned(start, PAGE_SIZE) ||
      (length != 0 && bytes == 0) || start + bytes < start) {
    return -MM_EINVAL;
  }
  if (bytes == 0) {
    return 0;
  }
  if (madvise_need_mmap_write(advice)) {
    mm.mmap_lock.write_lock();
    const int error = madvise_walk_vmas(mm, start, start + bytes, advice);
    mm.mmap_lock.write_unlock();
    return error;
  }
  mm.mmap_lock.read_lock();
  const int error = madvise_walk_vmas(mm, start, start + bytes, advice);
  mm.mmap_lock.read_unlock();
  return error;
}
