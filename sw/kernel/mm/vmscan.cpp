// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/vmscan.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/reclaim_pages.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"

// What is evicted first. Each of the two kinds of memory, private (and shared memory) and files,
// has an active and an inactive list. Pages enter the inactive one at its head and leave at its
// tail. A round of reclaim looks at 1 / 2^priority of the lists and comes back with a lower
// priority until enough is free:
// - While the inactive list of files alone is long enough for the round, only it is scanned: file
//   pages that are not in use cost least.
// - Else both kinds are scanned, in the proportion of kSwappiness to 200 - kSwappiness; private
//   memory only if there is a free slot to swap it to. The last round looks at everything.
// - An active list is scanned while its inactive list is the shorter one; its pages become
//   inactive, without regard to their use (which is forgotten, so that it shows anew), except
//   program text in use.

namespace {

struct scan_control {
  gfp_t gfp;
  int priority;
  std::uint64_t nr_to_reclaim;
  std::uint64_t nr_reclaimed;
};

bool inactive_is_low(lru_list inactive) {
  const auto active = static_cast<lru_list>(inactive + 1);
  return node_lruvec.nr_pages[inactive] < node_lruvec.nr_pages[active];
}

// Ages up to `nr` pages of an active list.
void shrink_active_list(lru_list active, std::uint64_t nr) {
  list_head isolated;
  isolated.init();
  const unsigned taken = isolate_lru_pages(active, static_cast<unsigned>(nr), isolated);
  count_vm_events(PGSCAN, taken);
  tlb_batch tlb;
  for (list_head* link = isolated.next; link != &isolated; link = link->next) {
    page& p = *list_entry<page, offsetof(page, lru)>(link);
    std::uint64_t vm_flags = 0;
    const bool used = folio_referenced(p, vm_flags, tlb) != 0;
    if (used && (vm_flags & VM_EXEC) != 0 && active == LRU_ACTIVE_FILE) {
      continue;
    }
    __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_active}, __ATOMIC_RELAXED);
    count_vm_event(PGDEACTIVATE);
  }
  putback_lru_pages(isolated);
}

// Evicts what it can of up to `nr` pages of an inactive list.
void shrink_inactive_list(lru_list inactive, std::uint64_t nr, scan_control& sc) {
  list_head isolated;
  isolated.init();
  const unsigned taken = isolate_lru_pages(inactive, static_cast<unsigned>(nr), isolated);
  count_vm_events(PGSCAN, taken);
  const unsigned freed = shrink_page_list(isolated, sc.gfp);
  count_vm_events(PGSTEAL, freed);
  sc.nr_reclaimed += freed;
  putback_lru_pages(isolated);
}

// Pages to scan of the active and the inactive list of one kind.
struct scan_counts {
  std::uint64_t inactive;
  std::uint64_t active;
};

// How many pages of each list this round looks at: {private, files}.
struct scan_plan {
  scan_counts anon;
  scan_counts file;
};

scan_plan get_scan_count(const scan_control& sc) {
  constexpr std::uint64_t kWhole = 200;
  const auto share = [&](lru_list list, std::uint64_t part) {
    const std::uint64_t pages = node_lruvec.nr_pages[list] >> sc.priority;
    return sc.priority == 0 ? pages : pages * part / kWhole;
  };
  const bool may_swap = (sc.gfp & __GFP_IO) != 0 && get_nr_swap_pages() != 0;
  const bool files_suffice =
      sc.priority != 0 &&
      node_lruvec.nr_pages[LRU_INACTIVE_FILE] >> sc.priority >= sc.nr_to_reclaim &&
      !inactive_is_low(LRU_INACTIVE_FILE);
  scan_plan plan = {};
  if (may_swap && !files_suffice) {
    plan.anon = {share(LRU_INACTIVE_ANON, kSwappiness), share(LRU_ACTIVE_ANON, kSwappiness)};
  }
  const std::uint64_t rest =
      plan.anon.inactive + plan.anon.active != 0 ? kWhole - kSwappiness : kWhole;
  plan.file = {share(LRU_INACTIVE_FILE, rest), share(LRU_ACTIVE_FILE, rest)};
  return plan;
}

// Takes the next portion of a list's share.
std::uint64_t take_portion(std::uint64_t& left) {
  const std::uint64_t portion = left < SWAP_CLUSTER_MAX ? left : SWAP_CLUSTER_MAX;
  left -= portion;
  return portion;
}

// One portion of one kind of memory; false: nothing is left of its share.
bool shrink_kind(lru_list inactive, scan_counts& left, scan_control& sc) {
  if (left.active != 0) {
    const std::uint64_t portion = take_portion(left.active);
    if (inactive_is_low(inactive)) {
      shrink_active_list(static_cast<lru_list>(inactive + 1), portion);
    }
  }
  if (left.inactive != 0) {
    shrink_inactive_list(inactive, take_portion(left.inactive), sc);
  }
  return left.active + left.inactive != 0;
}

void shrink_lruvec(scan_control& sc) {
  scan_plan plan = get_scan_count(sc);
  bool more = true;
  while (more && sc.nr_reclaimed < sc.nr_to_reclaim) {
    more = shrink_kind(LRU_INACTIVE_ANON, plan.anon, sc);
    more = shrink_kind(LRU_INACTIVE_FILE, plan.file, sc) || more;
  }
}

std::uint64_t do_try_to_free_pages(gfp_t gfp, std::uint64_t nr) {
  scan_control sc = {.gfp = gfp, .priority = DEF_PRIORITY, .nr_to_reclaim = nr, .nr_reclaimed = 0};
  unsigned& flags = current_memalloc_flags();
  const unsigned outer_flags = flags;
  flags |= PF_MEMALLOC;
  lru_add_drain();
  for (; sc.priority >= 0 && sc.nr_reclaimed < nr; --sc.priority) {
    shrink_lruvec(sc);
  }
  if (sc.nr_reclaimed < nr) {
    sc.nr_reclaimed += shrink_huge_zero_page();
  }
  flags = outer_flags;
  return sc.nr_reclaimed;
}

}  // namespace

FAULT_STAGE std::uint64_t try_to_free_pages(gfp_t gfp) {
  return do_try_to_free_pages(gfp, SWAP_CLUSTER_MAX);
}

std::uint64_t shrink_all_memory(std::uint64_t nr) {
  return do_try_to_free_pages(GFP_KERNEL, nr);
}

std::uint64_t reclaim_pages(list_head& isolated) {
  unsigned& flags = current_memalloc_flags();
  const unsigned outer_flags = flags;
  flags |= PF_MEMALLOC;
  const unsigned freed = shrink_page_list(isolated, GFP_KERNEL);
  putback_lru_pages(isolated);
  flags = outer_flags;
  return freed;
}
