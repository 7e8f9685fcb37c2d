// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/swapfile.h"

#include <cstddef>
#include <cstring>

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap_state.h"

swap_info_struct swap_info{};

namespace {

// First page of a swap area (Linux: union swap_header). All numbers are little-endian.
struct swap_header {
  char bootbits[1024];  // free for a disk label
  std::uint32_t version;
  std::uint32_t last_page;
  std::uint32_t nr_badpages;
  unsigned char uuid[16];
  char volume_name[16];
  std::uint32_t padding[117];
  std::uint32_t badpages[637];
  unsigned char unused[2];
  char magic[10];
};
static_assert(offsetof(swap_header, badpages) == 1536);
static_assert(offsetof(swap_header, magic) == PAGE_SIZE - 10);
static_assert(sizeof(swap_header) == PAGE_SIZE);

constexpr std::uint32_t kVersion = 1;
constexpr char kMagic[] = "SWAPSPACE2";
// Slots that one map can hold: the largest block of pages.
constexpr std::uint64_t kMostSlots = (PAGE_SIZE << kMaxOrder) / sizeof(std::uint16_t);

bool has_magic(const swap_header& header) {
  return std::memcmp(header.magic, kMagic, sizeof header.magic) == 0;
}

// What is wrong with a header, or null.
const char* check_swap_header(const swap_header& header, std::uint64_t device_pages) {
  constexpr std::uint64_t kMostBadPages = sizeof header.badpages / sizeof header.badpages[0];
  if (!has_magic(header)) {
    return "the swap area has no signature";
  }
  if (header.version != kVersion) {
    return "the swap area's version is not 1";
  }
  if (header.last_page == 0) {
    return "the swap area is empty";
  }
  if (header.last_page >= device_pages) {
    return "the swap area's header promises more pages than the device has";
  }
  if (header.last_page >= kMostSlots) {
    return "the swap area is larger than 8 GiB";
  }
  if (header.nr_badpages > kMostBadPages || header.nr_badpages >= header.last_page) {
    return "the swap area's header counts more bad pages than there can be";
  }
  for (std::uint32_t i = 0; i < header.nr_badpages; ++i) {
    if (header.badpages[i] == 0 || header.badpages[i] > header.last_page) {
      return "the swap area's header names a bad page outside of the area";
    }
  }
  return nullptr;
}

// The first page of a device, with a reference; null: it cannot be read.
page* read_first_page(block_device& bdev) {
  int error = 0;
  return bdev.sectors < PAGE_SECTORS ? nullptr : read_mapping_page(bdev.mapping, 0, error);
}

// The map of a new area; null: out of memory.
std::uint16_t* make_swap_map(const swap_header& header) {
  const std::uint64_t slots = std::uint64_t{header.last_page} + 1;
  auto* map = static_cast<std::uint16_t*>(kzalloc(slots * sizeof(std::uint16_t)));
  if (map != nullptr) {
    map[0] = SWAP_MAP_BAD;
    for (std::uint32_t i = 0; i < header.nr_badpages; ++i) {
      map[header.badpages[i]] = SWAP_MAP_BAD;
    }
  }
  return map;
}

std::uint64_t count_usable(const std::uint16_t* map, std::uint64_t slots) {
  std::uint64_t usable = 0;
  for (std::uint64_t slot = 0; slot < slots; ++slot) {
    usable += map[slot] == 0 ? 1 : 0;
  }
  return usable;
}

// The count of a slot in use. Page tables with entries of their own making are no input this kernel
// can get, so a wrong entry is a broken invariant.
std::uint16_t& slot_count(swp_entry_t entry) {
  const std::uint64_t slot = swp_offset(entry);
  if (swp_type(entry) != 0 || slot >= swap_info.max || swap_info.swap_map[slot] == 0 ||
      swap_info.swap_map[slot] == SWAP_MAP_BAD) {
    mm_panic("a pte or the swap cache names a slot that is not in use");
  }
  return swap_info.swap_map[slot];
}

void note_if_free(const std::uint16_t& count) {
  if (count == 0) {
    --swap_info.inuse_pages;
  }
}

// The first free slot in [first, end); 0: none.
std::uint64_t find_free_slot(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t slot = first; slot < end; ++slot) {
    if (swap_info.swap_map[slot] == 0) {
      return slot;
    }
  }
  return 0;
}

}  // namespace

bool is_swap_area(block_device& bdev) {
  page* p = read_first_page(bdev);
  if (p == nullptr) {
    return false;
  }
  const bool found = has_magic(*static_cast<const swap_header*>(page_address(p)));
  put_page(p);
  return found;
}

int swapon(block_device& bdev, const char*& why) {
  if (swap_info.bdev != nullptr) {
    why = "there is a swap area already";
    return -MM_EBUSY;
  }
  if (bdev.read_only) {
    why = "the swap area's device is read-only";
    return -MM_EROFS;
  }
  page* p = read_first_page(bdev);
  if (p == nullptr) {
    why = "the swap area's header cannot be read";
    return -MM_EIO;
  }
  const auto& header = *static_cast<const swap_header*>(page_address(p));
  int error = 0;
  why = check_swap_header(header, bdev.sectors / PAGE_SECTORS);
  if (why != nullptr) {
    error = -MM_EINVAL;
  } else if (std::uint16_t* map = make_swap_map(header); map == nullptr) {
    why = "no memory for the map of the swap area";
    error = -MM_ENOMEM;
  } else {
    const std::uint64_t slots = std::uint64_t{header.last_page} + 1;
    swap_info = {.bdev = &bdev,
                 .max = slots,
                 .pages = count_usable(map, slots),
                 .inuse_pages = 0,
                 .cluster_next = 1,
                 .swap_map = map};
  }
  put_page(p);
  return error;
}

swp_entry_t get_swap_page() {
  if (get_nr_swap_pages() == 0) {
    return {0};
  }
  // Onwards from the last one, so that pages that leave together can come back together.
  std::uint64_t slot = find_free_slot(swap_info.cluster_next, swap_info.max);
  if (slot == 0) {
    slot = find_free_slot(1, swap_info.cluster_next);
  }
  swap_info.swap_map[slot] = SWAP_HAS_CACHE;
  ++swap_info.inuse_pages;
  swap_info.cluster_next = slot + 1 < swap_info.max ? slot + 1 : 1;
  return swp_entry(0, slot);
}

void put_swap_page(swp_entry_t entry) {
  std::uint16_t& count = slot_count(entry);
  count &= static_cast<std::uint16_t>(~SWAP_HAS_CACHE);
  note_if_free(count);
}

bool swap_duplicate(swp_entry_t entry) {
  std::uint16_t& count = slot_count(entry);
  if ((count & ~SWAP_HAS_CACHE) == SWAP_MAP_MAX) {
    return false;
  }
  ++count;
  return true;
}

void swap_free(swp_entry_t entry) {
  std::uint16_t& count = slot_count(entry);
  if ((count & ~SWAP_HAS_CACHE) == 0) {
    mm_panic("a slot of the swap area is freed more often than it was used");
  }
  --count;
  note_if_free(count);
}

void free_swap_and_cache(swp_entry_t entry) {
  swap_free(entry);
  if (swap_info.swap_map[swp_offset(entry)] != SWAP_HAS_CACHE) {
    return;
  }
  page* p = swap_cache_get_folio(entry);
  if (p != nullptr) {
    free_swap_cache(p);
    put_page(p);
  }
}

bool swapcache_prepare(swp_entry_t entry) {
  const std::uint64_t slot = swp_offset(entry);
  if (slot >= swap_info.max) {
    return false;
  }
  std::uint16_t& count = swap_info.swap_map[slot];
  if (count == 0 || count == SWAP_MAP_BAD || (count & SWAP_HAS_CACHE) != 0) {
    return false;
  }
  count |= SWAP_HAS_CACHE;
  return true;
}

unsigned swap_count(swp_entry_t entry) {
  return swap_info.swap_map[swp_offset(entry)] & ~unsigned{SWAP_HAS_CACHE};
}

std::uint64_t get_nr_swap_pages() {
  return swap_info.pages - swap_info.inuse_pages;
}

std::uint64_t total_swap_pages() {
  return swap_info.pages;
}

void swapfile_init() {
  swap_info = {};
}
