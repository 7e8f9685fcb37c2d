// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/lib/bits.h"

namespace {

// Removes the ptes of [start, end), all of one last-level table.
void zap_pte_range(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start,
                   std::uintptr_t end) {
  mm_struct& mm = *vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  pte_t* entry = pte_offset(pmd, start);
  for (std::uintptr_t address = start; address < end; address += PAGE_SIZE, ++entry) {
    if (pte_none(ptep_get(entry))) {
      continue;
    }
    const pte_t pte = {__atomic_exchange_n(&entry->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
    if (is_swap_pte(pte)) {
      add_mm_counter(mm, MM_SWAPENTS, -1);
      free_swap_and_cache(pte_to_swp_entry(pte));
      continue;
    }
    page* p = vm_normal_page(pte);
    if (p == nullptr) {
      tlb.change(address);
      continue;
    }
    if (PageAnon(*p)) {
      add_mm_counter(mm, MM_ANONPAGES, -1);
    } else {
      add_mm_counter(mm, mm_counter_file(*p), -1);
      if (pte_dirty(pte)) {
        set_page_dirty(*p);
      }
    }
    tlb.remove_page(p, address);
  }
}

// Removes what [start, end) has below one pmd.
void zap_pmd_range(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t start,
                   std::uintptr_t end) {
  if (pmd_trans_huge(pmdp_get(pmd))) {
    if (end - start == PMD_SIZE && zap_huge_pmd(tlb, vma, pmd, start)) {
      return;
    }
    __split_huge_pmd(vma, pmd, start);
  }
  if (!pmd_none(*pmd)) {
    zap_pte_range(tlb, vma, pmd, start, end);
  }
}

// Unlinks the table that `entry` points to.
void free_table(mmu_gather& tlb, mm_struct& mm, std::uint64_t& entry) {
  mm.page_table_lock.lock();
  page* table = pfn_to_page(table_pfn(entry));
  write_once(entry, std::uint64_t{0});
  mm.page_table_lock.unlock();
  tlb.remove_table(table);
}

}  // namespace

void unmap_page_range(mmu_gather& tlb, vm_area_struct& vma, std::uintptr_t start,
                      std::uintptr_t end) {
  const mm_struct& mm = *vma.vm_mm;
  for (std::uintptr_t address = start; address < end;) {
    const pgd_t* pgd = pgd_offset(mm, address);
    if (pgd_none(*pgd)) {
      address = align_down(address, PGDIR_SIZE) + PGDIR_SIZE;
      continue;
    }
    const std::uintptr_t next = min(align_down(address, PMD_SIZE) + PMD_SIZE, end);
    zap_pmd_range(tlb, vma, pmd_offset(pgd, address), address, next);
    address = next;
  }
}

void free_pgtables(mmu_gather& tlb, mm_struct& mm, std::uintptr_t start, std::uintptr_t end,
                   std::uintptr_t floor, std::uintptr_t ceiling) {
  const std::uintptr_t first_block = max(align_down(start, PMD_SIZE), align_up(floor, PMD_SIZE));
  const std::uintptr_t last_block = min(align_up(end, PMD_SIZE), align_down(ceiling, PMD_SIZE));
  for (std::uintptr_t address = first_block; address < last_block;) {
    pgd_t* pgd = pgd_offset(mm, address);
    if (pgd_none(*pgd)) {
      address = align_down(address, PGDIR_SIZE) + PGDIR_SIZE;
      continue;
    }
    pmd_t* pmd = pmd_offset(pgd, address);
    if (!pmd_none(*pmd)) {
      free_table(tlb, mm, pmd->value);
    }
    address += PMD_SIZE;
  }
  const std::uintptr_t first_part = max(align_down(start, PGDIR_SIZE), align_up(floor, PGDIR_SIZE));
  const std::uintptr_t last_part = min(align_up(end, PGDIR_SIZE), align_down(ceiling, PGDIR_SIZE));
  for (std::uintptr_t address = first_part; address < last_part; address += PGDIR_SIZE) {
    pgd_t* pgd = pgd_offset(mm, address);
    if (!pgd_none(*pgd)) {
      free_table(tlb, mm, pgd->value);
    }
  }
}
