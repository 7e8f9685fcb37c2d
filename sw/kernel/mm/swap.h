// SPDX-License-Identifier: Apache-2.0
#pragma once

// LRU lists: the order in which pages would be evicted. Pages enter through a batch per hart, so
// that the list's lock is taken once for 15 pages (Linux: pagevec / folio_batch). Eviction itself
// is not here yet.

#include "sw/kernel/mm/mm_types.h"

/// The lists a page may be on.
enum lru_list : unsigned {
  LRU_INACTIVE_ANON,
  LRU_ACTIVE_ANON,
  LRU_INACTIVE_FILE,
  LRU_ACTIVE_FILE,
  LRU_UNEVICTABLE,
  NR_LRU_LISTS
};

/// Pages a hart collects before it takes the lock.
inline constexpr unsigned kFolioBatch = 15;

/// The lists of the machine; pages at the tail of an inactive list are the next to go.
struct lruvec {
  spinlock lru_lock;
  list_head lists[NR_LRU_LISTS];
  std::uint64_t nr_pages[NR_LRU_LISTS];
};
extern lruvec node_lruvec;

/// Puts a new private page of `vma` on the way to the inactive list, or to the unevictable one if
/// the VMA is locked. The batch holds a reference until it is emptied into the list.
void lru_cache_add_inactive_or_unevictable(page* p, vm_area_struct& vma);
/// Puts a page on the way to the inactive list of its kind (anonymous and shmem: anon; else file).
void lru_cache_add(page* p);
/// Puts `tail`, split off a huge page, next to `head` on its list; if `head` is isolated, where
/// reclaim takes its next pages from.
void lru_add_page_tail(page* head, page* tail);
/// Empties the calling hart's batch into the lists.
void lru_add_drain();
/// Takes a page that is being freed off its list.
void lru_del(page* p);

/// Makes all lists and batches empty; called by mem_init().
void lru_init();
