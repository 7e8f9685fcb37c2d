// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/slab.h"

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/lib/bits.h"

// A slab is one page: page::mapping is its cache, page::index the first free object, page::private_
// the number of objects in use. A free object holds the address of the next free one.

namespace {

constexpr unsigned kMinShift = 4;   // 16 bytes
constexpr unsigned kMaxShift = 11;  // 2 KiB
kmem_cache kmalloc_caches[kMaxShift - kMinShift + 1]{};
slab_totals totals;

void* next_free(void* object) {
  void* next = nullptr;
  std::memcpy(&next, object, sizeof next);
  return next;
}
void set_next_free(void* object, void* next) {
  std::memcpy(object, &next, sizeof next);
}

void* free_list(const page* slab) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(slab->index));
}
void set_free_list(page* slab, void* object) {
  slab->index = reinterpret_cast<std::uintptr_t>(object);
}

// A page cut into free objects, lowest address first; null: out of memory.
page* new_slab(kmem_cache& cache, gfp_t gfp) {
  page* slab = alloc_pages(gfp, 0);
  if (slab == nullptr) {
    return nullptr;
  }
  __atomic_fetch_add(&totals.pages, 1, __ATOMIC_RELAXED);
  slab->flags |= PG_slab;
  slab->mapping = reinterpret_cast<std::uintptr_t>(&cache);
  auto* base = static_cast<unsigned char*>(page_address(slab));
  void* next = nullptr;
  for (std::uint32_t i = cache.per_page; i > 0; --i) {
    unsigned char* object = base + std::size_t{i - 1} * cache.object_size;
    set_next_free(object, next);
    next = object;
  }
  set_free_list(slab, next);
  return slab;
}

kmem_cache& kmalloc_cache(std::size_t bytes) {
  const unsigned shift = bytes <= (1u << kMinShift) ? kMinShift : log2_ceil(bytes);
  return kmalloc_caches[shift - kMinShift];
}

}  // namespace

void kmem_cache_init(kmem_cache& cache, std::size_t size) {
  const std::size_t align = size >= 64 ? 64 : 8;
  cache = {};
  cache.object_size = static_cast<std::uint32_t>(align_up(size, align));
  cache.per_page = static_cast<std::uint32_t>(PAGE_SIZE / cache.object_size);
  cache.partial.init();
}

void* kmem_cache_alloc(kmem_cache& cache, gfp_t gfp) {
  cache.lock.lock();
  if (cache.partial.empty()) {
    // Without the lock: eviction may sleep, and it gives objects back.
    cache.lock.unlock();
    page* fresh = new_slab(cache, gfp);
    if (fresh == nullptr) {
      return nullptr;
    }
    cache.lock.lock();
    cache.partial.add(fresh->lru);
  }
  page* slab = list_entry<page, offsetof(page, lru)>(cache.partial.next);
  void* object = free_list(slab);
  set_free_list(slab, next_free(object));
  ++slab->private_;
  __atomic_fetch_add(&totals.objects, 1, __ATOMIC_RELAXED);
  if (free_list(slab) == nullptr) {
    slab->lru.remove();
  }
  cache.lock.unlock();
  return object;
}

void kmem_cache_free(kmem_cache& cache, void* object) {
  if (object == nullptr) {
    return;
  }
  page* slab = virt_to_page(object);
  const lock_guard guard(cache.lock);
  const bool was_full = free_list(slab) == nullptr;
  set_next_free(object, free_list(slab));
  set_free_list(slab, object);
  --slab->private_;
  __atomic_fetch_sub(&totals.objects, 1, __ATOMIC_RELAXED);
  if (was_full) {
    cache.partial.add(slab->lru);
  }
  const bool is_only_one = cache.partial.next == cache.partial.prev;
  if (slab->private_ == 0 && !is_only_one) {
    slab->lru.remove();
    __atomic_fetch_sub(&totals.pages, 1, __ATOMIC_RELAXED);
    put_page(slab);
  }
}

void* kmalloc(std::size_t bytes) {
  if (bytes <= (std::size_t{1} << kMaxShift)) {
    return kmem_cache_alloc(kmalloc_cache(bytes));
  }
  const unsigned order = log2_ceil(align_up(bytes, PAGE_SIZE) >> PAGE_SHIFT);
  page* p = order <= kMaxOrder ? alloc_pages(GFP_KERNEL, order) : nullptr;
  return p == nullptr ? nullptr : page_address(p);
}

void* kzalloc(std::size_t bytes) {
  void* memory = kmalloc(bytes);
  if (memory != nullptr) {
    std::memset(memory, 0, bytes);
  }
  return memory;
}

void kfree(void* memory) {
  if (memory == nullptr) {
    return;
  }
  page* p = virt_to_page(memory);
  if ((p->flags & PG_slab) != 0) {
    kmem_cache_free(*reinterpret_cast<kmem_cache*>(p->mapping), memory);
  } else {
    put_page(p);
  }
}

slab_totals nr_slab() {
  return totals;
}

void slab_init() {
  totals = {};
  for (unsigned shift = kMinShift; shift <= kMaxShift; ++shift) {
    kmem_cache_init(kmalloc_caches[shift - kMinShift], std::size_t{1} << shift);
  }
}
