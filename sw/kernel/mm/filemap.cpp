// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/filemap.h"

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/readahead.h"
#include "sw/kernel/mm/swap.h"
#include "sw/lib/bits.h"

void get_file(file& f) {
  __atomic_fetch_add(&f.f_count, 1, __ATOMIC_RELAXED);
}

void fput(file& f) {
  if (__atomic_sub_fetch(&f.f_count, 1, __ATOMIC_ACQ_REL) == 0 && f.release != nullptr) {
    f.release(f);
  }
}

bool trylock_page(page* p) {
  return (__atomic_fetch_or(&p->flags, PG_locked, __ATOMIC_ACQUIRE) & PG_locked) == 0;
}

FAULT_STAGE void lock_page(page* p) {
  while (!trylock_page(p)) {
    __atomic_fetch_or(&p->flags, PG_waiters, __ATOMIC_RELAXED);
    wait_on_var(p);
  }
}

void unlock_page(page* p) {
  const std::uint32_t state =
      __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_locked | PG_waiters}, __ATOMIC_RELEASE);
  if ((state & PG_waiters) != 0) {
    wake_up_var(p);
  }
}

void wait_on_page_locked(page& p) {
  while ((__atomic_load_n(&p.flags, __ATOMIC_ACQUIRE) & PG_locked) != 0) {
    __atomic_fetch_or(&p.flags, PG_waiters, __ATOMIC_RELAXED);
    wait_on_var(&p);
  }
}

void end_page_read(page& p, bool success) {
  if (success) {
    SetPageUptodate(&p);
  } else {
    __atomic_fetch_or(&p.flags, PG_error, __ATOMIC_RELAXED);
  }
  unlock_page(&p);
}

void address_space_init(address_space& mapping, std::uint64_t size,
                        const address_space_operations* ops) {
  mapping = {};
  mapping.i_size = size;
  mapping.a_ops = ops;
  mapping.i_mmap.init();
  mapping.gfp_mask = GFP_HIGHUSER_MOVABLE;
  mapping.ra_pages = ops != nullptr && ops->readahead != nullptr ? VM_READAHEAD_PAGES : 0;
}

int filemap_add_folio(address_space& mapping, page* p, std::uint64_t index) {
  {
    const lock_guard guard(mapping.lock);
    const insertion inserted = mapping.i_pages.insert(index, p);
    if (inserted != insertion::done) {
      return inserted == insertion::occupied ? -MM_EEXIST : -MM_ENOMEM;
    }
    get_page(p);
    p->mapping = reinterpret_cast<std::uintptr_t>(&mapping);
    p->index = index;
    if (mapping.swap_backed) {
      p->flags |= PG_swapbacked;
    }
    ++mapping.nrpages;
  }
  lru_cache_add(p);
  return 0;
}

void filemap_remove_folio(page* p) {
  auto& mapping = *reinterpret_cast<address_space*>(p->mapping);
  {
    const lock_guard guard(mapping.lock);
    mapping.i_pages.erase(p->index);
    --mapping.nrpages;
    p->mapping = 0;
  }
  put_page(p);
}

FAULT_STAGE page* find_get_page(address_space& mapping, std::uint64_t index) {
  const lock_guard guard(mapping.lock);
  page* p = mapping.i_pages.load(index);
  if (p != nullptr) {
    get_page(p);
  }
  return p;
}

page* filemap_get_locked(address_space& mapping, std::uint64_t index, int& error) {
  for (;;) {
    page* p = find_get_page(mapping, index);
    if (p != nullptr) {
      lock_page(p);
      if (is_page_of(*p, mapping)) {
        return p;
      }
      unlock_page(p);  // truncated while it was waited for
      put_page(p);
      continue;
    }
    p = alloc_pages(static_cast<gfp_t>(mapping.gfp_mask), 0);
    if (p == nullptr) {
      error = -MM_ENOMEM;
      return nullptr;
    }
    lock_page(p);
    error = filemap_add_folio(mapping, p, index);
    if (error == 0) {
      return p;
    }
    unlock_page(p);
    put_page(p);
    if (error != -MM_EEXIST) {
      return nullptr;
    }
  }
}

FAULT_STAGE int filemap_read_folio(address_space& mapping, page& p) {
  if (mapping.a_ops == nullptr || mapping.a_ops->read_folio == nullptr) {
    unlock_page(&p);
    return -MM_EIO;
  }
  __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_error}, __ATOMIC_RELAXED);
  const int error = mapping.a_ops->read_folio(mapping, p);
  if (error != 0) {
    return error;
  }
  wait_on_page_locked(p);
  return (p.flags & PG_uptodate) != 0 ? 0 : -MM_EIO;
}

namespace {

// The page at `index`, up to date and with a reference; missing pages are read ahead if `ra` is
// given.
page* get_uptodate_page(address_space& mapping, file_ra_state* ra, std::uint64_t index,
                        std::uint64_t last_index, int& error) {
  for (;;) {
    page* p = find_get_page(mapping, index);
    if (p == nullptr && ra != nullptr) {
      page_cache_sync_ra(mapping, *ra, index, last_index - index);
      p = find_get_page(mapping, index);
    }
    if (p != nullptr && ra != nullptr && (p->flags & PG_readahead) != 0) {
      page_cache_async_ra(mapping, *ra, *p, last_index - index);
    }
    if (p != nullptr && (p->flags & PG_uptodate) != 0) {
      return p;
    }
    if (p != nullptr) {
      put_page(p);
    }
    p = filemap_get_locked(mapping, index, error);
    if (p == nullptr) {
      return nullptr;
    }
    if ((p->flags & PG_uptodate) != 0) {
      unlock_page(p);
      return p;
    }
    error = filemap_read_folio(mapping, *p);
    if (error == 0) {
      return p;
    }
    const bool truncated = !is_page_of(*p, mapping);
    put_page(p);
    if (!truncated) {
      return nullptr;
    }
  }
}

}  // namespace

page* read_mapping_page(address_space& mapping, std::uint64_t index, int& error) {
  return get_uptodate_page(mapping, nullptr, index, index + 1, error);
}

page* filemap_get_page(address_space& mapping, file_ra_state& ra, std::uint64_t index,
                       std::uint64_t last_index, int& error) {
  return get_uptodate_page(mapping, &ra, index, last_index, error);
}

int page_cache_fill(address_space& mapping, const void* content) {
  const auto* from = static_cast<const unsigned char*>(content);
  for (std::uint64_t done = 0; done < mapping.i_size; done += PAGE_SIZE) {
    page* p = alloc_pages(GFP_KERNEL, 0);
    if (p == nullptr) {
      return -MM_ENOMEM;
    }
    auto* to = static_cast<unsigned char*>(page_address(p));
    const std::uint64_t left = mapping.i_size - done;
    const std::size_t bytes = left < PAGE_SIZE ? left : PAGE_SIZE;
    std::memcpy(to, from + done, bytes);
    std::memset(to + bytes, 0, PAGE_SIZE - bytes);
    SetPageUptodate(p);
    const int error = filemap_add_folio(mapping, p, done >> PAGE_SHIFT);
    put_page(p);
    if (error != 0) {
      return error;
    }
  }
  return 0;
}

std::int64_t filemap_read(address_space& mapping, std::uint64_t offset, void* to,
                          std::uint64_t bytes, file_ra_state* ra) {
  std::uint64_t done = 0;
  const std::uint64_t last_index = align_up(offset + bytes, PAGE_SIZE) >> PAGE_SHIFT;
  while (done < bytes && offset + done < mapping.i_size) {
    const std::uint64_t at = offset + done;
    const std::uint64_t in_page = at & (PAGE_SIZE - 1);
    int error = 0;
    page* p = get_uptodate_page(mapping, ra, at >> PAGE_SHIFT, last_index, error);
    if (p == nullptr) {
      return done != 0 ? static_cast<std::int64_t>(done) : error;
    }
    // The size is looked at again: reading may have waited for long.
    const std::uint64_t in_file = at < mapping.i_size ? mapping.i_size - at : 0;
    const std::uint64_t part = min(min(bytes - done, PAGE_SIZE - in_page), in_file);
    std::memcpy(static_cast<unsigned char*>(to) + done,
                static_cast<const unsigned char*>(page_address(p)) + in_page, part);
    put_page(p);
    done += part;
    if (ra != nullptr) {
      ra->prev_pos = offset + done;
    }
  }
  return static_cast<std::int64_t>(done);
}
