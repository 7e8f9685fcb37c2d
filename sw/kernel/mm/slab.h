// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small kernel objects: caches of equal objects carved from single pages, and kmalloc over such
// caches of 16 bytes to 2 KiB. Larger requests are whole blocks of pages. Objects are not zeroed
// unless asked.

#include <cstddef>
#include <cstdint>
#include <new>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/lib/list.h"
#include "sw/lib/spinlock.h"

/// A cache of objects of one size. One page at a time is the one objects are taken from; full pages
/// are in no list, pages with room wait in `partial`, empty ones go back to the page allocator.
struct kmem_cache {
  std::uint32_t object_size;  ///< bytes, a multiple of 8
  std::uint32_t per_page;     ///< objects in a page
  spinlock lock;
  list_head partial;  ///< pages with free objects (page::lru)
};

/// Prepares a cache. `size` is 8 .. 4096 bytes and is rounded up to 8, or to 64 from 64 bytes on so
/// that objects do not share lines needlessly.
void kmem_cache_init(kmem_cache& cache, std::size_t size);
/// An object, or null if there is no memory. `gfp` says how a page for more objects may be had.
[[nodiscard]] void* kmem_cache_alloc(kmem_cache& cache, gfp_t gfp = GFP_KERNEL);
/// Gives an object back; null is allowed.
void kmem_cache_free(kmem_cache& cache, void* object);

/// Memory for `bytes` (> 0), aligned to 16; null: out of memory.
[[nodiscard]] void* kmalloc(std::size_t bytes);
/// As kmalloc, zeroed.
[[nodiscard]] void* kzalloc(std::size_t bytes);
/// Gives memory of kmalloc back; null is allowed.
void kfree(void* memory);

/// Constructs a T with value initialisation (plain members are zeroed); null: out of memory.
template <typename T>
[[nodiscard]] T* kmem_cache_new(kmem_cache& cache, gfp_t gfp = GFP_KERNEL) {
  void* place = kmem_cache_alloc(cache, gfp);
  return place == nullptr ? nullptr : ::new (place) T{};
}

/// What all caches together hold.
struct slab_totals {
  std::uint64_t pages;    ///< taken from the page allocator
  std::uint64_t objects;  ///< in use
};
[[nodiscard]] slab_totals nr_slab();

/// Sets up the caches of kmalloc; called by mem_init().
void slab_init();
