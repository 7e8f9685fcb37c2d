// SPDX-License-Identifier: Apache-2.0
#pragma once

// The swap cache: pages that have a slot in the swap area, found by slot. A page is in it from the
// moment it is chosen for eviction until it is written and freed, and from the start of a read
// until its last sharer has written to it. page::private_ is the slot; page::mapping and
// page::index stay what they were, so that the reverse map goes on working.

#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/pgtable.h"

struct vm_fault;

/// Pages read around a slot that is missed, an aligned block of them (Linux: 1 << page_cluster).
inline constexpr unsigned kSwapReadahead = 8;

/// The cache, by slot number.
extern address_space swapper_space;

[[nodiscard]] inline bool PageSwapCache(const page& p) {
  return (p.flags & PG_swapcache) != 0;
}
/// Slot of a page of the swap cache.
[[nodiscard]] inline swp_entry_t page_swap_entry(const page& p) {
  return {p.private_};
}

/// Gives a locked page a slot and puts it into the swap cache, dirty. False: no slot or no memory
/// for the index.
[[nodiscard]] bool add_to_swap(page* p);
/// Puts a locked page into the cache for a slot that is claimed. False: no memory for the index.
[[nodiscard]] bool add_to_swap_cache(page* p, swp_entry_t entry);
/// Takes a locked page, not under writeback, out of the cache and gives up the cache's claim on the
/// slot and its reference on the page.
void delete_from_swap_cache(page* p);
/// Takes a locked page out of the cache if no pte refers to its slot any more; the page is dirty
/// then. True: done.
bool folio_free_swap(page* p);
/// As folio_free_swap for a page that is being unmapped: does nothing if it is locked or mapped.
void free_swap_cache(page* p);

/// The cached page of a slot with a reference, or null.
[[nodiscard]] page* swap_cache_get_folio(swp_entry_t entry);
/// Reads the slot, and those of its aligned block of kSwapReadahead that are in use and not cached.
/// Returns the page of `entry` with a reference, perhaps still locked while it is read; null: no
/// memory. Does not sleep for the device.
[[nodiscard]] page* swapin_readahead(swp_entry_t entry);

/// Writes `nr` locked pages of the swap cache to their slots, several at once where slots adjoin,
/// unlocks them and waits. A page that could not be written is dirty again, with PG_error.
void swap_writepages(page* const* pages, unsigned nr);

/// Makes the cache empty; called by mem_init().
void swap_state_init();
