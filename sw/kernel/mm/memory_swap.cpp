// SPDX-License-Identifier: Apache-2.0
// Path J: a fault on a page that is in swap.

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"

bool folio_lock_or_retry(page& p, mm_struct& mm, unsigned flags) {
  if (trylock_page(&p)) {
    return true;
  }
  if ((flags & (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_TRIED)) == FAULT_FLAG_ALLOW_RETRY) {
    mm.mmap_lock.read_unlock();
    wait_on_page_locked(p);
    return false;
  }
  lock_page(&p);
  return true;
}

namespace {

// True if the pte is still the swap entry that the fault found.
bool is_pte_unchanged(const vm_fault& vmf) {
  const lock_guard guard(vmf.vma->vm_mm->page_table_lock);
  return pte_same(ptep_get(vmf.pte), vmf.orig_pte);
}

// True if the cached page holds what the swap entry stands for: it may have left the cache while
// its lock was waited for.
bool is_page_of_entry(const page& p, swp_entry_t entry) {
  return PageSwapCache(p) && page_swap_entry(p).value == entry.value;
}

// True if a store would find the process to be the page's only user but for the swap cache (this
// fault has the other reference), so that the slot should be given up.
bool should_try_to_free_swap(const page& p, const vm_fault& vmf) {
  return (vmf.vma->vm_flags & VM_LOCKED) != 0 ||
         ((vmf.flags & FAULT_FLAG_WRITE) != 0 && p.refcount == 2);
}

// Maps the page (locked, of the right slot) in the place of the swap entry. Entered with the PTL
// held; true: still held, with vmf.orig_pte the new pte, for a store that must yet be answered.
bool map_swapped_page(vm_fault& vmf, page& p, swp_entry_t entry) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  swap_free(entry);
  if (should_try_to_free_swap(p, vmf)) {
    folio_free_swap(&p);
  }
  add_mm_counter(mm, MM_ANONPAGES, 1);
  add_mm_counter(mm, MM_SWAPENTS, -1);
  pte_t pte = mk_pte(&p, vma.vm_page_prot);
  const bool exclusive = p.refcount == 1;  // nobody but this fault, whose reference the pte gets
  bool store = (vmf.flags & FAULT_FLAG_WRITE) != 0;
  if (exclusive && store) {
    pte = maybe_mkwrite(pte_mkdirty(pte), vma);
    store = false;
  }
  page_add_anon_rmap(&p, vma, vmf.address, exclusive);
  set_pte_at(mm, vmf.address, vmf.pte, pte);
  vmf.orig_pte = pte;
  if (!store) {
    update_mmu_cache(vma, vmf.address);
    mm.page_table_lock.unlock();
  }
  return store;
}

// The page of a slot with a reference, being read if it was not in the cache (MAJOR). Null: memory
// is short, or the slot is no longer in use.
page* get_swapped_page(swp_entry_t entry, vm_fault_t& result) {
  page* p = swap_cache_get_folio(entry);
  if (p == nullptr) {
    result |= VM_FAULT_MAJOR;
    count_vm_event(PGMAJFAULT);
    p = swapin_readahead(entry);
  }
  return p;
}

}  // namespace

FAULT_STAGE vm_fault_t do_swap_page(vm_fault& vmf) {
  mm_struct& mm = *vmf.vma->vm_mm;
  const swp_entry_t entry = pte_to_swp_entry(vmf.orig_pte);
  vm_fault_t result = VM_FAULT_NONE;
  page* p = get_swapped_page(entry, result);
  if (p == nullptr) {
    return is_pte_unchanged(vmf) ? VM_FAULT_OOM : VM_FAULT_NONE;
  }
  if (!folio_lock_or_retry(*p, mm, vmf.flags)) {
    put_page(p);
    return result | VM_FAULT_RETRY;
  }
  if ((vmf.flags & FAULT_FLAG_WRITE) != 0 && (p->flags & PG_lru) == 0) {
    lru_add_drain();  // the batch's reference would look like another user
  }
  mm.page_table_lock.lock();
  const bool is_current = pte_same(ptep_get(vmf.pte), vmf.orig_pte) && is_page_of_entry(*p, entry);
  if (!is_current || (p->flags & PG_uptodate) == 0) {
    mm.page_table_lock.unlock();
    unlock_page(p);
    put_page(p);
    return is_current ? VM_FAULT_SIGBUS : result;
  }
  const bool waited = (result & VM_FAULT_MAJOR) != 0 || (vmf.flags & FAULT_FLAG_TRIED) != 0;
  count_vm_event(waited ? FAULT_SWAP_DEVICE : FAULT_SWAP_CACHE);
  const bool store_pending = map_swapped_page(vmf, *p, entry);
  unlock_page(p);
  return store_pending ? result | do_wp_page(vmf) : result;
}
