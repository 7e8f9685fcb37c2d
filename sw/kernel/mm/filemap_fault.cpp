// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

/// Net misses of mapped accesses from which on reading around them is given up.
constexpr std::uint32_t MMAP_LOTSAMISS = 100;

void unlock_mmap_for_io(file_fault& fault) {
  fault.fpin = maybe_unlock_mmap_for_io(fault.vmf, fault.fpin);
}

}  // namespace

FAULT_STAGE void do_sync_mmap_readahead(file_fault& fault) {
  const std::uint64_t hints = fault.vmf.vma->vm_flags;
  const std::uint32_t ra_pages = fault.mapping.ra_pages;
  file_ra_state& ra = fault.ra;
  if ((hints & VM_RAND_READ) != 0 || ra_pages == 0) {
    return;
  }
  if ((hints & VM_SEQ_READ) != 0) {
    unlock_mmap_for_io(fault);
    page_cache_sync_ra(fault.mapping, ra, fault.pgoff, ra_pages);
    return;
  }
  if (ra.mmap_miss < MMAP_LOTSAMISS * 10) {
    ++ra.mmap_miss;
  }
  if (ra.mmap_miss > MMAP_LOTSAMISS) {
    return;
  }
  unlock_mmap_for_io(fault);
  const std::uint64_t before = ra_pages / 2;
  ra.start = fault.pgoff > before ? fault.pgoff - before : 0;
  ra.size = ra_pages;
  ra.async_size = ra_pages / 4;
  page_cache_ra_order(fault.mapping, ra);
}

FAULT_STAGE void do_async_mmap_readahead(file_fault& fault, page& p) {
  if ((fault.vmf.vma->vm_flags & VM_RAND_READ) != 0 || fault.mapping.ra_pages == 0) {
    return;
  }
  if (fault.ra.mmap_miss != 0) {
    --fault.ra.mmap_miss;
  }
  if ((p.flags & PG_readahead) != 0) {
    unlock_mmap_for_io(fault);
    page_cache_async_ra(fault.mapping, fault.ra, p, fault.mapping.ra_pages);
  }
}

namespace {

// Locks the page; should that mean to wait, mmap_lock is dropped first if it may be.
void lock_folio_maybe_drop_mmap(file_fault& fault, page* p) {
  if (!trylock_page(p)) {
    unlock_mmap_for_io(fault);
    lock_page(p);
  }
}

// Finds the faulting page, locked and up to date with a reference, reading it if need be. Null: the
// fault ends with `result`.
page* get_page_for_fault(file_fault& fault, page* cached, vm_fault_t& result) {
  page* p = cached;
  for (;;) {
    int error = 0;
    if (p != nullptr) {
      lock_folio_maybe_drop_mmap(fault, p);
    } else {
      p = filemap_get_locked(fault.mapping, fault.pgoff, error);
    }
    if (p == nullptr) {
      result |= VM_FAULT_OOM;
      return nullptr;
    }
    if (is_page_of(*p, fault.mapping)) {
      if ((p->flags & PG_uptodate) != 0) {
        return p;
      }
      // Not read ahead, or that failed: read it alone, once.
      unlock_mmap_for_io(fault);
      error = filemap_read_folio(fault.mapping, *p);
    } else {
      unlock_page(p);  // truncated while it was waited for
    }
    put_page(p);
    p = nullptr;
    if (error != 0 || fault.fpin != nullptr) {
      result |= VM_FAULT_SIGBUS;
      return nullptr;
    }
  }
}

// The end of a fault that dropped mmap_lock: whatever became of it, it starts over.
vm_fault_t retry_fault(file_fault& fault, page* p, vm_fault_t result) {
  if (p != nullptr) {
    unlock_page(p);
    put_page(p);
  }
  fput(*fault.fpin);
  count_vm_event(FAULT_RETRY);
  return (result & VM_FAULT_MAJOR) != 0 ? VM_FAULT_MAJOR | VM_FAULT_RETRY : VM_FAULT_RETRY;
}

}  // namespace

file* maybe_unlock_mmap_for_io(const vm_fault& vmf, file* fpin) {
  const bool first_attempt =
      (vmf.flags & (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_TRIED)) == FAULT_FLAG_ALLOW_RETRY;
  if (fpin != nullptr || !first_attempt) {
    return fpin;
  }
  file* f = vmf.vma->vm_file;
  get_file(*f);
  vmf.vma->vm_mm->mmap_lock.read_unlock();
  return f;
}

FAULT_STAGE vm_fault_t filemap_fault(vm_fault& vmf) {
  file& f = *vmf.vma->vm_file;
  file_fault fault = {vmf, vmf.pgoff, *f.f_mapping, f.f_ra, nullptr};
  if (fault.pgoff >= pages_of(fault.mapping)) {
    return VM_FAULT_SIGBUS;
  }
  vm_fault_t result = VM_FAULT_NONE;
  page* p = find_get_page(fault.mapping, fault.pgoff);
  if (p != nullptr) {
    count_vm_event(PAGECACHE_HIT);
    if ((vmf.flags & FAULT_FLAG_TRIED) == 0) {
      do_async_mmap_readahead(fault, *p);
    }
  } else {
    count_vm_event(PAGECACHE_MISS);
    count_vm_event(PGMAJFAULT);
    result = VM_FAULT_MAJOR;
    do_sync_mmap_readahead(fault);
    p = find_get_page(fault.mapping, fault.pgoff);
  }
  p = get_page_for_fault(fault, p, result);
  if (fault.fpin != nullptr) {
    return retry_fault(fault, p, result);
  }
  if (p == nullptr) {
    return result;
  }
  if (fault.pgoff >= pages_of(fault.mapping)) {
    unlock_page(p);
    put_page(p);
    return VM_FAULT_SIGBUS;
  }
  vmf.page = p;
  return result | VM_FAULT_LOCKED;
}

namespace {

// True if a page of the cache can be mapped as it is.
bool is_ready_to_map(const page& p) {
  return (p.flags & (PG_uptodate | PG_locked | PG_readahead)) == PG_uptodate;
}

// The first page at or above `index` and not above `last` that can be mapped as it is; `index` is
// set to where it is. Null: none.
page* next_uptodate_page(const address_space& mapping, std::uint64_t& index, std::uint64_t last) {
  for (;; ++index) {
    page* p = mapping.i_pages.find(index, last);
    if (p == nullptr || is_ready_to_map(*p)) {
      return p;
    }
  }
}

}  // namespace

FAULT_STAGE vm_fault_t filemap_map_pages(vm_fault& vmf, std::uint64_t start_pgoff,
                                         std::uint64_t end_pgoff) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  address_space& mapping = *vma.vm_file->f_mapping;
  const lock_guard cache_guard(mapping.lock);
  const std::uint64_t file_pages = pages_of(mapping);
  const std::uint64_t end = end_pgoff < file_pages ? end_pgoff + 1 : file_pages;
  std::uint64_t first = start_pgoff;
  if (first >= end || next_uptodate_page(mapping, first, end - 1) == nullptr) {
    return VM_FAULT_NONE;
  }
  if (pmd_none(*vmf.pmd) && vmf.prealloc_pte != nullptr) {
    pmd_install(mm, vmf.pmd, vmf.prealloc_pte);
  }
  vm_fault_t result = VM_FAULT_NONE;
  std::uint64_t mapped = 0;
  std::uint32_t mmap_miss = vma.vm_file->f_ra.mmap_miss;
  const std::uintptr_t first_address = vma.vm_start + ((first - vma.vm_pgoff) << PAGE_SHIFT);
  const lock_guard table_guard(mm.page_table_lock);
  pte_t* const first_pte = pte_offset(vmf.pmd, first_address);
  mapping.i_pages.for_each(first, end - 1, [&](std::uint64_t index, page& p) {
    if (!is_ready_to_map(p)) {
      return;
    }
    mmap_miss -= mmap_miss != 0 ? 1 : 0;
    vmf.pte = first_pte + (index - first);
    if (!pte_none(ptep_get(vmf.pte))) {
      return;
    }
    const std::uintptr_t address = first_address + ((index - first) << PAGE_SHIFT);
    get_page(&p);
    do_set_pte(vmf, &p, address);
    update_mmu_cache(vma, address);
    ++mapped;
    if (address == vmf.address) {
      result = VM_FAULT_NOPAGE;
    }
  });
  vma.vm_file->f_ra.mmap_miss = mmap_miss;
  count_vm_events(FAULT_AROUND_PTES, mapped);
  if (result == VM_FAULT_NOPAGE) {
    count_vm_event(FAULT_AROUND);
  }
  return result;
}

FAULT_STAGE vm_fault_t filemap_page_mkwrite(vm_fault& vmf) {
  page& p = *vmf.page;
  address_space& mapping = *vmf.vma->vm_file->f_mapping;
  lock_page(&p);
  if (!is_page_of(p, mapping)) {  // truncated meanwhile: fault again
    unlock_page(&p);
    return VM_FAULT_NOPAGE;
  }
  wait_on_page_writeback(p);
  const auto write_begin = mapping.a_ops == nullptr ? nullptr : mapping.a_ops->write_begin;
  const int error = write_begin == nullptr ? 0 : write_begin(mapping, p);
  if (error != 0) {
    unlock_page(&p);
    return error == -MM_ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
  }
  set_page_dirty(p);
  return VM_FAULT_LOCKED;
}

const vm_operations_struct generic_file_vm_ops = {
    .fault = filemap_fault,
    .map_pages = filemap_map_pages,
    .page_mkwrite = filemap_page_mkwrite,
};
