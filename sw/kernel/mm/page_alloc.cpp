// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/page_alloc.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/vmscan.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

// Invariant that keeps boot short: the descriptor of a frame is valid unless the frame lies inside
// a free block without being its head. Merging looks at the buddy of a block of order k, and that
// frame is a head of a block of order k or less, a reserved frame, or outside of RAM: the block of
// order k + 1 around both was split before, which wrote both halves' heads.

std::uintptr_t va_pa_offset;
std::uintptr_t vmemmap;

namespace {

// Sizes of a hart's list as Linux computes them for a zone of a few GiB (zone_batchsize,
// zone_highsize).
constexpr unsigned kPcpBatch = 63;
constexpr unsigned kPcpHigh = 4 * kPcpBatch;

struct free_area {
  list_head blocks;
};

struct zone_state {
  spinlock lock;
  free_area areas[kMaxOrder + 1];
  std::uint64_t start_pfn;
  std::uint64_t end_pfn;
  std::uint64_t nr_free;
  std::uint64_t managed;
  std::uint64_t watermarks[NR_WMARK];
};

// Single pages at hand for one hart.
struct alignas(64) per_cpu_pages {
  list_head pages;
  unsigned count;
};

zone_state zone{};
per_cpu_pages pcp_lists[kMaxHarts]{};

page* first_page(list_head& list) {
  return list_entry<page, offsetof(page, lru)>(list.next);
}
page* last_page(list_head& list) {
  return list_entry<page, offsetof(page, lru)>(list.prev);
}

void add_free_block(page* p, unsigned order) {
  p->flags = PG_buddy;
  p->refcount = 0;
  p->order = order;
  zone.areas[order].blocks.add(p->lru);
}

void del_free_block(page* p) {
  p->flags = 0;
  p->lru.remove();
}

bool is_free_block(std::uint64_t pfn, unsigned order) {
  if (pfn < zone.start_pfn || pfn >= zone.end_pfn) {
    return false;
  }
  const page* p = pfn_to_page(pfn);
  return (p->flags & PG_buddy) != 0 && p->order == order;
}

// Gives a block to the buddy system, merged with its buddies as far as they are free. zone.lock
// held.
void free_one_block(std::uint64_t pfn, unsigned order) {
  zone.nr_free += std::uint64_t{1} << order;
  while (order < kMaxOrder) {
    const std::uint64_t buddy = pfn ^ (std::uint64_t{1} << order);
    if (!is_free_block(buddy, order)) {
      break;
    }
    del_free_block(pfn_to_page(buddy));
    pfn_to_page(pfn)->flags = 0;
    pfn &= buddy;
    ++order;
  }
  add_free_block(pfn_to_page(pfn), order);
}

// Takes a block, splitting the smallest that is large enough. Null: none. zone.lock held.
page* rmqueue(unsigned order) {
  for (unsigned found = order; found <= kMaxOrder; ++found) {
    list_head& blocks = zone.areas[found].blocks;
    if (blocks.empty()) {
      continue;
    }
    page* p = first_page(blocks);
    del_free_block(p);
    while (found > order) {
      --found;
      add_free_block(p + (std::size_t{1} << found), found);
    }
    zone.nr_free -= std::uint64_t{1} << order;
    return p;
  }
  return nullptr;
}

// Refills a hart's list from the buddy system, lowest address first where a large block is at hand,
// as long as more than `mark` pages stay free there.
SLOW_PATH void rmqueue_bulk(per_cpu_pages& pcp, std::uint64_t mark) {
  const lock_guard guard(zone.lock);
  while (pcp.count < kPcpBatch && zone.nr_free > mark) {
    page* p = rmqueue(0);
    if (p == nullptr) {
      return;
    }
    pcp.pages.add_tail(p->lru);
    ++pcp.count;
  }
}

// Gives the `n` pages that were freed longest ago back to the buddy system.
void free_pcppages_bulk(per_cpu_pages& pcp, unsigned n) {
  const lock_guard guard(zone.lock);
  for (; n > 0; --n) {
    page* p = last_page(pcp.pages);
    p->lru.remove();
    --pcp.count;
    free_one_block(page_to_pfn(p), 0);
  }
}

page* rmqueue_pcplist(std::uint64_t mark) {
  per_cpu_pages& pcp = pcp_lists[smp_processor_id()];
  if (pcp.count == 0) {
    rmqueue_bulk(pcp, mark);
    if (pcp.count == 0) {
      return nullptr;
    }
  }
  page* p = first_page(pcp.pages);
  p->lru.remove();
  --pcp.count;
  return p;
}

// A block from the buddy system; what this hart keeps to itself may be the missing half of it.
SLOW_PATH page* rmqueue_buddy(unsigned order, std::uint64_t mark) {
  const std::uint64_t needed = mark + (std::uint64_t{1} << order);
  const auto try_once = [&] {
    const lock_guard guard(zone.lock);
    return zone.nr_free >= needed ? rmqueue(order) : nullptr;
  };
  page* p = try_once();
  if (p == nullptr && pcp_lists[smp_processor_id()].count != 0) {
    drain_local_pages();
    p = try_once();
  }
  return p;
}

page* get_page_from_freelist(unsigned order, std::uint64_t mark) {
  return order == 0 ? rmqueue_pcplist(mark) : rmqueue_buddy(order, mark);
}

// A block for those who cannot wait. From the buddy system directly: what a refill of the hart's
// list took beyond it would be anybody's.
page* take_from_reserve(unsigned order) {
  constexpr std::uint64_t kNoRefill = ~std::uint64_t{0};
  page* p = order == 0 ? rmqueue_pcplist(kNoRefill) : nullptr;
  return p != nullptr ? p : rmqueue_buddy(order, 0);
}

// Largest block that is worth evicting other pages for (Linux: PAGE_ALLOC_COSTLY_ORDER).
constexpr unsigned kCostlyOrder = 3;

// Fruitless attempts to evict pages after which memory counts as exhausted: the first may do no
// more than forget accesses.
constexpr unsigned kMostReclaimFailures = 3;

// Memory is short: who may sleep evicts pages first, who must not takes from the reserve.
SLOW_PATH page* __alloc_pages_slowpath(gfp_t gfp, unsigned order) {
  if ((gfp & __GFP_HIGH) != 0 || (current_memalloc_flags() & PF_MEMALLOC) != 0) {
    return take_from_reserve(order);
  }
  if ((gfp & __GFP_DIRECT_RECLAIM) == 0) {
    return get_page_from_freelist(order, zone.watermarks[WMARK_MIN]);
  }
  for (unsigned failures = 0; failures < kMostReclaimFailures;) {
    const std::uint64_t freed = try_to_free_pages(gfp);
    if (zone.nr_free < zone.watermarks[WMARK_MIN]) {
      drain_local_pages();  // what was freed fills the reserve up first
    }
    page* p = get_page_from_freelist(order, zone.watermarks[WMARK_MIN]);
    if (p != nullptr || order > kCostlyOrder) {
      return p;
    }
    failures = freed == 0 ? failures + 1 : 0;
  }
  return nullptr;
}

// Sizes of the reserve and of the margin above it, by the formulas of Linux (min_free_kbytes,
// watermark_scale_factor = 10).
void setup_per_zone_wmarks() {
  constexpr std::uint64_t kMinKilobytes = 128;
  constexpr std::uint64_t kMaxKilobytes = 262144;
  const std::uint64_t product = zone.managed << (PAGE_SHIFT - 10) << 4;
  std::uint64_t kilobytes = kMinKilobytes;
  while (kilobytes < kMaxKilobytes && (kilobytes + 1) * (kilobytes + 1) <= product) {
    ++kilobytes;
  }
  const std::uint64_t min = kilobytes >> (PAGE_SHIFT - 10);
  const std::uint64_t share = zone.managed / 1000;
  const std::uint64_t margin = share > min / 4 ? share : min / 4;
  zone.watermarks[WMARK_MIN] = min;
  zone.watermarks[WMARK_LOW] = min + margin;
  zone.watermarks[WMARK_HIGH] = min + 2 * margin;
}

void prep_new_page(page* p, unsigned order) {
  p->flags = 0;
  p->mapcount = -1;
  p->refcount = 1;
  p->order = order;
  p->mapping = 0;
  p->private_ = 0;
}

// Calls visit(pfn, order) for the largest aligned blocks that make up the frames [pfn, end).
template <typename Visit>
void for_each_block(std::uint64_t pfn, std::uint64_t end, Visit visit) {
  while (pfn < end) {
    unsigned order = kMaxOrder;
    while (!is_aligned(pfn, std::uint64_t{1} << order) || pfn + (std::uint64_t{1} << order) > end) {
      --order;
    }
    visit(pfn, order);
    pfn += std::uint64_t{1} << order;
  }
}

// The reserved range that covers frame `pfn`, or the nearest one above: {first, end}, end of RAM if
// none.
struct pfn_range {
  std::uint64_t first;
  std::uint64_t end;
};
pfn_range next_reserved(std::uint64_t pfn, const phys_range* reserved, unsigned nr) {
  pfn_range nearest = {zone.end_pfn, zone.end_pfn};
  for (unsigned i = 0; i < nr; ++i) {
    const std::uint64_t first = reserved[i].start >> PAGE_SHIFT;
    const std::uint64_t end = align_up(reserved[i].end, PAGE_SIZE) >> PAGE_SHIFT;
    if (end > pfn && first < nearest.first) {
      nearest = {first, end};
    }
  }
  return nearest;
}

// The highest run of `pages` frames outside of the reserved ranges.
std::uint64_t find_room(std::uint64_t pages, const phys_range* reserved, unsigned nr) {
  std::uint64_t best = 0;
  for (std::uint64_t pfn = zone.start_pfn; pfn < zone.end_pfn;) {
    const pfn_range hole = next_reserved(pfn, reserved, nr);
    if (hole.first > pfn && hole.first - pfn >= pages) {
      best = hole.first - pages;
    }
    pfn = hole.end;
  }
  if (best == 0) {
    mm_panic("no room for the frame descriptors");
  }
  return best;
}

void reserve_frames(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t pfn = first; pfn < end; ++pfn) {
    page* p = pfn_to_page(pfn);
    *p = {};
    p->flags = PG_reserved;
    p->refcount = 1;
    p->mapcount = -1;
  }
}

}  // namespace

void prep_compound_page(page* head, unsigned order) {
  head->flags |= PG_head;
  for (std::size_t i = 1; i < std::size_t{1} << order; ++i) {
    head[i].flags = PG_tail;
    head[i].compound_head = head;
  }
}

namespace {

// What more a caller may want of a new block than its first descriptor.
SLOW_PATH void prep_whole_block(page* p, unsigned order, gfp_t gfp) {
  if ((gfp & __GFP_COMP) != 0) {
    prep_compound_page(p, order);
  }
  if ((gfp & __GFP_ZERO) != 0) {
    auto* bytes = static_cast<unsigned char*>(page_address(p));
    for (std::uint64_t i = 0; i < std::uint64_t{1} << order; ++i) {
      clear_page(bytes + i * PAGE_SIZE);
    }
  }
}

}  // namespace

FAULT_STAGE page* alloc_pages(gfp_t gfp, unsigned order) {
  page* p = get_page_from_freelist(order, zone.watermarks[WMARK_LOW]);
  if (p == nullptr) {
    p = __alloc_pages_slowpath(gfp, order);
    if (p == nullptr) {
      return nullptr;
    }
  }
  prep_new_page(p, order);
  if ((gfp & (__GFP_COMP | __GFP_ZERO)) != 0) {
    prep_whole_block(p, order, gfp);
  }
  count_vm_event(PGALLOC);
  return p;
}

void free_pages(page* p, unsigned order) {
  count_vm_event(PGFREE);
  p->refcount = 0;
  p->flags = 0;
  if (order != 0) {
    const lock_guard guard(zone.lock);
    free_one_block(page_to_pfn(p), order);
    return;
  }
  per_cpu_pages& pcp = pcp_lists[smp_processor_id()];
  pcp.pages.add(p->lru);
  ++pcp.count;
  if (pcp.count >= kPcpHigh) {
    free_pcppages_bulk(pcp, kPcpBatch);
  }
}

void put_page(page* p) {
  if (__atomic_sub_fetch(&p->refcount, 1, __ATOMIC_ACQ_REL) != 0) {
    return;
  }
  if ((p->flags & PG_lru) != 0) {
    lru_del(p);
  }
  free_pages(p, p->order);
}

void drain_local_pages() {
  per_cpu_pages& pcp = pcp_lists[smp_processor_id()];
  free_pcppages_bulk(pcp, pcp.count);
}

std::uint64_t nr_free_pages() {
  std::uint64_t sum = zone.nr_free;
  for (const per_cpu_pages& pcp : pcp_lists) {
    sum += pcp.count;
  }
  return sum;
}

std::uint64_t zone_watermark(zone_watermarks mark) {
  return zone.watermarks[mark];
}

std::uint64_t totalram_pages() {
  return zone.managed;
}

void free_reserved_area(std::uint64_t start, std::uint64_t end) {
  const std::uint64_t first = max(align_up(start, PAGE_SIZE) >> PAGE_SHIFT, zone.start_pfn);
  const std::uint64_t last = min(end >> PAGE_SHIFT, zone.end_pfn);
  const lock_guard guard(zone.lock);
  for (std::uint64_t pfn = first; pfn < last; ++pfn) {
    if ((pfn_to_page(pfn)->flags & PG_reserved) == 0) {
      mm_panic("free_reserved_area: frame is not reserved");
    }
    ++zone.managed;
    free_one_block(pfn, 0);
  }
  setup_per_zone_wmarks();
}

void page_alloc_init(phys_range ram, const phys_range* reserved, unsigned nr_reserved) {
  zone = {};
  zone.start_pfn = align_up(ram.start, PAGE_SIZE) >> PAGE_SHIFT;
  zone.end_pfn = ram.end >> PAGE_SHIFT;
  for (free_area& area : zone.areas) {
    area.blocks.init();
  }
  for (per_cpu_pages& pcp : pcp_lists) {
    pcp.pages.init();
    pcp.count = 0;
  }
  const std::uint64_t frames = zone.end_pfn - zone.start_pfn;
  const std::uint64_t map_pages = align_up(frames * sizeof(page), PAGE_SIZE) >> PAGE_SHIFT;
  const std::uint64_t map_pfn = find_room(map_pages, reserved, nr_reserved);
  vmemmap = reinterpret_cast<std::uintptr_t>(phys_to_virt(map_pfn << PAGE_SHIFT)) -
            static_cast<std::uintptr_t>(zone.start_pfn) * sizeof(page);

  // Reserved frames and the heads of free blocks first, so that merging never looks at a descriptor
  // that was not written.
  reserve_frames(map_pfn, map_pfn + map_pages);
  for (unsigned i = 0; i < nr_reserved; ++i) {
    const std::uint64_t first = reserved[i].start >> PAGE_SHIFT;
    const std::uint64_t end = align_up(reserved[i].end, PAGE_SIZE) >> PAGE_SHIFT;
    reserve_frames(first > zone.start_pfn ? first : zone.start_pfn,
                   end < zone.end_pfn ? end : zone.end_pfn);
  }
  const auto for_each_free_block = [&](auto visit) {
    for (std::uint64_t pfn = zone.start_pfn; pfn < zone.end_pfn;) {
      pfn_range hole = next_reserved(pfn, reserved, nr_reserved);
      if (map_pfn >= pfn && map_pfn < hole.first) {
        hole = {map_pfn, map_pfn + map_pages};
      }
      for_each_block(pfn, hole.first, visit);
      pfn = hole.end;
    }
  };
  for_each_free_block([](std::uint64_t pfn, unsigned) { pfn_to_page(pfn)->flags = 0; });
  const lock_guard guard(zone.lock);
  for_each_free_block([](std::uint64_t pfn, unsigned order) {
    zone.managed += std::uint64_t{1} << order;
    free_one_block(pfn, order);
  });
  setup_per_zone_wmarks();
}
