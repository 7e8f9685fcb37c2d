// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/lib/bits.h"

namespace {

// True if a pte may get W with its VMA's permission, with no fault in between: a private page that
// is this process's alone, or a shared page whose file system has heard of a store already.
bool can_change_pte_writable(const vm_area_struct& vma, pte_t pte) {
  if (pte_protnone(pte) || !pte_dirty(pte)) {
    return false;
  }
  if ((vma.vm_flags & VM_SHARED) != 0) {
    return true;
  }
  const page* p = vm_normal_page(pte);
  return p != nullptr && PageAnon(*p) && PageAnonExclusive(*p);
}

// Rewrites the present ptes of [start, end), all of one last-level table, to the VMA's protection.
void change_pte_range(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start,
                      std::uintptr_t end) {
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  pte_t* entry = pte_offset(pmd, start);
  for (std::uintptr_t address = start; address < end; address += PAGE_SIZE, ++entry) {
    if (!pte_present(ptep_get(entry))) {
      continue;
    }
    // To 0 first: the hardware may be setting A or D at this moment.
    const pte_t old = {__atomic_exchange_n(&entry->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
    pte_t fresh = pte_modify(old, vma.vm_page_prot);
    if ((vma.vm_flags & VM_WRITE) != 0 && !pte_write(fresh) &&
        can_change_pte_writable(vma, fresh)) {
      fresh = pte_mkwrite(fresh);
    }
    set_pte_at(mm, address, entry, fresh);
    if (!pte_same(old, fresh)) {
      tlb.change(address);
    }
  }
}

// As change_pte_range, of whatever the pmd is.
void change_pmd_range(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start,
                      std::uintptr_t end) {
  if (pmd_trans_huge(pmdp_get(pmd))) {
    if (end - start == PMD_SIZE) {
      change_huge_pmd(tlb, vma, pmd, start);
      return;
    }
    __split_huge_pmd(vma, pmd, start);
  }
  if (!pmd_none(*pmd)) {
    change_pte_range(tlb, vma, pmd, start, end);
  }
}

void change_protection(mmu_gather& tlb, vm_area_struct& vma, std::uintptr_t start,
                       std::uintptr_t end) {
  const mm_struct& mm = *vma.vm_mm;
  for (std::uintptr_t address = start; address < end;) {
    const pgd_t* pgd = pgd_offset(mm, address);
    if (pgd_none(*pgd)) {
      address = align_down(address, PGDIR_SIZE) + PGDIR_SIZE;
      continue;
    }
    const std::uintptr_t block_end = align_down(address, PMD_SIZE) + PMD_SIZE;
    const std::uintptr_t next = block_end < end ? block_end : end;
    change_pmd_range(tlb, vma, pmd_offset(pgd, address), address, next);
    address = next;
  }
}

}  // namespace

int mprotect_fixup(vm_area_struct*& vma, std::uintptr_t start, std::uintptr_t end,
                   std::uint64_t new_flags) {
  if (new_flags == vma->vm_flags) {
    return 0;
  }
  const int error = vma_modify_flags(vma, start, end, new_flags);
  if (error != 0) {
    return error;
  }
  mmu_gather tlb(*vma->vm_mm);
  change_protection(tlb, *vma, start, end);
  return 0;
}

int do_mprotect(mm_struct& mm, std::uintptr_t start, std::uint64_t length, unsigned prot) {
  constexpr unsigned kAccess = PROT_READ | PROT_WRITE | PROT_EXEC;
  if (!is_aligned(start, PAGE_SIZE)) {
    return -MM_EINVAL;
  }
  if (length == 0) {
    return 0;
  }
  const std::uintptr_t end = start + align_up(length, PAGE_SIZE);
  if (end <= start) {
    return -MM_ENOMEM;
  }
  if ((prot & ~(kAccess | PROT_SEM | PROT_GROWSDOWN)) != 0) {
    return -MM_EINVAL;
  }
  if ((prot & PROT_GROWSDOWN) != 0) {
    const vm_area_struct* stack = find_vma(mm, start);
    if (stack == nullptr || stack->vm_start >= end) {
      return -MM_ENOMEM;
    }
    if ((stack->vm_flags & VM_GROWSDOWN) == 0) {
      return -MM_EINVAL;
    }
    start = stack->vm_start;
  }
  const std::uint64_t access = prot & kAccess;
  for (std::uintptr_t address = start; address < end;) {
    vm_area_struct* vma = find_vma(mm, address);
    if (vma == nullptr || vma->vm_start > address) {
      return -MM_ENOMEM;
    }
    const std::uint64_t may = vma->vm_flags >> 4;  // VM_MAY* are VM_* shifted by 4
    if ((access & ~may) != 0) {
      return -MM_EACCES;
    }
    const std::uintptr_t part_end = vma->vm_end < end ? vma->vm_end : end;
    const std::uint64_t new_flags = (vma->vm_flags & ~std::uint64_t{VM_ACCESS_FLAGS}) | access;
    const int error = mprotect_fixup(vma, address, part_end, new_flags);
    if (error != 0) {
      return error;
    }
    address = part_end;
  }
  return 0;
}
