// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/memory.h"

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

// Counts the fault for the process; errors and retries are not counted.
void mm_account_fault(mm_struct& mm, unsigned flags, vm_fault_t result) {
  if ((result & (VM_FAULT_ERROR | VM_FAULT_RETRY)) != 0) {
    return;
  }
  if ((result & VM_FAULT_MAJOR) != 0 || (flags & FAULT_FLAG_TRIED) != 0) {
    ++mm.maj_flt;
  } else {
    ++mm.min_flt;
  }
}

}  // namespace

page* vm_normal_page(pte_t pte) {
  return pte_special(pte) ? nullptr : pfn_to_page(pte_pfn(pte));
}

// The decision which path a fault takes, once its tables are known.
FAULT_STAGE vm_fault_t handle_pte_fault(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  const pmd_t pmd = pmdp_get(vmf.pmd);
  if (pmd_none(pmd)) {
    vmf.pte = nullptr;
    vmf.orig_pte = {0};
  } else if (pmd_trans_huge(pmd)) {
    return VM_FAULT_NONE;  // became huge meanwhile: fault again
  } else {
    vmf.pte = pte_offset(vmf.pmd, vmf.address);
    vmf.orig_pte = ptep_get(vmf.pte);
  }
  if (pte_none(vmf.orig_pte)) {
    return vma_is_anonymous(vma) ? do_anonymous_page(vmf) : do_fault(vmf);
  }
  if (!pte_present(vmf.orig_pte)) {
    return do_swap_page(vmf);
  }

  mm_struct& mm = *vma.vm_mm;
  mm.page_table_lock.lock();
  if (!pte_same(ptep_get(vmf.pte), vmf.orig_pte)) {
    mm.page_table_lock.unlock();  // lost a race: fault again
    return VM_FAULT_NONE;
  }
  pte_t entry = vmf.orig_pte;
  if ((vmf.flags & FAULT_FLAG_WRITE) != 0) {
    if (!pte_write(entry)) {
      return do_wp_page(vmf);
    }
    entry = pte_mkdirty(entry);
  }
  entry = pte_mkyoung(entry);
  if (ptep_set_access_flags(vma, vmf.address, vmf.pte, entry)) {
    update_mmu_cache(vma, vmf.address);
  }
  mm.page_table_lock.unlock();
  count_vm_event(FAULT_ACCESS);
  return VM_FAULT_NONE;
}

namespace {

// A huge page, wherever the pmd is none and one may be had, or is huge already. VM_FAULT_FALLBACK:
// the answer is a small page.
vm_fault_t handle_huge_pmd(vm_fault& vmf) {
  if (pmd_none(vmf.orig_pmd)) {
    return hugepage_vma_check(*vmf.vma) ? do_huge_pmd_anonymous_page(vmf) : VM_FAULT_FALLBACK;
  }
  if ((vmf.flags & FAULT_FLAG_WRITE) != 0 && !pmd_write(vmf.orig_pmd)) {
    return do_huge_pmd_wp_page(vmf);
  }
  huge_pmd_set_accessed(vmf);
  return VM_FAULT_NONE;
}

}  // namespace

// Walks to the middle level, allocating what is missing.
FAULT_STAGE vm_fault_t __handle_mm_fault(vm_area_struct& vma, std::uintptr_t address,
                                         unsigned flags) {
  mm_struct& mm = *vma.vm_mm;
  const std::uintptr_t page_start = address & ~(PAGE_SIZE - 1);
  vm_fault vmf = {
      .vma = &vma,
      .address = page_start,
      .real_address = address,
      .pgoff = ((page_start - vma.vm_start) >> PAGE_SHIFT) + vma.vm_pgoff,
      .pmd = nullptr,
      .orig_pmd = {},
      .pte = nullptr,
      .orig_pte = {},
      .page = nullptr,
      .cow_page = nullptr,
      .prealloc_pte = nullptr,
      .flags = flags,
  };
  vmf.pmd = pmd_alloc(mm, pgd_offset(mm, vmf.address), vmf.address);
  if (vmf.pmd == nullptr) {
    return VM_FAULT_OOM;
  }
  vmf.orig_pmd = pmdp_get(vmf.pmd);
  if (pmd_none(vmf.orig_pmd) || pmd_trans_huge(vmf.orig_pmd)) {
    const vm_fault_t result = handle_huge_pmd(vmf);
    if ((result & VM_FAULT_FALLBACK) == 0) {
      return result;
    }
  }
  return handle_pte_fault(vmf);
}

FAULT_STAGE vm_fault_t handle_mm_fault(vm_area_struct& vma, std::uintptr_t address,
                                       unsigned flags) {
  mm_struct& mm = *vma.vm_mm;
  count_vm_event(PGFAULT);
  const vm_fault_t result = __handle_mm_fault(vma, address, flags);
  mm_account_fault(mm, flags, result);
  return result;
}
