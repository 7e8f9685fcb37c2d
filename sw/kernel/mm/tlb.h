// SPDX-License-Identifier: Apache-2.0
#pragma once

// When translations are forgotten: the fences of the fault paths, and the gathering of pages that
// are unmapped together, so that no frame is reused while a TLB may still know it.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

/// After a pte became valid or gained permissions: one fence of its page on this hart, in all
/// address spaces. Other harts may see one spurious fault.
void update_mmu_cache(const vm_area_struct& vma, std::uintptr_t va);
/// After a pte lost something: no hart that uses the VMA's address space may keep the page's
/// translation.
void flush_tlb_page(const vm_area_struct& vma, std::uintptr_t va);
/// As flush_tlb_page for [start, end): one page by address, more by dropping the whole address
/// space.
void flush_tlb_range(const mm_struct& mm, std::uintptr_t start, std::uintptr_t end);
/// Drops everything of the address space, pointers to tables included.
void flush_tlb_mm(const mm_struct& mm);
/// Makes the pte 0, then flushes the page, and returns what it was.
pte_t ptep_clear_flush(vm_area_struct& vma, std::uintptr_t va, pte_t* entry);
/// As flush_tlb_page for the 2 MiB leaf that covers `va`.
void flush_pmd_tlb_range(const vm_area_struct& vma, std::uintptr_t va);
/// Makes a huge pmd 0, flushes it, and returns what it was.
pmd_t pmdp_huge_clear_flush(const vm_area_struct& vma, std::uintptr_t va, pmd_t* entry);
/// Stores a pte with more permissions or flags if it differs. True (always, as on RISC-V): the
/// caller must call update_mmu_cache, for a stale TLB entry may be why it is here.
bool ptep_set_access_flags(vm_area_struct& vma, std::uintptr_t va, pte_t* entry, pte_t pte);

/// Pages and tables unmapped but not yet released; they are freed after one flush.
class mmu_gather {
 public:
  explicit mmu_gather(mm_struct& mm) : mm_(mm) {}
  ~mmu_gather() { flush(); }
  mmu_gather(const mmu_gather&) = delete;
  mmu_gather& operator=(const mmu_gather&) = delete;

  /// Notes that the translations of `bytes` from `va` changed.
  void change(std::uintptr_t va, std::uint64_t bytes = PAGE_SIZE);
  /// Notes that `p` was mapped at `va`: its reference is dropped after the flush.
  void remove_page(page* p, std::uintptr_t va);
  /// Notes that a table was unlinked; it is freed after a flush of the whole address space.
  void remove_table(page* table);
  /// Flushes what was noted and releases the pages.
  void flush();

 private:
  void hold(page* p);

  static constexpr unsigned kBatch = 32;
  mm_struct& mm_;
  std::uintptr_t start_ = ~std::uintptr_t{0};
  std::uintptr_t end_ = 0;
  bool freed_tables_ = false;
  unsigned nr_ = 0;
  page* pages_[kBatch];
};
