// SPDX-License-Identifier: Apache-2.0
#pragma once

// Event counters of the memory-management core: those of Linux's /proc/vmstat that exist here, and
// one per fault path. Kept per hart without atomics, summed when read.

#include <cstdint>

#include "sw/kernel/mm/arch.h"

enum vm_event_item : unsigned {
  PGFAULT,             ///< entries into handle_mm_fault
  PGMAJFAULT,          ///< faults that needed a read from a device
  PGREUSE,             ///< write-protect faults resolved in place
  PGALLOC,             ///< calls of alloc_pages that succeeded
  PGFREE,              ///< blocks given back
  PGTABLE_ALLOC,       ///< page-table pages allocated
  PAGECACHE_HIT,       ///< filemap_fault found its page
  PAGECACHE_MISS,      ///< filemap_fault did not
  FAULT_ANON_READ,     ///< path A: zero page mapped
  FAULT_ANON_WRITE,    ///< path B: zeroed private page
  FAULT_WP_ZERO,       ///< path C: write after the zero page
  FAULT_AROUND,        ///< path E resolved by filemap_map_pages
  FAULT_AROUND_PTES,   ///< ptes that filemap_map_pages installed
  FAULT_FILE_READ,     ///< path E resolved by ->fault
  FAULT_COW,           ///< path F: first store to a private file page
  FAULT_SHARED,        ///< path G: first store to a shared page
  FAULT_WP_COPY,       ///< path H: copy of a page
  FAULT_WP_REUSE,      ///< path I: same page made writable
  FAULT_ACCESS,        ///< path K: access flag, dirty flag or spurious
  FAULT_STACK,         ///< path L: stack expanded
  FAULT_BAD_AREA,      ///< no VMA, or its permissions refuse
  FAULT_SIGBUS,        ///< beyond end of file, or read error
  FAULT_OOM,           ///< no page to be had
  FAULT_HUGE_WRITE,    ///< path D: zeroed huge page
  FAULT_HUGE_READ,     ///< path D: huge zero page mapped
  FAULT_HUGE_WP,       ///< path D: store to a huge page without W
  THP_FAULT_FALLBACK,  ///< no huge page to be had: small one instead
  FAULT_SWAP_CACHE,    ///< path J: the page was in the swap cache
  FAULT_SWAP_DEVICE,   ///< path J: the page was read from the swap area, or waited for
  PSWPIN,              ///< pages read from the swap area
  PSWPOUT,             ///< pages written to it
  PGSCAN,              ///< pages that reclaim looked at
  PGSTEAL,             ///< pages that it freed
  PGACTIVATE,          ///< pages moved to an active list
  PGDEACTIVATE,        ///< pages moved from there to an inactive one
  THP_SPLIT,           ///< huge pages and mappings of the huge zero page that were split
  FAULT_RETRY,         ///< faults that dropped mmap_lock and started over
  READAHEAD_PAGES,     ///< pages read in windows of readahead, the one needed included
  READAHEAD_MARKS,     ///< times a reader reached the page that starts the next window
  PGPGIN,              ///< pages read from block devices (Linux counts KiB)
  PGPGOUT,             ///< pages written to block devices
  NR_DIRTIED,          ///< pages of files that became dirty
  NR_WRITTEN,          ///< pages whose writeback succeeded
  OOM_KILL,            ///< processes killed for want of memory
  FAULT_WITHOUT_TRAP,  ///< those of PGFAULT that the kernel resolved ahead of an access:
                       ///< MAP_POPULATE, the stack of a new program
  NR_VM_EVENT_ITEMS
};

/// Name as printed, in lower case.
[[nodiscard]] const char* vm_event_name(vm_event_item item);

/// Counters of one hart.
struct alignas(64) vm_event_state {
  std::uint64_t event[NR_VM_EVENT_ITEMS];
};
extern vm_event_state vm_event_states[kMaxHarts];

/// Counts `n` events on the calling hart.
inline void count_vm_events(vm_event_item item, std::uint64_t n) {
  vm_event_states[smp_processor_id()].event[item] += n;
}
inline void count_vm_event(vm_event_item item) {
  count_vm_events(item, 1);
}
/// Sum over all harts since mem_init().
[[nodiscard]] std::uint64_t vm_event_total(vm_event_item item);
/// Makes all counters zero; called by mem_init().
void vmstat_init();
