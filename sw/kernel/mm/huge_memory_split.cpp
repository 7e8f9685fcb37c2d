// SPDX-License-Identifier: Apache-2.0
// Splitting: a huge pmd becomes a table of 512 ptes, a huge page 512 small ones.

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/barrier.h"
#include "sw/lib/bits.h"

namespace {

// What the first frame passes on to the others when a huge page falls apart.
constexpr std::uint32_t kInheritedFlags = PG_uptodate | PG_dirty | PG_swapbacked | PG_active |
                                          PG_referenced | PG_anon_exclusive | PG_unevictable |
                                          PG_icache_clean;

// Replaces a huge pmd by the table set aside for it, filled by make_pte(index). Through 0 and a
// flush, so that no hart ever holds translations of both sizes. PTL held.
template <typename MakePte>
void replace_pmd_by_table(vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start, MakePte make_pte) {
  pmdp_huge_clear_flush(vma, start, pmd);
  page* table = pgtable_trans_huge_withdraw(*vma.vm_mm);
  auto* entries = static_cast<pte_t*>(page_address(table));
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) {
    entries[i] = make_pte(i);
  }
  smp_wmb();  // the ptes before the entry that leads to them
  pmd_populate(pmd, table);
}

// The huge zero page is not split: its mapping becomes 512 of the small zero page. PTL held.
void split_huge_zero_page_pmd(vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start) {
  const pte_t entry = pte_mkspecial(pfn_pte(zero_pfn(), vma.vm_page_prot));
  replace_pmd_by_table(vma, pmd, start, [&](unsigned) { return entry; });
  count_vm_event(THP_SPLIT);
}

// Maps the 512 frames of `head` by ptes where `vma` maps them by a huge pmd, if it does.
void remap_by_ptes(page* head, vm_area_struct& vma) {
  std::uintptr_t start = 0;
  if (!vma_address(vma, head->index, start)) {
    return;
  }
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  pmd_t* pmd = walk_to_pmd(mm, start);
  if (pmd == nullptr) {
    return;
  }
  const pmd_t old = pmdp_get(pmd);
  if (!pmd_trans_huge(old) || pmd_pfn(old) != page_to_pfn(head)) {
    return;
  }
  // The ptes keep every flag of the pmd: protection, accessed, dirty.
  replace_pmd_by_table(vma, pmd, start, [&](unsigned i) {
    return pte_t{old.value + (std::uint64_t{i} << kPfnShift)};
  });
}

// Makes the frames of a compound page pages of their own, each with the mappings of the whole.
void split_compound_page(page* head) {
  const int mappings = page_mapcount(*head);
  const std::uint32_t inherited = head->flags & kInheritedFlags;
  for (unsigned i = HPAGE_PMD_NR - 1; i > 0; --i) {
    page* tail = head + i;
    tail->flags = inherited;
    tail->mapcount = mappings - 1;
    tail->refcount = mappings + 1;  // one for this function
    tail->order = 0;
    tail->mapping = head->mapping;
    tail->index = head->index + i;
    tail->private_ = 0;
    lru_add_page_tail(head, tail);
  }
  head->order = 0;
  __atomic_fetch_and(&head->flags, ~std::uint32_t{PG_head}, __ATOMIC_RELAXED);
  for (unsigned i = 1; i < HPAGE_PMD_NR; ++i) {
    put_page(head + i);  // frees it if the page was mapped nowhere
  }
}

}  // namespace

void split_huge_page(page* head) {
  lru_add_drain();  // from here on the page is on a list or isolated, not in between
  const rmap_candidates candidates = rmap_candidates_of(*head);
  if (candidates.vmas != nullptr) {
    const lock_guard guard(*candidates.lock);
    for (list_head* link = candidates.vmas->next; link != candidates.vmas; link = link->next) {
      remap_by_ptes(head, *rmap_vma(*head, link));
    }
  }
  split_compound_page(head);
  count_vm_event(THP_SPLIT);
}

FAULT_STAGE void __split_huge_pmd(vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address) {
  page* head = nullptr;
  {
    const lock_guard guard(vma.vm_mm->page_table_lock);
    const pmd_t old = pmdp_get(pmd);
    if (!pmd_trans_huge(old)) {
      return;
    }
    head = vm_normal_page_pmd(old);
    if (head == nullptr) {
      split_huge_zero_page_pmd(vma, pmd, align_down(address, PMD_SIZE));
      return;
    }
  }
  split_huge_page(head);
}

namespace {

// Splits the huge pmd that `address` cuts in two, if there is one.
void split_huge_pmd_if_needed(vm_area_struct& vma, std::uintptr_t address) {
  if (is_aligned(address, PMD_SIZE) || !transhuge_vma_suitable(vma, address)) {
    return;
  }
  pmd_t* pmd = walk_to_pmd(*vma.vm_mm, address);
  if (pmd != nullptr) {
    __split_huge_pmd(vma, pmd, address);
  }
}

}  // namespace

void vma_adjust_trans_huge(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  split_huge_pmd_if_needed(vma, start);
  split_huge_pmd_if_needed(vma, end);
}
