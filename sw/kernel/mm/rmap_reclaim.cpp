// SPDX-License-Identifier: Apache-2.0
// What reclaim and write-back do to all ptes of a page.

#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/tlb.h"

namespace {

// Clears A of a pte; true if it was set. The hardware may set D at this moment. PTL held.
bool ptep_test_and_clear_young(pte_t* entry) {
  constexpr std::uint64_t kAccessed = _PAGE_ACCESSED;
  return (__atomic_fetch_and(&entry->value, ~kAccessed, __ATOMIC_RELAXED) & kAccessed) != 0;
}

// Replaces one pte of a private page by a swap entry. False: the slot can count no more. PTL held.
bool unmap_to_swap(page& p, vm_area_struct& vma, std::uintptr_t address, pte_t* entry) {
  mm_struct& mm = *vma.vm_mm;
  const swp_entry_t slot = page_swap_entry(p);
  if (!swap_duplicate(slot)) {
    return false;
  }
  const pte_t old = ptep_clear_flush(vma, address, entry);
  if (pte_dirty(old)) {
    set_page_dirty(p);
  }
  // A swap entry has no place for "exclusive": whoever swaps the page in finds out by counting.
  __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_anon_exclusive}, __ATOMIC_RELAXED);
  add_mm_counter(mm, MM_ANONPAGES, -1);
  add_mm_counter(mm, MM_SWAPENTS, 1);
  write_once(entry->value, swp_entry_to_pte(slot).value);
  return true;
}

// Clears one pte of a page of a file; the file still has the content. PTL held.
void unmap_from_file(page& p, vm_area_struct& vma, std::uintptr_t address, pte_t* entry) {
  const pte_t old = ptep_clear_flush(vma, address, entry);
  if (pte_dirty(old)) {
    set_page_dirty(p);
  }
  add_mm_counter(*vma.vm_mm, mm_counter_file(p), -1);
}

}  // namespace

void tlb_batch::add(const mm_struct& mm) {
  for (unsigned i = 0; i < nr_; ++i) {
    if (spaces_[i] == &mm) {
      return;
    }
  }
  if (nr_ == kMost) {
    flush();
  }
  spaces_[nr_++] = &mm;
}

void tlb_batch::flush() {
  for (unsigned i = 0; i < nr_; ++i) {
    flush_tlb_mm(*spaces_[i]);
  }
  nr_ = 0;
}

unsigned folio_referenced(page& p, std::uint64_t& vm_flags, tlb_batch& tlb) {
  unsigned referenced = 0;
  vm_flags = 0;
  rmap_walk(p, [&](vm_area_struct& vma, std::uintptr_t, pte_t* entry) {
    mm_struct& mm = *vma.vm_mm;
    const lock_guard guard(mm.page_table_lock);
    if ((vma.vm_flags & VM_LOCKED) != 0) {
      vm_flags |= VM_LOCKED;
    }
    if (!ptep_test_and_clear_young(entry)) {
      return;
    }
    tlb.add(mm);
    // Who reads from front to back does not come back to this page.
    if ((vma.vm_flags & VM_SEQ_READ) == 0) {
      ++referenced;
      vm_flags |= vma.vm_flags;
    }
  });
  return referenced;
}

bool try_to_unmap(page& p) {
  bool all = true;
  rmap_walk(p, [&](vm_area_struct& vma, std::uintptr_t address, pte_t* entry) {
    const lock_guard guard(vma.vm_mm->page_table_lock);
    if ((vma.vm_flags & VM_LOCKED) != 0) {
      all = false;
      return;
    }
    if (!PageAnon(p)) {
      unmap_from_file(p, vma, address, entry);
    } else if (!unmap_to_swap(p, vma, address, entry)) {
      all = false;
      return;
    }
    page_remove_rmap(&p);
    put_page(&p);  // the pte's; the caller has one of its own
  });
  return all;
}

int page_mkclean(page& p) {
  int cleaned = 0;
  if (PageAnon(p)) {
    return 0;
  }
  rmap_walk(p, [&](vm_area_struct& vma, std::uintptr_t address, pte_t* entry) {
    if ((vma.vm_flags & VM_SHARED) == 0) {
      return;
    }
    const lock_guard guard(vma.vm_mm->page_table_lock);
    const pte_t seen = ptep_get(entry);
    if (!pte_dirty(seen) && !pte_write(seen)) {
      return;
    }
    const pte_t old = ptep_clear_flush(vma, address, entry);
    set_pte_at(*vma.vm_mm, address, entry, pte_mkclean(pte_wrprotect(old)));
    ++cleaned;
  });
  return cleaned;
}
