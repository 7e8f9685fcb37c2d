// SPDX-License-Identifier: Apache-2.0
#pragma once

// The swap area: a block device in Linux's own format (SWAPSPACE2, version 1, made by mkswap), and
// who uses which of its page slots. One area at a time; it is never switched off.

#include <cstdint>

#include "sw/kernel/mm/pgtable.h"

struct address_space;
struct block_device;
struct page;

/// What swap_map says of a slot: the number of ptes and shared-memory files that refer to it, and
/// this bit while the swap cache holds a page for it. 0: free.
inline constexpr std::uint16_t SWAP_HAS_CACHE = 0x8000;
/// A slot that is never used: the header and the ones the header calls bad.
inline constexpr std::uint16_t SWAP_MAP_BAD = 0x7fff;
/// Most references a slot can count.
inline constexpr std::uint16_t SWAP_MAP_MAX = 0x7ffe;

/// The area in use (Linux: swap_info_struct).
struct swap_info_struct {
  block_device* bdev;          ///< null: no swap area
  std::uint64_t max;           ///< slots, the header included
  std::uint64_t pages;         ///< slots that can hold a page
  std::uint64_t inuse_pages;   ///< of these, in use
  std::uint64_t cluster_next;  ///< where the search for a free slot begins
  std::uint16_t* swap_map;     ///< by slot: references and SWAP_HAS_CACHE
};
extern swap_info_struct swap_info;

/// True if the device begins with the signature of a swap area (reads one page; may sleep).
[[nodiscard]] bool is_swap_area(block_device& bdev);
/// Puts the swap area of a device to use. Returns 0 or -errno (-EINVAL: the header is wrong); `why`
/// is then a sentence for the user, else null. May sleep.
[[nodiscard]] int swapon(block_device& bdev, const char*& why);

/// A free slot for a page about to enter the swap cache, counted as cached; value 0: none is free.
[[nodiscard]] swp_entry_t get_swap_page();
/// Frees a slot that get_swap_page gave and nobody refers to, or takes the cache's claim off it.
void put_swap_page(swp_entry_t entry);
/// One more pte (or shared-memory file) refers to the slot. False: too many.
[[nodiscard]] bool swap_duplicate(swp_entry_t entry);
/// One reference less; the last one frees the slot, unless the swap cache holds it.
void swap_free(swp_entry_t entry);
/// As swap_free, and drops the cached page with its slot if nobody else needs it.
void free_swap_and_cache(swp_entry_t entry);
/// Claims an occupied slot for the swap cache. False: it is free, bad or claimed already.
[[nodiscard]] bool swapcache_prepare(swp_entry_t entry);
/// References to the slot, the cache's not counted.
[[nodiscard]] unsigned swap_count(swp_entry_t entry);

/// Slots that could still be taken.
[[nodiscard]] std::uint64_t get_nr_swap_pages();
/// Slots of the area.
[[nodiscard]] std::uint64_t total_swap_pages();

/// No swap area; called by mem_init().
void swapfile_init();
