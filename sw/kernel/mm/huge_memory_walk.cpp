// SPDX-License-Identifier: Apache-2.0
// Huge pmds as a whole: unmapped, protected, moved, copied at fork.

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/lib/bits.h"

namespace {

// Takes the pmd out if it is huge; else the result is none.
pmd_t take_huge_pmd(pmd_t* pmd) {
  if (!pmd_trans_huge(pmdp_get(pmd))) {
    return {0};
  }
  // The hardware may set A or D between a load and a store, hence one atomic exchange.
  return {__atomic_exchange_n(&pmd->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
}

}  // namespace

bool zap_huge_pmd(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address) {
  mm_struct& mm = *vma.vm_mm;
  const std::uintptr_t start = align_down(address, PMD_SIZE);
  pmd_t old = {0};
  page* table = nullptr;
  {
    const lock_guard guard(mm.page_table_lock);
    old = take_huge_pmd(pmd);
    if (pmd_none(old)) {
      return false;
    }
    table = pgtable_trans_huge_withdraw(mm);
    if (!is_huge_zero_pmd(old)) {
      add_mm_counter(mm, MM_ANONPAGES, -std::int64_t{HPAGE_PMD_NR});
    }
  }
  pte_free(mm, table);  // no hardware has ever seen it
  tlb.change(start, PMD_SIZE);
  if (page* head = vm_normal_page_pmd(old); head != nullptr) {
    tlb.remove_page(head, start);
  }
  return true;
}

void change_huge_pmd(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address) {
  const std::uintptr_t start = align_down(address, PMD_SIZE);
  const lock_guard guard(vma.vm_mm->page_table_lock);
  const pmd_t old = take_huge_pmd(pmd);
  if (pmd_none(old)) {
    return;
  }
  const pmd_t fresh = pmd_modify(old, vma.vm_page_prot);
  set_pmd_at(*vma.vm_mm, start, pmd, fresh);
  if (!pmd_same(old, fresh)) {
    tlb.change(start, PMD_SIZE);
  }
}

bool move_huge_pmd(vm_area_struct& vma, pmd_t* old_pmd, pmd_t* new_pmd, std::uintptr_t old_address,
                   std::uintptr_t new_address) {
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  if (!pmd_none(*new_pmd)) {
    return false;
  }
  const pmd_t entry = take_huge_pmd(old_pmd);
  if (pmd_none(entry)) {
    return false;
  }
  set_pmd_at(mm, new_address, new_pmd, entry);
  flush_pmd_tlb_range(vma, old_address);
  return true;
}

int copy_huge_pmd(mm_struct& dst_mm, mm_struct& src_mm, pmd_t* dst_pmd, pmd_t* src_pmd,
                  std::uintptr_t address, vm_area_struct&) {
  page* table = pte_alloc_one(dst_mm);
  if (table == nullptr) {
    return -MM_ENOMEM;
  }
  const lock_guard dst_guard(dst_mm.page_table_lock);
  const lock_guard src_guard(src_mm.page_table_lock);
  const pmd_t old = pmdp_get(src_pmd);
  if (!pmd_trans_huge(old)) {
    pte_free(dst_mm, table);
    return -MM_EAGAIN;
  }
  if (page* head = vm_normal_page_pmd(old); head != nullptr) {
    get_page(head);
    page_dup_anon_rmap(head);
    add_mm_counter(dst_mm, MM_ANONPAGES, HPAGE_PMD_NR);
  } else {
    mm_share_huge_zero_page(dst_mm);
  }
  pgtable_trans_huge_deposit(dst_mm, table);
  const std::uintptr_t start = align_down(address, PMD_SIZE);
  // W goes by an atomic operation, for the hardware may be setting A or D.
  __atomic_fetch_and(&src_pmd->value, ~static_cast<std::uint64_t>(_PAGE_WRITE), __ATOMIC_RELAXED);
  set_pmd_at(dst_mm, start, dst_pmd, pmd_mkold(pmd_wrprotect(old)));
  return 0;
}
