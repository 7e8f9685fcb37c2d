// SPDX-License-Identifier: Apache-2.0
#pragma once

// LRU lists: the order in which pages are evicted (vmscan.h). Pages enter through a batch per hart,
// so that the list's lock is taken once for 15 pages (Linux: pagevec / folio_batch).

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
/// The list a page belongs to by its flags.
[[nodiscard]] lru_list folio_lru_list(const page& p);
/// Notes a use of a page that no A bit tells of, by a system call: the second one while it is on
/// the inactive list makes it active.
void mark_page_accessed(page* p);

/// Takes up to `nr` pages from the tail of a list, longest unused first, into `isolated` in that
/// order, each with a reference. Returns how many.
unsigned isolate_lru_pages(lru_list list, unsigned nr, list_head& isolated);
/// Takes one page off its list, with a reference. False: it is on none.
[[nodiscard]] bool isolate_lru_page(page& p);
/// Gives isolated pages back to the lists that their flags name, each at the head, and drops the
/// references; `isolated` is empty afterwards.
void putback_lru_pages(list_head& isolated);

/// Makes all lists and batches empty; called by mem_init().
void lru_init();
