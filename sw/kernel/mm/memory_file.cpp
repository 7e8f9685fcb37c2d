// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

std::uint64_t fault_around_bytes = 65536;

bool should_fault_around(const vm_fault& vmf) {
  return vmf.vma->vm_ops->map_pages != nullptr && fault_around_bytes > PAGE_SIZE;
}

// True if nothing more is to be done after ->fault or finish_fault returned this.
bool is_final(vm_fault_t result) {
  return (result & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) != 0;
}

}  // namespace

bool set_fault_around_bytes(std::uint64_t bytes) {
  if (bytes < PAGE_SIZE || bytes > PMD_SIZE || !is_power_of_two(bytes)) {
    return false;
  }
  fault_around_bytes = bytes;
  return true;
}

fault_window fault_around_window(const vm_area_struct& vma, std::uintptr_t address,
                                 std::uint64_t bytes) {
  const std::uintptr_t page_address = address & ~(PAGE_SIZE - 1);
  const std::uintptr_t first = max(align_down(page_address, bytes), vma.vm_start);
  const std::uint64_t start = vma.vm_pgoff + ((first - vma.vm_start) >> PAGE_SHIFT);
  const std::uint64_t table_end = start + (PTRS_PER_TABLE - 1 - pte_index(first));
  const std::uint64_t vma_end = vma.vm_pgoff + ((vma.vm_end - vma.vm_start) >> PAGE_SHIFT) - 1;
  const std::uint64_t window_end = start + (bytes >> PAGE_SHIFT) - 1;
  return {start, min(window_end, min(vma_end, table_end))};
}

FAULT_STAGE vm_fault_t do_fault_around(vm_fault& vmf) {
  const fault_window window = fault_around_window(*vmf.vma, vmf.address, fault_around_bytes);
  if (pmd_none(*vmf.pmd)) {
    vmf.prealloc_pte = pte_alloc_one(*vmf.vma->vm_mm);
    if (vmf.prealloc_pte == nullptr) {
      return VM_FAULT_OOM;
    }
  }
  return vmf.vma->vm_ops->map_pages(vmf, window.start_pgoff, window.end_pgoff);
}

FAULT_STAGE vm_fault_t __do_fault(vm_fault& vmf) {
  // Before the page is locked: freeing memory for a table could have to wait for that very page.
  if (pmd_none(*vmf.pmd) && vmf.prealloc_pte == nullptr) {
    vmf.prealloc_pte = pte_alloc_one(*vmf.vma->vm_mm);
    if (vmf.prealloc_pte == nullptr) {
      return VM_FAULT_OOM;
    }
  }
  vm_fault_t result = vmf.vma->vm_ops->fault(vmf);
  if (!is_final(result) && (result & VM_FAULT_LOCKED) == 0) {
    lock_page(vmf.page);
    result |= VM_FAULT_LOCKED;
  }
  return result;
}

FAULT_STAGE void do_set_pte(vm_fault& vmf, page* p, std::uintptr_t address) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  const bool write = (vmf.flags & FAULT_FLAG_WRITE) != 0;
  pte_t entry = mk_pte(p, vma.vm_page_prot);
  if (write) {
    entry = maybe_mkwrite(pte_mkdirty(entry), vma);
  }
  if (write && (vma.vm_flags & VM_SHARED) == 0) {
    add_mm_counter(mm, MM_ANONPAGES, 1);
    page_add_new_anon_rmap(p, vma, address);
    lru_cache_add_inactive_or_unevictable(p, vma);
  } else {
    add_mm_counter(mm, mm_counter_file(*p), 1);
    page_add_file_rmap(p);
  }
  set_pte_at(mm, address, vmf.pte, entry);
}

FAULT_STAGE vm_fault_t finish_fault(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  const bool is_private_store =
      (vmf.flags & FAULT_FLAG_WRITE) != 0 && (vma.vm_flags & VM_SHARED) == 0;
  page* p = is_private_store ? vmf.cow_page : vmf.page;
  if (pmd_none(*vmf.pmd) && vmf.prealloc_pte != nullptr) {
    pmd_install(mm, vmf.pmd, vmf.prealloc_pte);
  }
  if (!pte_alloc(mm, vmf.pmd)) {
    return VM_FAULT_OOM;
  }
  const lock_guard guard(mm.page_table_lock);
  vmf.pte = pte_offset(vmf.pmd, vmf.address);
  if (!pte_same(ptep_get(vmf.pte), vmf.orig_pte)) {
    return VM_FAULT_NOPAGE;
  }
  do_set_pte(vmf, p, vmf.address);
  update_mmu_cache(vma, vmf.address);
  return VM_FAULT_NONE;
}

FAULT_STAGE vm_fault_t do_read_fault(vm_fault& vmf) {
  if (should_fault_around(vmf)) {
    const vm_fault_t around = do_fault_around(vmf);
    if (around != VM_FAULT_NONE) {
      return around;
    }
  }
  vm_fault_t result = __do_fault(vmf);
  if (is_final(result)) {
    return result;
  }
  result |= finish_fault(vmf);
  unlock_page(vmf.page);
  if (is_final(result)) {
    put_page(vmf.page);
  }
  count_vm_event(FAULT_FILE_READ);
  return result;
}

FAULT_STAGE vm_fault_t do_cow_fault(vm_fault& vmf) {
  if (!anon_vma_prepare(*vmf.vma)) {
    return VM_FAULT_OOM;
  }
  vmf.cow_page = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
  if (vmf.cow_page == nullptr) {
    return VM_FAULT_OOM;
  }
  vm_fault_t result = __do_fault(vmf);
  if (is_final(result)) {
    put_page(vmf.cow_page);
    return result;
  }
  copy_user_highpage(vmf.cow_page, vmf.page, vmf.address);
  SetPageUptodate(vmf.cow_page);
  result |= finish_fault(vmf);
  unlock_page(vmf.page);
  put_page(vmf.page);
  if (is_final(result)) {
    put_page(vmf.cow_page);
  }
  count_vm_event(FAULT_COW);
  return result;
}

FAULT_STAGE vm_fault_t do_page_mkwrite(vm_fault& vmf) {
  vm_fault_t result = vmf.vma->vm_ops->page_mkwrite(vmf);
  if (!is_final(result) && (result & VM_FAULT_LOCKED) == 0) {
    lock_page(vmf.page);
    result |= VM_FAULT_LOCKED;
  }
  return result;
}

FAULT_STAGE vm_fault_t fault_dirty_shared_page(vm_fault& vmf) {
  const bool was_asked = vmf.vma->vm_ops->page_mkwrite != nullptr;
  auto* mapping = reinterpret_cast<address_space*>(vmf.page->mapping);
  const bool dirtied = set_page_dirty(*vmf.page);
  unlock_page(vmf.page);
  if (mapping == nullptr || !(dirtied || was_asked)) {
    return VM_FAULT_NONE;
  }
  file* fpin = maybe_unlock_mmap_for_io(vmf, nullptr);
  balance_dirty_pages_ratelimited(*mapping);
  if (fpin == nullptr) {
    return VM_FAULT_NONE;
  }
  fput(*fpin);
  return VM_FAULT_COMPLETED;
}

FAULT_STAGE vm_fault_t do_shared_fault(vm_fault& vmf) {
  vm_fault_t result = __do_fault(vmf);
  if (is_final(result)) {
    return result;
  }
  if (vmf.vma->vm_ops->page_mkwrite != nullptr) {
    unlock_page(vmf.page);
    const vm_fault_t allowed = do_page_mkwrite(vmf);
    if (is_final(allowed)) {
      put_page(vmf.page);
      return allowed;
    }
  }
  result |= finish_fault(vmf);
  if (is_final(result)) {
    unlock_page(vmf.page);
    put_page(vmf.page);
    return result;
  }
  result |= fault_dirty_shared_page(vmf);
  count_vm_event(FAULT_SHARED);
  return result;
}

FAULT_STAGE vm_fault_t do_fault(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;  // may go while mmap_lock is dropped
  mm_struct& mm = *vma.vm_mm;
  vm_fault_t result = VM_FAULT_NONE;
  if (vma.vm_ops->fault == nullptr) {
    result = VM_FAULT_SIGBUS;
  } else if ((vmf.flags & FAULT_FLAG_WRITE) == 0) {
    result = do_read_fault(vmf);
  } else if ((vma.vm_flags & VM_SHARED) == 0) {
    result = do_cow_fault(vmf);
  } else {
    result = do_shared_fault(vmf);
  }
  if (vmf.prealloc_pte != nullptr) {
    pte_free(mm, vmf.prealloc_pte);
    vmf.prealloc_pte = nullptr;
  }
  return result;
}
