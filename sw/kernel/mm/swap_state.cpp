// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/swap_state.h"

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

address_space swapper_space{};

namespace {

// A page for a slot on its way in: new, locked, in the cache; with a reference. Null: the slot is
// free, bad or cached already, or memory is short.
page* new_swap_cache_page(swp_entry_t entry) {
  page* p = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
  if (p == nullptr) {
    return nullptr;
  }
  // The allocation may have slept, so the slot is claimed only now.
  if (!swapcache_prepare(entry)) {
    put_page(p);
    return nullptr;
  }
  p->flags |= PG_locked | PG_swapbacked;
  if (!add_to_swap_cache(p, entry)) {
    put_swap_page(entry);
    unlock_page(p);
    put_page(p);
    return nullptr;
  }
  lru_cache_add(p);
  return p;
}

void end_swap_bio_read(bio& b) {
  for (unsigned i = 0; i < b.nr_pages; ++i) {
    end_page_read(*b.pages[i], b.status == 0);
  }
  bio_put(b);
}

// True if the slots of two pages adjoin, in this order.
bool adjoin(const page& p, const page& next) {
  return swp_offset(page_swap_entry(p)) + 1 == swp_offset(page_swap_entry(next));
}

// Calls work(first, n) for each run of pages whose slots adjoin.
template <typename Work>
void for_each_run(page* const* pages, unsigned nr, Work work) {
  for (unsigned first = 0; first < nr;) {
    unsigned n = 1;
    while (first + n < nr && n < BIO_MAX_PAGES &&
           adjoin(*pages[first + n - 1], *pages[first + n])) {
      ++n;
    }
    work(pages + first, n);
    first += n;
  }
}

bio& swap_bio(req_op op, page* const* pages, unsigned n) {
  bio& b = bio_alloc(*swap_info.bdev, op, swp_offset(page_swap_entry(*pages[0])) * PAGE_SECTORS);
  for (unsigned i = 0; i < n; ++i) {
    b.pages[i] = pages[i];
  }
  b.nr_pages = n;
  return b;
}

void swap_readpages(page* const* pages, unsigned nr) {
  for_each_run(pages, nr, [](page* const* run, unsigned n) {
    count_vm_events(PSWPIN, n);
    bio& b = swap_bio(req_op::read, run, n);
    b.end_io = end_swap_bio_read;
    submit_bio(b);
  });
}

}  // namespace

bool add_to_swap_cache(page* p, swp_entry_t entry) {
  const lock_guard guard(swapper_space.lock);
  if (!swapper_space.i_pages.store(swp_offset(entry), p)) {
    return false;
  }
  get_page(p);
  p->private_ = entry.value;
  __atomic_fetch_or(&p->flags, PG_swapcache, __ATOMIC_RELAXED);
  ++swapper_space.nrpages;
  return true;
}

bool add_to_swap(page* p) {
  const swp_entry_t entry = get_swap_page();
  if (entry.value == 0) {
    return false;
  }
  if (!add_to_swap_cache(p, entry)) {
    put_swap_page(entry);
    return false;
  }
  // The slot holds garbage so far, whatever the ptes say.
  __atomic_fetch_or(&p->flags, PG_dirty, __ATOMIC_RELAXED);
  return true;
}

void delete_from_swap_cache(page* p) {
  const swp_entry_t entry = page_swap_entry(*p);
  {
    const lock_guard guard(swapper_space.lock);
    swapper_space.i_pages.erase(swp_offset(entry));
    --swapper_space.nrpages;
    __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_swapcache}, __ATOMIC_RELAXED);
    p->private_ = 0;
  }
  put_swap_page(entry);
  put_page(p);
}

bool folio_free_swap(page* p) {
  if (!PageSwapCache(*p) || (p->flags & PG_writeback) != 0 ||
      swap_count(page_swap_entry(*p)) != 0) {
    return false;
  }
  delete_from_swap_cache(p);
  __atomic_fetch_or(&p->flags, PG_dirty, __ATOMIC_RELAXED);
  return true;
}

void free_swap_cache(page* p) {
  if (PageSwapCache(*p) && page_mapcount(*p) == 0 && trylock_page(p)) {
    folio_free_swap(p);
    unlock_page(p);
  }
}

page* swap_cache_get_folio(swp_entry_t entry) {
  return find_get_page(swapper_space, swp_offset(entry));
}

page* swapin_readahead(swp_entry_t entry) {
  const std::uint64_t wanted = swp_offset(entry);
  const std::uint64_t block = align_down(wanted, std::uint64_t{kSwapReadahead});
  page* missing[kSwapReadahead];
  unsigned nr = 0;
  for (std::uint64_t slot = block; slot < block + kSwapReadahead; ++slot) {
    const std::uint16_t count = slot < swap_info.max ? swap_info.swap_map[slot] : SWAP_MAP_BAD;
    const bool is_absent = count != 0 && count != SWAP_MAP_BAD && (count & SWAP_HAS_CACHE) == 0;
    page* p = is_absent ? new_swap_cache_page(swp_entry(0, slot)) : nullptr;
    if (p != nullptr) {
      missing[nr++] = p;
    }
  }
  swap_readpages(missing, nr);
  for (unsigned i = 0; i < nr; ++i) {
    if (get_readahead_mode() == readahead_mode::sync) {
      wait_on_page_locked(*missing[i]);
    }
    put_page(missing[i]);
  }
  return swap_cache_get_folio(entry);
}

void swap_writepages(page* const* pages, unsigned nr) {
  for_each_run(pages, nr, [](page* const* run, unsigned n) {
    count_vm_events(PSWPOUT, n);
    for (unsigned i = 0; i < n; ++i) {
      __atomic_fetch_and(&run[i]->flags, ~std::uint32_t{PG_dirty | PG_error}, __ATOMIC_RELAXED);
      set_page_writeback(*run[i]);
      unlock_page(run[i]);
    }
    const int status = submit_bio_wait(swap_bio(req_op::write, run, n));
    for (unsigned i = 0; i < n; ++i) {
      if (status != 0) {
        __atomic_fetch_or(&run[i]->flags, PG_dirty, __ATOMIC_RELAXED);
      }
      end_page_writeback(*run[i], status);
    }
  });
}

void swap_state_init() {
  address_space_init(swapper_space, 0, nullptr);
}
