// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/readahead.h"

#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

readahead_mode mode = readahead_mode::async;

constexpr std::uint32_t min_pages(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint32_t>(a < b ? a : b);
}

// Starts to read the pages [first, first + nr), just put into the cache.
void read_pages(address_space& mapping, std::uint64_t first, std::uint64_t nr) {
  if (nr == 0) {
    return;
  }
  count_vm_events(READAHEAD_PAGES, nr);
  if (mapping.a_ops->readahead != nullptr) {
    mapping.a_ops->readahead(mapping, first, nr);
    return;
  }
  for (std::uint64_t index = first; index < first + nr; ++index) {
    page* p = find_get_page(mapping, index);
    mapping.a_ops->read_folio(mapping, *p);
    put_page(p);
  }
}

// Puts a new page into the cache, locked. Returns 0, -EEXIST or -ENOMEM.
int add_page_to_read(address_space& mapping, std::uint64_t index, bool mark) {
  // Pages of the window are locked already: reclaim must not come back to the file system.
  constexpr unsigned kFileSystem = __GFP_FS;
  page* p = alloc_pages(static_cast<gfp_t>(mapping.gfp_mask & ~kFileSystem), 0);
  if (p == nullptr) {
    return -MM_ENOMEM;
  }
  p->flags |= PG_locked | (mark ? PG_readahead : 0u);  // nobody else knows the page yet
  const int error = filemap_add_folio(mapping, p, index);
  if (error != 0) {
    unlock_page(p);
  }
  put_page(p);
  return error;
}

bool is_cached(address_space& mapping, std::uint64_t index) {
  const lock_guard guard(mapping.lock);
  return mapping.i_pages.load(index) != nullptr;
}

// The first page of [index, end) that is cached; `end` if none is.
std::uint64_t next_cached(address_space& mapping, std::uint64_t index, std::uint64_t end) {
  const lock_guard guard(mapping.lock);
  return mapping.i_pages.find(index, end - 1) != nullptr ? index : end;
}

void wait_for_pages(address_space& mapping, std::uint64_t first, std::uint64_t nr) {
  for (std::uint64_t index = first; index < first + nr; ++index) {
    page* p = find_get_page(mapping, index);
    if (p != nullptr) {
      wait_on_page_locked(*p);
      put_page(p);
    }
  }
}

// Reads those of [index, index + nr) that are missing, each gap in one go; fewer if memory is
// short. The page from which on `lookahead` pages are left is marked, if it was missing.
void page_cache_ra_unbounded(address_space& mapping, std::uint64_t index, std::uint64_t nr,
                             std::uint64_t lookahead) {
  std::uint64_t first = index;  // of the pages added but not yet read
  const std::uint64_t end = index + nr;
  std::uint64_t cached = next_cached(mapping, index, end);
  std::uint64_t at = index;
  for (; at < end; ++at) {
    const bool mark = at - index == nr - lookahead;
    const int error = at == cached ? -MM_EEXIST : add_page_to_read(mapping, at, mark);
    if (error == 0) {
      continue;
    }
    if (error == -MM_ENOMEM) {
      break;
    }
    read_pages(mapping, first, at - first);
    first = at + 1;
    cached = next_cached(mapping, first, end);
  }
  read_pages(mapping, first, at - first);
  if (mode == readahead_mode::sync) {
    wait_for_pages(mapping, index, nr);
  }
}

// As page_cache_ra_unbounded, but not behind the page that holds the last byte of the file.
void do_page_cache_ra(address_space& mapping, std::uint64_t index, std::uint64_t nr,
                      std::uint64_t lookahead) {
  const std::uint64_t file_pages = pages_of(mapping);
  if (index < file_pages) {
    page_cache_ra_unbounded(mapping, index, min_pages(nr, file_pages - index), lookahead);
  }
}

// First window of a stream that wants `size` pages at once.
std::uint32_t get_init_ra_size(std::uint64_t size, std::uint32_t max) {
  const std::uint64_t rounded = std::uint64_t{1} << log2_ceil(size);
  if (rounded <= max / 32) {
    return min_pages(rounded * 4, max);
  }
  return rounded <= max / 4 ? min_pages(rounded * 2, max) : max;
}

// The window behind one of `current` pages.
std::uint32_t get_next_ra_size(std::uint32_t current, std::uint32_t max) {
  if (current < max / 16) {
    return 4 * current;
  }
  return current <= max / 2 ? 2 * current : max;
}

// The first missing page of [index, index + most); index + most if all are cached.
std::uint64_t page_cache_next_miss(address_space& mapping, std::uint64_t index,
                                   std::uint64_t most) {
  std::uint64_t at = index;
  while (at < index + most && is_cached(mapping, at)) {
    ++at;
  }
  return at;
}

// How many pages right before `index` are cached, up to `most`.
std::uint64_t count_history_pages(address_space& mapping, std::uint64_t index, std::uint64_t most) {
  std::uint64_t count = 0;
  while (count < most && count < index && is_cached(mapping, index - 1 - count)) {
    ++count;
  }
  return count;
}

// Looks for the pages that a sequential reader would have left behind it in the cache, and sizes a
// window by them. False: it is no such reader.
bool try_context_readahead(address_space& mapping, file_ra_state& ra, std::uint64_t index,
                           std::uint64_t req_size, std::uint32_t max) {
  std::uint64_t size = count_history_pages(mapping, index, max);
  if (size <= req_size) {
    return false;
  }
  if (size >= index) {  // from the start of the file: a strong hint
    size *= 2;
  }
  ra = {.start = index,
        .size = min_pages(size + req_size, max),
        .async_size = 1,
        .mmap_miss = ra.mmap_miss,
        .prev_pos = ra.prev_pos};
  return true;
}

void set_initial_window(file_ra_state& ra, std::uint64_t index, std::uint64_t req_size,
                        std::uint32_t max) {
  ra.start = index;
  ra.size = get_init_ra_size(req_size, max);
  ra.async_size = ra.size > req_size ? ra.size - min_pages(req_size, ra.size) : ra.size;
}

void push_window_forward(file_ra_state& ra, std::uint64_t start, std::uint32_t size,
                         std::uint32_t max) {
  ra.start = start;
  ra.size = get_next_ra_size(size, max);
  ra.async_size = ra.size;
}

// Chooses the window for a miss (or, with `marked`, a marker) at `index`. False: no window, just
// the pages asked for, or for a marker nothing.
bool choose_window(address_space& mapping, file_ra_state& ra, std::uint64_t index, bool marked,
                   std::uint64_t req_size) {
  const std::uint32_t max = mapping.ra_pages;
  if (index == 0) {
    set_initial_window(ra, index, req_size, max);
    return true;
  }
  if (index == ra.start + ra.size - ra.async_size || index == ra.start + ra.size) {
    push_window_forward(ra, ra.start + ra.size, ra.size, max);
    return true;
  }
  if (marked) {  // of another reader's window: go on behind it
    const std::uint64_t start = page_cache_next_miss(mapping, index + 1, max);
    if (start - index > max) {
      return false;
    }
    push_window_forward(ra, start, min_pages(start - index + req_size, max), max);
    return true;
  }
  const std::uint64_t prev_index = ra.prev_pos >> PAGE_SHIFT;
  if (req_size > max || index - prev_index <= 1) {
    set_initial_window(ra, index, req_size, max);
    return true;
  }
  return try_context_readahead(mapping, ra, index, req_size, max);
}

void ondemand_readahead(address_space& mapping, file_ra_state& ra, std::uint64_t index, bool marked,
                        std::uint64_t req_size) {
  const std::uint32_t max = mapping.ra_pages;
  if (!choose_window(mapping, ra, index, marked, req_size)) {
    if (!marked) {
      do_page_cache_ra(mapping, index, req_size, 0);
    }
    return;
  }
  // The reader would meet the marker of its own window at once: take the next window along.
  if (index == ra.start && ra.size == ra.async_size) {
    const std::uint32_t more = get_next_ra_size(ra.size, max);
    if (ra.size + more <= max) {
      ra.async_size = more;
      ra.size += more;
    } else {
      ra.size = max;
      ra.async_size = max / 2;
    }
  }
  page_cache_ra_order(mapping, ra);
}

}  // namespace

void set_readahead_mode(readahead_mode wanted) {
  mode = wanted;
}

readahead_mode get_readahead_mode() {
  return mode;
}

void file_ra_state_init(file& f) {
  f.f_ra = {};
}

FAULT_STAGE void page_cache_sync_ra(address_space& mapping, file_ra_state& ra, std::uint64_t index,
                                    std::uint64_t req_count) {
  if (mapping.ra_pages != 0) {
    ondemand_readahead(mapping, ra, index, false, req_count);
  }
}

FAULT_STAGE void page_cache_async_ra(address_space& mapping, file_ra_state& ra, page& p,
                                     std::uint64_t req_count) {
  if (mapping.ra_pages == 0) {
    return;
  }
  __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_readahead}, __ATOMIC_RELAXED);
  count_vm_event(READAHEAD_MARKS);
  ondemand_readahead(mapping, ra, p.index, true, req_count);
}

FAULT_STAGE void page_cache_ra_order(address_space& mapping, const file_ra_state& ra) {
  do_page_cache_ra(mapping, ra.start, ra.size, ra.async_size);
}

FAULT_STAGE void force_page_cache_readahead(address_space& mapping, std::uint64_t index,
                                            std::uint64_t nr) {
  const std::uint64_t file_pages = pages_of(mapping);
  if (mapping.ra_pages == 0 || index >= file_pages) {
    return;
  }
  const std::uint64_t end = nr < file_pages - index ? index + nr : file_pages;
  for (std::uint64_t at = index; at < end; at += mapping.ra_pages) {
    do_page_cache_ra(mapping, at, min_pages(mapping.ra_pages, end - at), 0);
  }
}
