// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/huge_memory.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

thp_mode mode = thp_mode::madvise;

// Zeroed when it is first mapped; then one reference for each address space that uses it.
page* huge_zero_page = nullptr;
std::uint64_t huge_zero_refcount = 0;

// The huge zero page with a reference of this address space; null: no memory for it.
page* mm_get_huge_zero_page(mm_struct& mm) {
  if (mm.uses_huge_zero_page) {
    return huge_zero_page;
  }
  if (huge_zero_page == nullptr) {
    page* zero = alloc_pages(GFP_TRANSHUGE_LIGHT, HPAGE_PMD_ORDER);
    if (zero == nullptr) {
      return nullptr;
    }
    clear_huge_page(zero, 0);
    SetPageUptodate(zero);
    huge_zero_page = zero;
  }
  mm_share_huge_zero_page(mm);
  return huge_zero_page;
}

pmd_t maybe_pmd_mkwrite(pmd_t pmd, const vm_area_struct& vma) {
  return (vma.vm_flags & VM_WRITE) != 0 ? pmd_mkwrite(pmd) : pmd;
}

// Puts a huge pmd where none was, with the table set aside for its split. False: another hart was
// faster, nothing was done. `head` is the page to count in, or null for the huge zero page.
bool install_huge_pmd(vm_fault& vmf, pmd_t entry, page* head, page* table) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  const std::uintptr_t start = align_down(vmf.address, PMD_SIZE);
  const lock_guard guard(mm.page_table_lock);
  if (!pmd_none(*vmf.pmd)) {
    return false;
  }
  if (head != nullptr) {
    page_add_new_anon_rmap(head, vma, start);
    lru_cache_add_inactive_or_unevictable(head, vma);
    add_mm_counter(mm, MM_ANONPAGES, HPAGE_PMD_NR);
  }
  pgtable_trans_huge_deposit(mm, table);
  set_pmd_at(mm, start, vmf.pmd, entry);
  update_mmu_cache(vma, vmf.address);
  return true;
}

vm_fault_t map_huge_zero_page(vm_fault& vmf) {
  mm_struct& mm = *vmf.vma->vm_mm;
  page* table = pte_alloc_one(mm);
  if (table == nullptr) {
    return VM_FAULT_OOM;
  }
  const page* zero = mm_get_huge_zero_page(mm);
  if (zero == nullptr) {
    pte_free(mm, table);
    return VM_FAULT_FALLBACK;
  }
  const pmd_t entry = pfn_pmd(page_to_pfn(zero), vmf.vma->vm_page_prot);
  if (!install_huge_pmd(vmf, entry, nullptr, table)) {
    pte_free(mm, table);
  }
  count_vm_event(FAULT_HUGE_READ);
  return VM_FAULT_NONE;
}

vm_fault_t map_new_huge_page(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  mm_struct& mm = *vma.vm_mm;
  page* head = alloc_pages(GFP_TRANSHUGE_LIGHT, HPAGE_PMD_ORDER);
  if (head == nullptr) {
    return VM_FAULT_FALLBACK;
  }
  page* table = pte_alloc_one(mm);
  if (table == nullptr) {
    put_page(head);
    return VM_FAULT_OOM;
  }
  clear_huge_page(head, vmf.address);
  SetPageUptodate(head);
  const pmd_t entry =
      maybe_pmd_mkwrite(pmd_mkdirty(pfn_pmd(page_to_pfn(head), vma.vm_page_prot)), vma);
  if (!install_huge_pmd(vmf, entry, head, table)) {
    pte_free(mm, table);
    put_page(head);
  }
  count_vm_event(FAULT_HUGE_WRITE);
  return VM_FAULT_NONE;
}

// Stores flags that a huge pmd gains, if it still is what it was, and fences the page that faulted.
void set_huge_pmd_flags(vm_fault& vmf, pmd_t entry) {
  vm_area_struct& vma = *vmf.vma;
  if (!pmd_same(vmf.orig_pmd, entry)) {
    set_pmd_at(*vma.vm_mm, align_down(vmf.address, PMD_SIZE), vmf.pmd, entry);
  }
  update_mmu_cache(vma, vmf.address);
}

// True if a store may go to the huge page itself: it belongs to this address space alone, or turns
// out to have no other user left. PTL held.
bool may_reuse_huge_page(page* head) {
  if (PageAnonExclusive(*head)) {
    return true;
  }
  if ((head->flags & PG_lru) == 0) {
    lru_add_drain();  // the batch's reference would look like a sharer
  }
  if (__atomic_load_n(&head->refcount, __ATOMIC_RELAXED) != 1) {
    return false;
  }
  __atomic_fetch_or(&head->flags, PG_anon_exclusive, __ATOMIC_RELAXED);
  return true;
}

}  // namespace

void set_transparent_hugepage(thp_mode chosen) {
  mode = chosen;
}

void huge_memory_init() {
  mode = thp_mode::madvise;
  huge_zero_page = nullptr;
  huge_zero_refcount = 0;
}

bool hugepage_vma_check(const vm_area_struct& vma) {
  if (!vma_is_anonymous(vma) || (vma.vm_flags & (VM_NOHUGEPAGE | VM_SHARED)) != 0) {
    return false;
  }
  return mode == thp_mode::always ||
         (mode == thp_mode::madvise && (vma.vm_flags & VM_HUGEPAGE) != 0);
}

bool transhuge_vma_suitable(const vm_area_struct& vma, std::uintptr_t address) {
  const std::uintptr_t start = align_down(address, PMD_SIZE);
  return start >= vma.vm_start && start + PMD_SIZE <= vma.vm_end;
}

FAULT_STAGE void clear_huge_page(page* head, std::uintptr_t address_hint) {
  const unsigned target = pte_index(address_hint);
  // The pages that lie farther from the target than the nearer end of the block, towards it; what
  // remains, [low, high), has the target in its middle.
  unsigned low = 0;
  unsigned high = HPAGE_PMD_NR;
  while (high > 2 * target && high > target + 1) {
    --high;
    clear_user_highpage(head + high, address_hint);
  }
  while (high == HPAGE_PMD_NR && target - low > high - 1 - target) {
    clear_user_highpage(head + low, address_hint);
    ++low;
  }
  // Then from both sides inwards: the target comes last, its neighbours before it.
  while (low < high) {
    clear_user_highpage(head + low++, address_hint);
    if (low < high) {
      clear_user_highpage(head + --high, address_hint);
    }
  }
}

FAULT_STAGE vm_fault_t do_huge_pmd_anonymous_page(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  if (!transhuge_vma_suitable(vma, vmf.address)) {
    return VM_FAULT_FALLBACK;
  }
  if (!anon_vma_prepare(vma)) {
    return VM_FAULT_OOM;
  }
  const bool write = (vmf.flags & FAULT_FLAG_WRITE) != 0;
  const vm_fault_t result = write ? map_new_huge_page(vmf) : map_huge_zero_page(vmf);
  if ((result & VM_FAULT_FALLBACK) != 0) {
    count_vm_event(THP_FAULT_FALLBACK);
  }
  return result;
}

FAULT_STAGE vm_fault_t do_huge_pmd_wp_page(vm_fault& vmf) {
  vm_area_struct& vma = *vmf.vma;
  page* head = vm_normal_page_pmd(vmf.orig_pmd);
  if (head != nullptr) {
    const lock_guard guard(vma.vm_mm->page_table_lock);
    if (!pmd_same(pmdp_get(vmf.pmd), vmf.orig_pmd)) {
      return VM_FAULT_NONE;  // lost a race: fault again
    }
    if (may_reuse_huge_page(head)) {
      set_huge_pmd_flags(vmf, maybe_pmd_mkwrite(pmd_mkdirty(pmd_mkyoung(vmf.orig_pmd)), vma));
      count_vm_event(FAULT_HUGE_WP);
      return VM_FAULT_NONE;
    }
  }
  count_vm_event(FAULT_HUGE_WP);
  __split_huge_pmd(vma, vmf.pmd, vmf.address);
  return VM_FAULT_FALLBACK;
}

FAULT_STAGE void huge_pmd_set_accessed(vm_fault& vmf) {
  const lock_guard guard(vmf.vma->vm_mm->page_table_lock);
  if (!pmd_same(pmdp_get(vmf.pmd), vmf.orig_pmd)) {
    return;
  }
  pmd_t entry = pmd_mkyoung(vmf.orig_pmd);
  if ((vmf.flags & FAULT_FLAG_WRITE) != 0) {
    entry = pmd_mkdirty(entry);
  }
  set_huge_pmd_flags(vmf, entry);
  count_vm_event(FAULT_ACCESS);
}

bool is_huge_zero_pmd(pmd_t pmd) {
  return huge_zero_page != nullptr && pmd_pfn(pmd) == page_to_pfn(huge_zero_page);
}

page* vm_normal_page_pmd(pmd_t pmd) {
  return is_huge_zero_pmd(pmd) ? nullptr : pfn_to_page(pmd_pfn(pmd));
}

void mm_share_huge_zero_page(mm_struct& mm) {
  if (!mm.uses_huge_zero_page) {
    mm.uses_huge_zero_page = true;
    ++huge_zero_refcount;
  }
}

void mm_put_huge_zero_page(mm_struct& mm) {
  if (mm.uses_huge_zero_page) {
    mm.uses_huge_zero_page = false;
    --huge_zero_refcount;
  }
}

std::uint64_t shrink_huge_zero_page() {
  if (huge_zero_page == nullptr || huge_zero_refcount != 0) {
    return 0;
  }
  put_page(huge_zero_page);
  huge_zero_page = nullptr;
  return HPAGE_PMD_NR;
}
