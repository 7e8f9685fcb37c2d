// SPDX-License-Identifier: Apache-2.0
// Copying an address space (Linux: dup_mm and dup_mmap of kernel/fork.c, copy_page_range of
// mm/memory.c).
//
// How a page of a family of processes leads to all its ptes: a child's VMA joins the anon_vma of
// its parent's VMA, so one list holds every VMA that may map a page born in any of them. Pages
// record that anon_vma and their offset, which is the same in parent and child. Linux gives each
// child an anon_vma of its own beneath the parent's, which keeps the walk short when thousands are
// forked; here the walk visits every living relative.

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/lib/bits.h"

namespace {

// True if a fault could not bring the VMA's pages back: it has, or had, private ones.
bool vma_needs_copy(const vm_area_struct& src) {
  return src.anon_vma != nullptr;
}

// True if stores go to private copies.
bool is_cow_mapping(const vm_area_struct& vma) {
  return (vma.vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

// Copies a swap entry. False: its slot can count no more.
bool copy_nonpresent_pte(mm_struct& dst_mm, pte_t* dst, pte_t pte) {
  if (!swap_duplicate(pte_to_swp_entry(pte))) {
    return false;
  }
  add_mm_counter(dst_mm, MM_SWAPENTS, 1);
  write_once(dst->value, pte.value);
  return true;
}

// Copies a present pte. Both PTLs held.
void copy_present_pte(vm_area_struct& dst_vma, vm_area_struct& src_vma, std::uintptr_t address,
                      pte_t* dst, pte_t* src) {
  pte_t pte = ptep_get(src);
  page* p = vm_normal_page(pte);
  if (p != nullptr) {
    get_page(p);
    if (PageAnon(*p)) {
      page_dup_anon_rmap(p);
      add_mm_counter(*dst_vma.vm_mm, MM_ANONPAGES, 1);
    } else {
      page_add_file_rmap(p);
      add_mm_counter(*dst_vma.vm_mm, mm_counter_file(*p), 1);
    }
  }
  if (is_cow_mapping(src_vma) && pte_write(pte)) {
    // The hardware may be setting A or D at this moment.
    constexpr std::uint64_t kWrite = _PAGE_WRITE;
    __atomic_fetch_and(&src->value, ~kWrite, __ATOMIC_RELAXED);
    pte = pte_wrprotect(ptep_get(src));
  }
  if ((src_vma.vm_flags & VM_SHARED) != 0) {
    pte = pte_mkclean(pte);
  }
  set_pte_at(*dst_vma.vm_mm, address, dst, pte_mkold(pte));
}

// Copies the ptes of [start, end), all of one last-level table. False: a slot can count no more.
bool copy_pte_range(vm_area_struct& dst_vma, vm_area_struct& src_vma, pmd_t* dst_pmd,
                    pmd_t* src_pmd, std::uintptr_t start, std::uintptr_t end) {
  const lock_guard dst_guard(dst_vma.vm_mm->page_table_lock);
  const lock_guard src_guard(src_vma.vm_mm->page_table_lock);
  pte_t* src = pte_offset(src_pmd, start);
  pte_t* dst = pte_offset(dst_pmd, start);
  for (std::uintptr_t address = start; address < end; address += PAGE_SIZE, ++src, ++dst) {
    const pte_t pte = ptep_get(src);
    if (is_swap_pte(pte)) {
      if (!copy_nonpresent_pte(*dst_vma.vm_mm, dst, pte)) {
        return false;
      }
    } else if (!pte_none(pte)) {
      copy_present_pte(dst_vma, src_vma, address, dst, src);
    }
  }
  return true;
}

// Copies what hangs in one entry of a middle table.
int copy_pmd(vm_area_struct& dst_vma, vm_area_struct& src_vma, pmd_t* src_pmd, std::uintptr_t start,
             std::uintptr_t end) {
  mm_struct& dst_mm = *dst_vma.vm_mm;
  pmd_t* dst_pmd = pmd_alloc(dst_mm, pgd_offset(dst_mm, start), start);
  if (dst_pmd == nullptr) {
    return -MM_ENOMEM;
  }
  if (pmd_trans_huge(pmdp_get(src_pmd))) {
    const int error = copy_huge_pmd(dst_mm, *src_vma.vm_mm, dst_pmd, src_pmd, start, src_vma);
    if (error != -MM_EAGAIN) {
      return error;
    }
  }
  if (!pte_alloc(dst_mm, dst_pmd) ||
      !copy_pte_range(dst_vma, src_vma, dst_pmd, src_pmd, start, end)) {
    return -MM_ENOMEM;
  }
  return 0;
}

// A copy of `src` for the child, linked and on the list of its anon_vma; null: out of memory.
vm_area_struct* dup_vma(mm_struct& mm, const vm_area_struct& src) {
  constexpr std::uint64_t kNotInherited = VM_LOCKED;
  vm_area_struct* vma = vm_area_alloc(mm, src.vm_start, src.vm_end, src.vm_flags & ~kNotInherited,
                                      src.vm_file, src.vm_pgoff);
  if (vma == nullptr) {
    return nullptr;
  }
  vma->anon_vma = src.anon_vma;
  anon_vma_link(*vma);
  vma_link(*vma);
  mm.total_vm += vma_pages(*vma);
  return vma;
}

}  // namespace

FAULT_STAGE int copy_page_range(vm_area_struct& dst_vma, vm_area_struct& src_vma) {
  const mm_struct& src_mm = *src_vma.vm_mm;
  for (std::uintptr_t address = src_vma.vm_start; address < src_vma.vm_end;) {
    const pgd_t* pgd = pgd_offset(src_mm, address);
    if (pgd_none(*pgd)) {
      address = align_down(address, PGDIR_SIZE) + PGDIR_SIZE;
      continue;
    }
    const std::uintptr_t block_end = align_down(address, PMD_SIZE) + PMD_SIZE;
    const std::uintptr_t next = block_end < src_vma.vm_end ? block_end : src_vma.vm_end;
    pmd_t* src_pmd = pmd_offset(pgd, address);
    if (!pmd_none(*src_pmd)) {
      const int error = copy_pmd(dst_vma, src_vma, src_pmd, address, next);
      if (error != 0) {
        return error;
      }
    }
    address = next;
  }
  return 0;
}

FAULT_STAGE int dup_mmap(mm_struct& mm, mm_struct& old) {
  old.mmap_lock.write_lock();
  mm.mmap_lock.write_lock();
  int error = 0;
  for (vm_area_struct* src = old.mmap; src != nullptr && error == 0; src = src->vm_next) {
    vm_area_struct* dst = dup_vma(mm, *src);
    if (dst == nullptr) {
      error = -MM_ENOMEM;
    } else if (vma_needs_copy(*src)) {
      error = copy_page_range(*dst, *src);
    }
  }
  mm.mmap_lock.write_unlock();
#ifndef KERNEL_WITHOUT_FORK_FENCE  // a test builds a kernel that forgets it: missing_fence.cmake
  flush_tlb_mm(old);               // its ptes have lost W
#endif
  old.mmap_lock.write_unlock();
  return error;
}

mm_struct* dup_mm(mm_struct& old) {
  mm_struct* mm = mm_alloc();
  if (mm == nullptr) {
    return nullptr;
  }
  mm->mmap_base = old.mmap_base;
  mm->start_brk = old.start_brk;
  mm->brk = old.brk;
  mm->start_stack = old.start_stack;
  mm->rlimit_stack = old.rlimit_stack;
  mm->rlimit_as = old.rlimit_as;
  mm->rlimit_data = old.rlimit_data;
  if (dup_mmap(*mm, old) != 0) {
    mmput(mm);
    return nullptr;
  }
  return mm;
}
