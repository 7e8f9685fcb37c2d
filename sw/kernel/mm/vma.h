// SPDX-License-Identifier: Apache-2.0
#pragma once

// VMAs as objects: making, linking, splitting and merging them. Private to the files that change
// address spaces; mmap_lock is held for writing throughout.

#include "sw/kernel/mm/mm_types.h"

/// A VMA of `mm` for [start, end), in no tree yet; null: out of memory. `f` may be null.
[[nodiscard]] vm_area_struct* vm_area_alloc(mm_struct& mm, std::uintptr_t start, std::uintptr_t end,
                                            std::uint64_t flags, file* f, std::uint64_t pgoff);
/// Gives up the VMA's file and anon_vma and frees it. It must be in no tree.
void vm_area_free(vm_area_struct& vma);
/// Puts the VMA into its address space and into the reverse map of its file.
void vma_link(vm_area_struct& vma);
/// Takes it out again.
void vma_unlink(vm_area_struct& vma);
/// Cuts a VMA at `at` (inside of it). `vma` keeps the part below; the part above is returned, or
/// null if there is no memory for it.
[[nodiscard]] vm_area_struct* split_vma(vm_area_struct& vma, std::uintptr_t at);
/// Merges the VMA with its neighbours where they are alike; returns the one that covers it now.
vm_area_struct* vma_merge(vm_area_struct& vma);
/// Derives vm_page_prot from vm_flags; W is withheld where the file system wants to hear of a first
/// store.
void vma_set_page_prot(vm_area_struct& vma);
/// Gives [start, end) of a VMA other flags: splits where it must, and merges with the neighbours
/// that are alike afterwards. `vma` becomes the VMA that covers the range. Returns 0 or -ENOMEM.
/// ptes are left alone.
[[nodiscard]] int vma_modify_flags(vm_area_struct*& vma, std::uintptr_t start, std::uintptr_t end,
                                   std::uint64_t new_flags);
/// Moves an end of a VMA (and vm_pgoff with the start) while nobody walks its reverse map.
void vma_adjust(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end);

/// Number of pages of a VMA.
[[nodiscard]] inline std::uint64_t vma_pages(const vm_area_struct& vma) {
  return (vma.vm_end - vma.vm_start) >> PAGE_SHIFT;
}
/// True if the address space may have that many pages more (RLIMIT_AS).
[[nodiscard]] bool may_expand_vm(const mm_struct& mm, std::uint64_t pages);
/// Highest VMA, or null.
[[nodiscard]] vm_area_struct* last_vma(mm_struct& mm);

/// Where a mapping of `length` bytes (page aligned) goes: at `hint` with MAP_FIXED or
/// MAP_FIXED_NOREPLACE, at `hint` if it is free there, else the highest free place below mmap_base,
/// else the lowest above it. Returns the address or -errno.
[[nodiscard]] std::int64_t get_unmapped_area(mm_struct& mm, std::uintptr_t hint,
                                             std::uint64_t length, unsigned flags);

class mmu_gather;
/// Removes the ptes and huge pmds of [start, end) of a VMA; their pages go to `tlb`.
void unmap_page_range(mmu_gather& tlb, vm_area_struct& vma, std::uintptr_t start,
                      std::uintptr_t end);
/// Frees the tables that [start, end) leaves empty: those inside [floor, ceiling), the hole around
/// it.
void free_pgtables(mmu_gather& tlb, mm_struct& mm, std::uintptr_t start, std::uintptr_t end,
                   std::uintptr_t floor, std::uintptr_t ceiling);

/// Makes the slab; called by mmap_init().
void vma_init();
