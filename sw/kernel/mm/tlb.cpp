// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/tlb.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap_state.h"

FAULT_STAGE void update_mmu_cache(const vm_area_struct&, std::uintptr_t va) {
  local_flush_tlb_page(va);
}

FAULT_STAGE void flush_tlb_page(const vm_area_struct& vma, std::uintptr_t va) {
  local_flush_tlb_page_asid(va, vma.vm_mm->asid);
}

void flush_tlb_range(const mm_struct& mm, std::uintptr_t start, std::uintptr_t end) {
  if (end - start <= PAGE_SIZE) {
    local_flush_tlb_page_asid(start, mm.asid);
  } else {
    local_flush_tlb_all_asid(mm.asid);
  }
}

void flush_tlb_mm(const mm_struct& mm) {
  local_flush_tlb_all_asid(mm.asid);
}

FAULT_STAGE pte_t ptep_clear_flush(vm_area_struct& vma, std::uintptr_t va, pte_t* entry) {
  // The hardware may set A or D between a load and a store, hence one atomic exchange.
  const pte_t old = {__atomic_exchange_n(&entry->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
  flush_tlb_page(vma, va);
  return old;
}

void flush_pmd_tlb_range(const vm_area_struct& vma, std::uintptr_t va) {
  local_flush_tlb_page_asid(va & ~(PMD_SIZE - 1), vma.vm_mm->asid);
}

pmd_t pmdp_huge_clear_flush(const vm_area_struct& vma, std::uintptr_t va, pmd_t* entry) {
  const pmd_t old = {__atomic_exchange_n(&entry->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
  flush_pmd_tlb_range(vma, va);
  return old;
}

bool ptep_set_access_flags(vm_area_struct& vma, std::uintptr_t va, pte_t* entry, pte_t pte) {
  if (!pte_same(ptep_get(entry), pte)) {
    set_pte_at(*vma.vm_mm, va, entry, pte);
  }
  return true;
}

void mmu_gather::change(std::uintptr_t va, std::uint64_t bytes) {
  if (va < start_) {
    start_ = va;
  }
  if (va + bytes > end_) {
    end_ = va + bytes;
  }
}

void mmu_gather::remove_page(page* p, std::uintptr_t va) {
  change(va);
  hold(p);
}

void mmu_gather::remove_table(page* table) {
  freed_tables_ = true;
  hold(table);
}

void mmu_gather::hold(page* p) {
  pages_[nr_++] = p;
  if (nr_ == kBatch) {
    flush();
  }
}

void mmu_gather::flush() {
  if (freed_tables_) {
    flush_tlb_mm(mm_);
  } else if (start_ < end_) {
    flush_tlb_range(mm_, start_, end_);
  }
  for (unsigned i = 0; i < nr_; ++i) {
    page* p = pages_[i];
    if ((p->flags & PG_table) != 0) {
      pte_free(mm_, p);
    } else {
      page_remove_rmap(p);
      free_swap_cache(p);
      put_page(p);
    }
  }
  start_ = ~std::uintptr_t{0};
  end_ = 0;
  freed_tables_ = false;
  nr_ = 0;
}
