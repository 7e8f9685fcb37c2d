// SPDX-License-Identifier: Apache-2.0
#pragma once

// The leaf paths of a page fault, private to the files memory*.cpp. Letters are those of the
// fault-path table in the project's documentation: A to C and H, I are memory_anon.cpp, E to G are
// memory_file.cpp.

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/page_alloc.h"

/// Paths A and B: a none pte of anonymous memory.
vm_fault_t do_anonymous_page(vm_fault& vmf);
/// A page for anonymous memory, zeroed; null: out of memory.
[[nodiscard]] page* alloc_zeroed_user_highpage_movable(vm_area_struct& vma, std::uintptr_t address);
/// Zeroes a page that will be mapped at `address`.
inline void clear_user_highpage(page* p, std::uintptr_t) {
  clear_page(page_address(p));
}
/// Copies a page that is or will be mapped at `address`.
void copy_user_highpage(page* to, const page* from, std::uintptr_t address);
/// Marks a page's content valid, ordered before any pte that makes it visible.
void SetPageUptodate(page* p);
/// Adds W to a pte if the VMA may be written.
[[nodiscard]] inline pte_t maybe_mkwrite(pte_t pte, const vm_area_struct& vma) {
  return (vma.vm_flags & VM_WRITE) != 0 ? pte_mkwrite(pte) : pte;
}

/// Paths C, H and I: a store to a present pte without W. Entered with the PTL held, returns
/// without.
vm_fault_t do_wp_page(vm_fault& vmf);
/// Path I: makes the page writable where it is. Entered with the PTL held, returns without.
void wp_page_reuse(vm_fault& vmf);
/// Paths C and H: a private copy, or a zeroed page for the zero page. Without the PTL; vmf.page (or
/// null for the zero page) has a reference that is given back.
vm_fault_t wp_page_copy(vm_fault& vmf);

/// Paths E, F and G: a none pte of a file or of shared memory.
vm_fault_t do_fault(vm_fault& vmf);
vm_fault_t do_read_fault(vm_fault& vmf);
vm_fault_t do_cow_fault(vm_fault& vmf);
vm_fault_t do_shared_fault(vm_fault& vmf);
vm_fault_t do_fault_around(vm_fault& vmf);
/// Calls ->fault, with a table at hand in case the pmd is none; the page comes back locked in
/// vmf.page.
vm_fault_t __do_fault(vm_fault& vmf);
/// Installs vmf.page, or vmf.cow_page for a private store, if the pte is still what it was.
vm_fault_t finish_fault(vm_fault& vmf);
/// Counts a page in and stores its pte. PTL held.
void do_set_pte(vm_fault& vmf, page* p, std::uintptr_t address);
/// Asks the file system before a shared page becomes writable; the page comes back locked.
vm_fault_t do_page_mkwrite(vm_fault& vmf);
/// After a store was allowed: the page (locked) is dirty. Unlocks it and lets the writer write back
/// if too many are, without mmap_lock: COMPLETED then.
vm_fault_t fault_dirty_shared_page(vm_fault& vmf);

/// Path J: a pte that names a slot of the swap area.
vm_fault_t do_swap_page(vm_fault& vmf);
/// Locks a page. False: that would have meant to wait, so mmap_lock was dropped, the wait is over,
/// and the fault must be retried; only on a first attempt that allows it.
[[nodiscard]] bool folio_lock_or_retry(page& p, mm_struct& mm, unsigned flags);

/// RSS counter of a page that is mapped but not private.
[[nodiscard]] inline rss_counter mm_counter_file(const page& p) {
  return (p.flags & PG_swapbacked) != 0 ? MM_SHMEMPAGES : MM_FILEPAGES;
}
/// Changes an RSS counter. PTL held.
inline void add_mm_counter(mm_struct& mm, rss_counter counter, std::int64_t n) {
  mm.rss_stat[counter] += n;
}

/// The page offsets that a file fault maps at most, the faulting one among them (both ends
/// included).
struct fault_window {
  std::uint64_t start_pgoff;
  std::uint64_t end_pgoff;
};
/// The aligned block of `bytes` around the address, cut to the VMA and to one last-level table.
/// Where the VMA's start cuts it, it keeps its length and runs past the block's end.
[[nodiscard]] fault_window fault_around_window(const vm_area_struct& vma, std::uintptr_t address,
                                               std::uint64_t bytes);
