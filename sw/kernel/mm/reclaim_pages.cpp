// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/reclaim_pages.h"

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/shmem.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/vmscan.h"
#include "sw/kernel/mm/vmstat.h"

// A portion goes through four steps, each for all its pages, so that one flush of the TLBs and one
// wait for the device serve many pages:
//   1. who was accessed?   test and clear the A bits, then flush once
//   2. unmap               swap entries or nothing where the ptes were, each flushed
//   3. write               what is dirty, and wait
//   4. free                what nobody has taken hold of meanwhile
// Between 1 and 3 nothing sleeps, so no program runs and no page changes its state.

namespace {

// References of a page that is isolated, in a cache, and used by nobody else.
constexpr std::int32_t kFreeableReferences = 2;

page* page_of(list_head* link) {
  return list_entry<page, offsetof(page, lru)>(link);
}

// A portion's pages in the order of the list.
struct page_batch {
  unsigned nr = 0;
  page* pages[SWAP_CLUSTER_MAX];
  void add(page& p) { pages[nr++] = &p; }
};

void set_flags(page& p, std::uint32_t flags) {
  __atomic_fetch_or(&p.flags, flags, __ATOMIC_RELAXED);
}

// Keeps a page in memory for longer.
void activate(page& p) {
  set_flags(p, PG_active);
  count_vm_event(PGACTIVATE);
}

// Step 1 for one page: true if it may go. One access through ptes since the last look is the fault
// that mapped it; a second one makes the page active (Linux: folio_check_references).
bool is_reclaimable(page& p, tlb_batch& tlb) {
  std::uint64_t vm_flags = 0;
  const unsigned referenced_ptes = folio_referenced(p, vm_flags, tlb);
  const std::uint32_t state =
      __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_referenced}, __ATOMIC_RELAXED);
  const bool referenced_page = (state & PG_referenced) != 0;
  const bool swap_backed = (state & PG_swapbacked) != 0;
  if ((vm_flags & VM_LOCKED) != 0) {
    set_flags(p, PG_unevictable);
    return false;
  }
  if (referenced_ptes == 0) {
    // Used by a system call once: dirty pages of files stay for another round.
    return !referenced_page || swap_backed || (state & PG_dirty) == 0;
  }
  set_flags(p, PG_referenced);
  const bool is_text = (vm_flags & VM_EXEC) != 0 && !swap_backed;
  if (referenced_page || referenced_ptes > 1 || is_text) {
    activate(p);
  }
  return false;
}

// Locks the pages that may be looked at and takes the accessed ones out of consideration.
void find_candidates(list_head& isolated, page_batch& candidates) {
  tlb_batch tlb;
  for (list_head* link = isolated.next; link != &isolated; link = link->next) {
    page& p = *page_of(link);
    if ((p.flags & (PG_unevictable | PG_writeback)) != 0 || !trylock_page(&p)) {
      continue;
    }
    if ((p.flags & PG_head) != 0) {
      split_huge_page(&p);
    }
    if (is_reclaimable(p, tlb)) {
      candidates.add(p);
    } else {
      unlock_page(&p);
    }
  }
}

// True if someone besides ptes, its cache and this function holds the page.
bool is_pinned(const page& p) {
  const bool cached = PageSwapCache(p) || !PageAnon(p);
  return p.refcount > page_mapcount(p) + (cached ? 1 : 0) + 1;
}

// Step 2 for one page: false if it has to stay.
bool unmap_page(page& p, gfp_t gfp) {
  const bool to_swap = (p.flags & PG_swapbacked) != 0;
  const bool was_truncated = p.mapping == 0 && !PageSwapCache(p);
  if (was_truncated || is_pinned(p) || (to_swap && (gfp & __GFP_IO) == 0)) {
    return false;
  }
  if (PageAnon(p) && !PageSwapCache(p) && !add_to_swap(&p)) {
    activate(p);
    return false;
  }
  if (!try_to_unmap(p)) {
    activate(p);
    return false;
  }
  const bool is_shmem = to_swap && !PageAnon(p) && !PageSwapCache(p);
  if (is_shmem && !shmem_writepage(p)) {
    activate(p);
    return false;
  }
  return true;
}

// Step 4 for one page, locked; frees it if it is clean and unused. It leaves `isolated` then.
bool free_page_of_cache(page& p) {
  const bool is_clean = (p.flags & (PG_dirty | PG_writeback)) == 0;
  const bool is_cached = PageSwapCache(p) || (p.mapping != 0 && !PageAnon(p));
  if (!is_clean || !is_cached || page_mapcount(p) != 0 || p.refcount != kFreeableReferences) {
    unlock_page(&p);
    return false;
  }
  if (PageSwapCache(p)) {
    delete_from_swap_cache(&p);
  } else {
    filemap_remove_folio(&p);
  }
  unlock_page(&p);
  p.lru.remove();
  put_page(&p);
  return true;
}

// Step 3 for a dirty page of a file, locked; unlocks it. True: it is being written.
bool write_file_page(page& p, gfp_t gfp) {
  auto& mapping = *reinterpret_cast<address_space*>(p.mapping);
  if ((gfp & __GFP_FS) == 0 || !mapping_can_writeback(mapping)) {
    activate(p);
    unlock_page(&p);
    return false;
  }
  if (!clear_page_dirty_for_io(p)) {
    unlock_page(&p);
    return false;
  }
  return mapping.a_ops->writepage(mapping, p) == 0;
}

// Frees what needs no writing. Dirty pages, still locked, go to `to_swap` and `to_file`.
unsigned free_clean_pages(const page_batch& unmapped, page_batch& to_swap, page_batch& to_file) {
  unsigned freed = 0;
  for (unsigned i = 0; i < unmapped.nr; ++i) {
    page& p = *unmapped.pages[i];
    if ((p.flags & PG_dirty) == 0) {
      freed += free_page_of_cache(p) ? 1 : 0;
    } else if (PageSwapCache(p)) {
      to_swap.add(p);
    } else {
      to_file.add(p);
    }
  }
  return freed;
}

// Frees those pages of a batch that are written by now and that nobody has locked.
unsigned free_written_pages(const page_batch& written) {
  unsigned freed = 0;
  for (unsigned i = 0; i < written.nr; ++i) {
    page& p = *written.pages[i];
    wait_on_page_writeback(p);
    if (trylock_page(&p)) {
      freed += free_page_of_cache(p) ? 1 : 0;
    }
  }
  return freed;
}

}  // namespace

unsigned shrink_page_list(list_head& isolated, gfp_t gfp) {
  page_batch candidates;
  find_candidates(isolated, candidates);
  page_batch unmapped;
  for (unsigned i = 0; i < candidates.nr; ++i) {
    page& p = *candidates.pages[i];
    if (unmap_page(p, gfp)) {
      unmapped.add(p);
    } else {
      unlock_page(&p);
    }
  }
  page_batch to_swap;
  page_batch to_file;
  unsigned freed = free_clean_pages(unmapped, to_swap, to_file);
  page_batch to_file_written;
  for (unsigned i = 0; i < to_file.nr; ++i) {
    if (write_file_page(*to_file.pages[i], gfp)) {
      to_file_written.add(*to_file.pages[i]);
    }
  }
  swap_writepages(to_swap.pages, to_swap.nr);
  freed += free_written_pages(to_file_written);
  freed += free_written_pages(to_swap);
  return freed;
}
