// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

// Pages of the file, counting the last part of one as a page.
std::uint64_t pages_of(const address_space& mapping) {
  return align_up(mapping.i_size, PAGE_SIZE) >> PAGE_SHIFT;
}

}  // namespace

FAULT_STAGE vm_fault_t filemap_fault(vm_fault& vmf) {
  address_space& mapping = *vmf.vma->vm_file->f_mapping;
  if (vmf.pgoff >= pages_of(mapping)) {
    return VM_FAULT_SIGBUS;
  }
  vm_fault_t result = VM_FAULT_LOCKED;
  page* p = find_get_page(mapping, vmf.pgoff);
  if (p != nullptr) {
    count_vm_event(PAGECACHE_HIT);
  } else {
    count_vm_event(PAGECACHE_MISS);
    count_vm_event(PGMAJFAULT);
    result |= VM_FAULT_MAJOR;
    int error = 0;
    p = read_mapping_page(mapping, vmf.pgoff, error);
    if (p == nullptr) {
      return error == -MM_ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
    }
  }
  lock_page(p);
  if ((p->flags & PG_uptodate) == 0 || vmf.pgoff >= pages_of(mapping)) {
    unlock_page(p);
    put_page(p);
    return VM_FAULT_SIGBUS;
  }
  vmf.page = p;
  return result;
}

FAULT_STAGE vm_fault_t filemap_map_pages(vm_fault& vmf, std::uint64_t start_pgoff,
                                         std::uint64_t end_pgoff) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  address_space& mapping = *vma.vm_file->f_mapping;
  const std::uint64_t file_pages = pages_of(mapping);
  const lock_guard cache_guard(mapping.lock);
  std::uint64_t index = start_pgoff;
  page* p = mapping.i_pages.find(index, end_pgoff);
  if (p == nullptr) {
    return VM_FAULT_NONE;
  }
  if (pmd_none(*vmf.pmd) && vmf.prealloc_pte != nullptr) {
    pmd_install(mm, vmf.pmd, vmf.prealloc_pte);
  }
  vm_fault_t result = VM_FAULT_NONE;
  std::uint64_t mapped = 0;
  const lock_guard table_guard(mm.page_table_lock);
  for (; p != nullptr; ++index, p = mapping.i_pages.find(index, end_pgoff)) {
    const std::uint32_t state = p->flags;
    if ((state & PG_uptodate) == 0 || (state & (PG_locked | PG_readahead)) != 0 ||
        index >= file_pages) {
      continue;
    }
    const std::uintptr_t address = vma.vm_start + ((index - vma.vm_pgoff) << PAGE_SHIFT);
    vmf.pte = pte_offset(vmf.pmd, address);
    if (!pte_none(ptep_get(vmf.pte))) {
      continue;
    }
    get_page(p);
    do_set_pte(vmf, p, address);
    update_mmu_cache(vma, address);
    ++mapped;
    if (address == vmf.address) {
      result = VM_FAULT_NOPAGE;
    }
  }
  count_vm_events(FAULT_AROUND_PTES, mapped);
  if (result == VM_FAULT_NOPAGE) {
    count_vm_event(FAULT_AROUND);
  }
  return result;
}

vm_fault_t filemap_page_mkwrite(vm_fault& vmf) {
  lock_page(vmf.page);
  __atomic_fetch_or(&vmf.page->flags, PG_dirty, __ATOMIC_RELAXED);
  return VM_FAULT_LOCKED;
}

const vm_operations_struct generic_file_vm_ops = {
    .fault = filemap_fault,
    .map_pages = filemap_map_pages,
    .page_mkwrite = filemap_page_mkwrite,
};
