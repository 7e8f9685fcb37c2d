// SPDX-License-Identifier: Apache-2.0
#pragma once

// Transparent huge pages of anonymous memory (Linux 6.1, mm/huge_memory.c): path D of the page
// fault, and what every walker of page tables needs for a pmd that is a leaf of 2 MiB.
//
// A huge page is a compound page of order 9; its head counts references and mappings, one mapping
// per pmd. For each huge pmd a pte table is set aside when it is made ("deposit"), so that
// splitting it can never fail for want of memory. One simplification against Linux: a compound page
// is mapped by huge pmds only. When one of its pmds must be split, the page falls apart into 512
// small ones in all its mappings at once.

#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mm_types.h"

class mmu_gather;

/// Which anonymous memory gets huge pages (Linux: /sys/kernel/mm/transparent_hugepage/enabled).
enum class thp_mode : std::uint8_t {
  always,   ///< all, unless MADV_NOHUGEPAGE
  madvise,  ///< only after MADV_HUGEPAGE
  never,
};
/// Chooses the mode; madvise until called. A boot option, so that no huge page may exist yet.
void set_transparent_hugepage(thp_mode mode);

/// True if a fault at `address` may be answered with a huge page: the mode and the VMA's advice
/// allow it, and the aligned 2 MiB around it lie in the VMA (the latter is
/// transhuge_vma_suitable()).
[[nodiscard]] bool hugepage_vma_check(const vm_area_struct& vma);
[[nodiscard]] bool transhuge_vma_suitable(const vm_area_struct& vma, std::uintptr_t address);

// --- The fault. mmap_lock held for reading, no PTL.

/// Path D: a none pmd of anonymous memory that hugepage_vma_check() accepts. VM_FAULT_FALLBACK: go
/// on with small pages.
vm_fault_t do_huge_pmd_anonymous_page(vm_fault& vmf);
/// A store to the huge pmd vmf.orig_pmd without W: in place if the page is this process's alone;
/// else it is split, and VM_FAULT_FALLBACK asks for the path of a small page.
vm_fault_t do_huge_pmd_wp_page(vm_fault& vmf);
/// Path K for the huge pmd vmf.orig_pmd: young, and dirty for a store.
void huge_pmd_set_accessed(vm_fault& vmf);
/// Zeroes a huge page: the part around the faulting page last, so that it stays in the caches.
void clear_huge_page(page* head, std::uintptr_t address_hint);

// --- Other walkers. They find a huge pmd by pmd_trans_huge() and call these.

/// Splits the huge pmd at `address` (any in its 2 MiB) into 512 ptes, and with it the page behind
/// it, in all its mappings. Nothing is done if it is no huge pmd (any more). No PTL held; needs no
/// memory and does not sleep.
void __split_huge_pmd(vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address);
/// Splits the huge pmds that [start, end) of a VMA cuts: what a VMA's new boundary needs before it
/// is moved (Linux: vma_adjust_trans_huge).
void vma_adjust_trans_huge(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end);
/// Unmaps a huge pmd as a whole: page and deposited table go to `tlb`. False: it was none. No PTL
/// held.
bool zap_huge_pmd(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address);
/// Gives a huge pmd the VMA's protection (mprotect). No PTL held.
void change_huge_pmd(mmu_gather& tlb, vm_area_struct& vma, pmd_t* pmd, std::uintptr_t address);
/// Moves a huge pmd between two places of one address space (mremap) and flushes the old one.
/// False: it is no huge pmd, or the destination is not none. No PTL held.
[[nodiscard]] bool move_huge_pmd(vm_area_struct& vma, pmd_t* old_pmd, pmd_t* new_pmd,
                                 std::uintptr_t old_address, std::uintptr_t new_address);
/// Copies the huge pmd at `address` of `src_vma` to the child at fork: both lose W, the child's is
/// old, the page is no longer exclusive. Returns 0, -ENOMEM, or -EAGAIN if it is no huge pmd any
/// more: copy the ptes then. The caller flushes the parent's whole address space when all is
/// copied. No PTL held.
[[nodiscard]] int copy_huge_pmd(mm_struct& dst_mm, mm_struct& src_mm, pmd_t* dst_pmd,
                                pmd_t* src_pmd, std::uintptr_t address, vm_area_struct& src_vma);

// --- The page.

/// The compound page behind a huge pmd; null: the huge zero page, which nobody counts.
[[nodiscard]] page* vm_normal_page_pmd(pmd_t pmd);
/// True if the pmd maps the huge zero page.
[[nodiscard]] bool is_huge_zero_pmd(pmd_t pmd);
/// Splits a huge page, the head of which is `head`, into 512 small ones, mapped by ptes wherever
/// it was mapped. The caller's extra references stay on the first page. The others join it on its
/// LRU list, or the tail of the inactive one if `head` was isolated. For reclaim. Locks: none held
/// that the reverse walk or the LRU takes.
void split_huge_page(page* head);

/// Takes the address space's reference on the huge zero page, which another one has mapped, if it
/// has none yet.
void mm_share_huge_zero_page(mm_struct& mm);
/// Gives up the address space's reference on the huge zero page; called when it dies.
void mm_put_huge_zero_page(mm_struct& mm);
/// Frees the huge zero page if no address space uses it; returns the pages freed (0 or 512). For
/// reclaim.
std::uint64_t shrink_huge_zero_page();

/// Forgets everything; called by mem_init().
void huge_memory_init();
