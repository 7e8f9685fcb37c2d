// SPDX-License-Identifier: Apache-2.0
// Writing through the page cache, and files that live in it alone.

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"

namespace {

// Gives a page (locked) the content that a write of part of it leaves standing. The page may come
// back unlocked. Returns 0 or a negative errno.
int fill_before_write(address_space& mapping, page& p, bool& unlocked) {
  unlocked = false;
  if ((p.index << PAGE_SHIFT) >= mapping.i_size) {
    clear_page(page_address(&p));
    SetPageUptodate(&p);
    return 0;
  }
  unlocked = true;
  return filemap_read_folio(mapping, p);
}

// The page at `index`, locked, with a place on the device and ready to be written by the CPU.
// Null: `error` says why.
page* write_begin(address_space& mapping, std::uint64_t index, bool whole, int& error) {
  for (;;) {
    page* p = filemap_get_locked(mapping, index, error);
    if (p == nullptr) {
      return nullptr;
    }
    bool unlocked = false;
    error = 0;
    if ((p->flags & PG_uptodate) == 0 && !whole) {
      error = fill_before_write(mapping, *p, unlocked);
    }
    if (error == 0 && unlocked) {
      put_page(p);
      continue;
    }
    if (error == 0) {
      wait_on_page_writeback(*p);
      const auto begin = mapping.a_ops == nullptr ? nullptr : mapping.a_ops->write_begin;
      error = begin == nullptr ? 0 : begin(mapping, *p);
    }
    if (error == 0) {
      return p;
    }
    if (!unlocked) {
      unlock_page(p);
    }
    put_page(p);
    return nullptr;
  }
}

int ram_read_folio(address_space&, page& p) {
  clear_page(page_address(&p));
  end_page_read(p, true);
  return 0;
}

}  // namespace

const address_space_operations ram_aops = {
    .read_folio = ram_read_folio,
    .readahead = nullptr,
    .writepage = nullptr,
    .writepages = nullptr,
    .write_begin = nullptr,
};

std::int64_t filemap_write(address_space& mapping, std::uint64_t offset, const void* from,
                           std::uint64_t bytes) {
  std::uint64_t done = 0;
  while (done < bytes) {
    const std::uint64_t in_page = (offset + done) & (PAGE_SIZE - 1);
    const std::uint64_t room = PAGE_SIZE - in_page;
    const std::uint64_t part = bytes - done < room ? bytes - done : room;
    int error = 0;
    page* p = write_begin(mapping, (offset + done) >> PAGE_SHIFT, part == PAGE_SIZE, error);
    if (p == nullptr) {
      return done != 0 ? static_cast<std::int64_t>(done) : error;
    }
    std::memcpy(static_cast<unsigned char*>(page_address(p)) + in_page,
                static_cast<const unsigned char*>(from) + done, part);
    SetPageUptodate(p);
    set_page_dirty(*p);
    done += part;
    if (offset + done > mapping.i_size) {
      mapping.i_size = offset + done;
    }
    unlock_page(p);
    put_page(p);
    balance_dirty_pages_ratelimited(mapping);
  }
  return static_cast<std::int64_t>(done);
}
