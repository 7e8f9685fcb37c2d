// SPDX-License-Identifier: Apache-2.0
#pragma once

// Physical page allocator: a buddy system of blocks of 2^0 .. 2^10 pages, and in front of it a list
// of single pages per hart, so that the common allocation takes no shared lock. One zone. Below its
// low watermark whoever allocates evicts other pages first (vmscan.h); what lies below the minimum
// is kept for those who cannot wait.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

/// Highest order of a block: 4 MiB (Linux: MAX_ORDER - 1).
inline constexpr unsigned kMaxOrder = 10;

/// What an allocation wants and may do (Linux: gfp_t). Whoever holds a spinlock or runs in an
/// interrupt handler must not sleep: GFP_ATOMIC.
enum gfp_t : unsigned {
  __GFP_ZERO = 1u << 0,            ///< content zeroed
  __GFP_COMP = 1u << 1,            ///< one compound page: its tails lead to its head
  __GFP_IO = 1u << 2,              ///< reclaim may write to the swap area
  __GFP_FS = 1u << 3,              ///< reclaim may call file systems
  __GFP_DIRECT_RECLAIM = 1u << 4,  ///< may sleep to evict pages
  __GFP_HIGH = 1u << 5,            ///< may use the reserve below the lowest watermark
  GFP_NOWAIT = 0,
  GFP_ATOMIC = __GFP_HIGH,
  GFP_NOIO = __GFP_DIRECT_RECLAIM,
  GFP_NOFS = __GFP_DIRECT_RECLAIM | __GFP_IO,
  GFP_KERNEL = __GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS,
  GFP_HIGHUSER_MOVABLE = GFP_KERNEL,
  GFP_TRANSHUGE_LIGHT = __GFP_COMP,  ///< a huge page, if one is at hand
};
constexpr gfp_t operator|(gfp_t a, gfp_t b) {
  return static_cast<gfp_t>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// A block of 2^order pages, refcount 1, aligned to its size; null: out of memory.
[[nodiscard]] page* alloc_pages(gfp_t gfp, unsigned order);
/// Frees a block whose last reference is gone; `order` as allocated.
void free_pages(page* p, unsigned order);

/// Where the descriptor of frame 0 would be; those of RAM follow in order (Linux: vmemmap).
extern std::uintptr_t vmemmap;

/// Number of the frame that a descriptor describes, and back.
[[nodiscard]] inline std::uint64_t page_to_pfn(const page* p) {
  return (reinterpret_cast<std::uintptr_t>(p) - vmemmap) / sizeof(page);
}
[[nodiscard]] inline page* pfn_to_page(std::uint64_t pfn) {
  return reinterpret_cast<page*>(vmemmap + static_cast<std::uintptr_t>(pfn) * sizeof(page));
}
/// Where the kernel sees the frame.
[[nodiscard]] inline void* page_address(const page* p) {
  return phys_to_virt(page_to_pfn(p) << PAGE_SHIFT);
}
/// Descriptor of the frame that holds an address of the linear map.
[[nodiscard]] inline page* virt_to_page(const void* va) {
  return pfn_to_page(virt_to_phys(va) >> PAGE_SHIFT);
}

/// Pages that are free, those of the harts' lists included.
[[nodiscard]] std::uint64_t nr_free_pages();
/// Free pages below which allocations change their manner, the harts' lists not counted.
enum zone_watermarks : unsigned {
  WMARK_MIN,   ///< below: only GFP_ATOMIC and reclaim itself
  WMARK_LOW,   ///< below: evict first
  WMARK_HIGH,  ///< memory is plentiful
  NR_WMARK
};
[[nodiscard]] std::uint64_t zone_watermark(zone_watermarks mark);
/// Pages handed to the allocator since mem_init().
[[nodiscard]] std::uint64_t totalram_pages();
/// Gives the pages of this hart's list back to the buddy system.
void drain_local_pages();

/// Hands the whole frames in [start, end) of physical memory to the allocator: RAM that was
/// reserved at boot (the initial archive after it was unpacked). What lies outside of the RAM that
/// mem_init() was told of stays untouched.
void free_reserved_area(std::uint64_t start, std::uint64_t end);

[[nodiscard]] inline bool PageHead(const page& p) {
  return (p.flags & PG_head) != 0;
}
[[nodiscard]] inline bool PageTail(const page& p) {
  return (p.flags & PG_tail) != 0;
}
[[nodiscard]] inline bool PageCompound(const page& p) {
  return (p.flags & (PG_head | PG_tail)) != 0;
}
/// The page that counts references and mappings for `p`: itself, unless it is a tail.
[[nodiscard]] inline page* compound_head(page* p) {
  return PageTail(*p) ? p->compound_head : p;
}
/// Frames that a page stands for: 1, or those of the compound page it is the head of.
[[nodiscard]] inline std::uint64_t compound_nr(const page& p) {
  return PageHead(p) ? std::uint64_t{1} << p.order : 1;
}
/// Makes a block of 2^order frames, just allocated, a compound page.
void prep_compound_page(page* head, unsigned order);

/// Takes a reference; the page must have one and be no tail.
inline void get_page(page* p) {
  __atomic_fetch_add(&p->refcount, 1, __ATOMIC_RELAXED);
}
/// Gives a reference back; the last one frees the page, a compound page as a whole. No tail.
void put_page(page* p);

/// One block of physical memory, [start, end) in bytes.
struct phys_range {
  std::uint64_t start;
  std::uint64_t end;
};

/// Sets the allocator up over `ram` without the `reserved` ranges (any order, may overlap). Called
/// by mem_init(). The descriptors of all frames of `ram` are placed in its highest free part.
void page_alloc_init(phys_range ram, const phys_range* reserved, unsigned nr_reserved);
