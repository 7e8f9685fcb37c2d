// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/filemap.h"

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
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

void lock_page(page* p) {
  while (!trylock_page(p)) {
  }
}

void unlock_page(page* p) {
  __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_locked}, __ATOMIC_RELEASE);
}

void address_space_init(address_space& mapping, std::uint64_t size,
                        const address_space_operations* ops) {
  mapping = {};
  mapping.i_size = size;
  mapping.a_ops = ops;
  mapping.i_mmap.init();
}

int filemap_add_folio(address_space& mapping, page* p, std::uint64_t index) {
  {
    const lock_guard guard(mapping.lock);
    if (mapping.i_pages.load(index) != nullptr) {
      return -MM_EEXIST;
    }
    if (!mapping.i_pages.store(index, *p)) {
      return -MM_ENOMEM;
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

page* find_get_page(address_space& mapping, std::uint64_t index) {
  const lock_guard guard(mapping.lock);
  page* p = mapping.i_pages.load(index);
  if (p != nullptr) {
    get_page(p);
  }
  return p;
}

page* read_mapping_page(address_space& mapping, std::uint64_t index, int& error) {
  page* p = find_get_page(mapping, index);
  if (p != nullptr) {
    return p;
  }
  error = -MM_EIO;
  if (mapping.a_ops == nullptr || mapping.a_ops->read_folio == nullptr) {
    return nullptr;
  }
  error = -MM_ENOMEM;
  p = alloc_pages(GFP_KERNEL, 0);
  if (p == nullptr) {
    return nullptr;
  }
  lock_page(p);
  error = filemap_add_folio(mapping, p, index);
  if (error == 0) {
    error = mapping.a_ops->read_folio(mapping, *p);
    if (error != 0) {
      const lock_guard guard(mapping.lock);
      mapping.i_pages.erase(index);
      --mapping.nrpages;
      p->mapping = 0;
    }
    unlock_page(p);
    if (error == 0) {
      return p;
    }
    put_page(p);  // the cache's
  }
  put_page(p);
  return nullptr;
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

void truncate_inode_pages(address_space& mapping, std::uint64_t lstart) {
  lru_add_drain();
  std::uint64_t index = align_up(lstart, PAGE_SIZE) >> PAGE_SHIFT;
  for (;;) {
    page* p = mapping.i_pages.find(index, ~std::uint64_t{0});
    if (p == nullptr) {
      return;
    }
    mapping.i_pages.erase(index);
    --mapping.nrpages;
    p->mapping = 0;
    put_page(p);
  }
}

std::int64_t filemap_read(address_space& mapping, std::uint64_t offset, void* to,
                          std::uint64_t bytes, file_ra_state*) {
  if (offset >= mapping.i_size) {
    return 0;
  }
  const std::uint64_t in_file = mapping.i_size - offset;
  const std::uint64_t wanted = bytes < in_file ? bytes : in_file;
  std::uint64_t done = 0;
  while (done < wanted) {
    const std::uint64_t in_page = (offset + done) & (PAGE_SIZE - 1);
    const std::uint64_t room = PAGE_SIZE - in_page;
    const std::uint64_t part = wanted - done < room ? wanted - done : room;
    int error = 0;
    page* p = read_mapping_page(mapping, (offset + done) >> PAGE_SHIFT, error);
    if (p == nullptr) {
      return done != 0 ? static_cast<std::int64_t>(done) : error;
    }
    std::memcpy(static_cast<unsigned char*>(to) + done,
                static_cast<const unsigned char*>(page_address(p)) + in_page, part);
    put_page(p);
    done += part;
  }
  return static_cast<std::int64_t>(done);
}
