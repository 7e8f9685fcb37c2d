// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/barrier.h"

FAULT_STAGE void copy_user_highpage(page* to, const page* from, std::uintptr_t) {
  copy_page(page_address(to), page_address(from));
}

FAULT_STAGE page* alloc_zeroed_user_highpage_movable(vm_area_struct&, std::uintptr_t address) {
  page* p = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
  if (p != nullptr) {
    clear_user_highpage(p, address);
  }
  return p;
}

void SetPageUptodate(page* p) {
  smp_wmb();  // the content before the pte that makes it visible
  p->flags |= PG_uptodate;
}

namespace {

// Installs a pte where none was. False: another hart was faster, nothing was done. `p` is the page
// to count in, or null for the zero page.
bool install_anon_pte(vm_fault& vmf, pte_t entry, page* p) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  vmf.pte = pte_offset(vmf.pmd, vmf.address);
  if (!pte_none(ptep_get(vmf.pte))) {
    return false;
  }
  if (p != nullptr) {
    add_mm_counter(mm, MM_ANONPAGES, 1);
    page_add_new_anon_rmap(p, vma, vmf.address);
    lru_cache_add_inactive_or_unevictable(p, vma);
  }
  set_pte_at(mm, vmf.address, vmf.pte, entry);
  update_mmu_cache(vma, vmf.address);
  return true;
}

}  // namespace

FAULT_STAGE vm_fault_t do_anonymous_page(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  if ((vma.vm_flags & VM_SHARED) != 0) {
    return VM_FAULT_SIGBUS;
  }
  if (!pte_alloc(*vma.vm_mm, vmf.pmd)) {
    return VM_FAULT_OOM;
  }
  if (pmd_trans_huge(pmdp_get(vmf.pmd))) {
    return VM_FAULT_NONE;  // another thread put a huge page there meanwhile: fault again
  }
  const bool write = (vmf.flags & FAULT_FLAG_WRITE) != 0;
  page* p = nullptr;
  pte_t entry;
  if (write) {
    if (!anon_vma_prepare(vma)) {
      return VM_FAULT_OOM;
    }
    p = alloc_zeroed_user_highpage_movable(vma, vmf.address);
    if (p == nullptr) {
      return VM_FAULT_OOM;
    }
    SetPageUptodate(p);
    entry = maybe_mkwrite(pte_mkdirty(mk_pte(p, vma.vm_page_prot)), vma);
  } else {
    entry = pte_mkspecial(pfn_pte(zero_pfn(), vma.vm_page_prot));
  }
  if (!install_anon_pte(vmf, entry, p) && p != nullptr) {
    put_page(p);
  }
  count_vm_event(write ? FAULT_ANON_WRITE : FAULT_ANON_READ);
  return VM_FAULT_NONE;
}

FAULT_STAGE void wp_page_reuse(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  const pte_t entry = maybe_mkwrite(pte_mkdirty(pte_mkyoung(vmf.orig_pte)), vma);
  if (ptep_set_access_flags(vma, vmf.address, vmf.pte, entry)) {
    update_mmu_cache(vma, vmf.address);
  }
  vma.vm_mm->page_table_lock.unlock();
  count_vm_event(PGREUSE);
}

namespace {

// The private page that replaces `old_page` (null: the zero page), filled; null: out of memory.
page* make_private_copy(vm_fault& vmf, const page* old_page) {
  if (old_page == nullptr) {
    return alloc_zeroed_user_highpage_movable(*vmf.vma, vmf.address);
  }
  page* p = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
  if (p != nullptr) {
    copy_user_highpage(p, old_page, vmf.address);
  }
  return p;
}

// Replaces the pte of `old_page` by one of `new_page`. False: the pte is no longer what it was.
bool install_private_copy(vm_fault& vmf, page* old_page, page* new_page) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  if (!pte_same(ptep_get(vmf.pte), vmf.orig_pte)) {
    return false;
  }
  if (old_page == nullptr) {
    add_mm_counter(mm, MM_ANONPAGES, 1);
  } else if (!PageAnon(*old_page)) {
    add_mm_counter(mm, mm_counter_file(*old_page), -1);
    add_mm_counter(mm, MM_ANONPAGES, 1);
  }
  const pte_t entry = maybe_mkwrite(pte_mkdirty(mk_pte(new_page, vma.vm_page_prot)), vma);
  // Through 0 and a flush, so that no hart ever holds the old and the new translation at once.
  ptep_clear_flush(vma, vmf.address, vmf.pte);
  page_add_new_anon_rmap(new_page, vma, vmf.address);
  lru_cache_add_inactive_or_unevictable(new_page, vma);
  set_pte_at(mm, vmf.address, vmf.pte, entry);
  update_mmu_cache(vma, vmf.address);
  if (old_page != nullptr) {
    page_remove_rmap(old_page);
  }
  return true;
}

}  // namespace

FAULT_STAGE vm_fault_t wp_page_copy(vm_fault& vmf) {
  page* old_page = vmf.page;
  page* new_page = anon_vma_prepare(*vmf.vma) ? make_private_copy(vmf, old_page) : nullptr;
  if (new_page == nullptr) {
    if (old_page != nullptr) {
      put_page(old_page);
    }
    return VM_FAULT_OOM;
  }
  SetPageUptodate(new_page);
  const bool installed = install_private_copy(vmf, old_page, new_page);
  if (!installed) {
    put_page(new_page);
  }
  if (old_page != nullptr) {
    if (installed) {
      free_swap_cache(old_page);
      put_page(old_page);  // the reference of the mapping that is gone
    }
    put_page(old_page);
  }
  return VM_FAULT_NONE;
}

namespace {

// True if a store may go to the anonymous page itself although it is not known to be exclusive: it
// turns out to have no other user left but the swap cache, which then gives it up. PTL held.
FAULT_STAGE bool wp_can_reuse_anon_folio(page* p) {
  if ((p->flags & PG_lru) == 0) {
    lru_add_drain();  // the batch's reference would look like a sharer
  }
  const std::int32_t references = __atomic_load_n(&p->refcount, __ATOMIC_RELAXED);
  if (references > (PageSwapCache(*p) ? 2 : 1) || !trylock_page(p)) {
    return false;
  }
  if (PageSwapCache(*p)) {
    folio_free_swap(p);
  }
  const bool only_user = __atomic_load_n(&p->refcount, __ATOMIC_RELAXED) == 1;
  if (only_user) {
    __atomic_fetch_or(&p->flags, PG_anon_exclusive, __ATOMIC_RELAXED);
  }
  unlock_page(p);
  return only_user;
}

// A store to a shared page that is mapped read-only: the file system is asked, then the pte gets W.
// Entered with the PTL held, returns without.
FAULT_STAGE vm_fault_t wp_page_shared(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  page* p = vmf.page;
  get_page(p);
  if (vma.vm_ops != nullptr && vma.vm_ops->page_mkwrite != nullptr) {
    mm.page_table_lock.unlock();
    const vm_fault_t result = do_page_mkwrite(vmf);
    if ((result & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) != 0) {
      put_page(p);
      return result;
    }
    mm.page_table_lock.lock();
    if (!pte_same(ptep_get(vmf.pte), vmf.orig_pte)) {
      mm.page_table_lock.unlock();
      unlock_page(p);
      put_page(p);
      return VM_FAULT_NOPAGE;
    }
    wp_page_reuse(vmf);
  } else {
    wp_page_reuse(vmf);
    lock_page(p);
  }
  const vm_fault_t result = fault_dirty_shared_page(vmf);
  put_page(p);
  count_vm_event(FAULT_WP_REUSE);
  return result;
}

}  // namespace

FAULT_STAGE vm_fault_t do_wp_page(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  vmf.page = vm_normal_page(vmf.orig_pte);
  if ((vma.vm_flags & VM_SHARED) != 0) {
    return wp_page_shared(vmf);
  }
  if (vmf.page != nullptr && PageAnon(*vmf.page) &&
      (PageAnonExclusive(*vmf.page) || wp_can_reuse_anon_folio(vmf.page))) {
    wp_page_reuse(vmf);
    count_vm_event(FAULT_WP_REUSE);
    return VM_FAULT_NONE;
  }
  if (vmf.page != nullptr) {
    get_page(vmf.page);
  }
  vma.vm_mm->page_table_lock.unlock();
  count_vm_event(vmf.page == nullptr ? FAULT_WP_ZERO : FAULT_WP_COPY);
  return wp_page_copy(vmf);
}
