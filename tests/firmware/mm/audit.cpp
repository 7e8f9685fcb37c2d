// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/audit.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"

namespace faultline::test {

namespace {

constexpr std::uintptr_t kPage = PAGE_SIZE;

rss_counter counter_of(const page& p) {
  if (PageAnon(p)) {
    return MM_ANONPAGES;
  }
  return (p.flags & PG_swapbacked) != 0 ? MM_SHMEMPAGES : MM_FILEPAGES;
}

// Entries that lead to the page, as the reverse map finds them.
int count_by_rmap(page& head) {
  int found = 0;
  if ((head.flags & PG_head) == 0) {
    rmap_walk(head, [&](vm_area_struct&, std::uintptr_t, pte_t*) { ++found; });
    return found;
  }
  const rmap_candidates candidates = rmap_candidates_of(head);
  for (list_head* link = candidates.vmas->next; link != candidates.vmas; link = link->next) {
    const vm_area_struct& vma = *rmap_vma(head, link);
    std::uintptr_t address = 0;
    const pmd_t* pmd =
        vma_address(vma, head.index, address) ? walk_to_pmd(*vma.vm_mm, address) : nullptr;
    found += pmd != nullptr && pmd_trans_huge(*pmd) && pmd_pfn(*pmd) == page_to_pfn(&head) ? 1 : 0;
  }
  return found;
}

}  // namespace

Audit::Audit(Disk& swap) : swap_(swap) {
  lru_add_drain();  // a batch's references would have to be told from others
}

void Audit::check_vmas(mm_struct& mm, RefSpace& reference, std::uintptr_t base) {
  std::uint64_t total = 0;
  std::uintptr_t end = 0;
  unsigned count = 0;
  for (const vm_area_struct* vma = mm.mmap; vma != nullptr; vma = vma->vm_next, ++count) {
    ASSERT_LT(vma->vm_start, vma->vm_end);
    ASSERT_GE(vma->vm_start, end);
    end = vma->vm_end;
    total += (vma->vm_end - vma->vm_start) / kPage;
  }
  ASSERT_EQ(count, mm.map_count);
  ASSERT_EQ(total, mm.total_vm);
  for (unsigned i = 0; i < reference.size(); ++i) {
    const std::uintptr_t va = base + i * kPage;
    const RefPage& p = reference.page(i);
    const vm_area_struct* vma = find_vma(mm, va);
    const bool mapped = vma != nullptr && vma->vm_start <= va;
    ASSERT_EQ(mapped, p.mapped) << "page " << i;
    if (mapped) {
      ASSERT_EQ(vma->vm_flags & VM_ACCESS_FLAGS, p.prot);
      ASSERT_EQ((vma->vm_flags & VM_SHARED) != 0, p.shared);
    }
  }
}

void Audit::take_present(const vm_area_struct& vma, pte_t pte, const RefPage& p,
                         const RefSpace& reference) {
  page* frame = vm_normal_page(pte);
  if (frame == nullptr) {
    ASSERT_FALSE(pte_write(pte));
    ASSERT_EQ(reference.load(p), Words{}) << "a page that was stored to is zero again";
    return;
  }
  ASSERT_EQ(words_at(phys_to_virt(pte_pfn(pte) << PAGE_SHIFT)), reference.load(p));
  page& head = *compound_head(frame);
  if (PageAnon(head)) {
    ASSERT_EQ(vma.vm_flags & VM_SHARED, 0u);
    ASSERT_TRUE(!pte_write(pte) || PageAnonExclusive(head));
  } else {
    ASSERT_TRUE(!pte_write(pte) || (vma.vm_flags & VM_SHARED) != 0);
  }
}

void Audit::take_swapped(pte_t pte, const RefPage& p, const RefSpace& reference) {
  const swp_entry_t entry = pte_to_swp_entry(pte);
  ++swap_users_[swp_offset(entry)];
  page* cached = swap_cache_get_folio(entry);
  if (cached == nullptr) {
    ASSERT_EQ(words_at(swap_.page_bytes(swp_offset(entry))), reference.load(p));
    return;
  }
  ASSERT_NE(cached->flags & PG_uptodate, 0u);
  ASSERT_EQ(words_at(page_address(cached)), reference.load(p));
  put_page(cached);
}

void Audit::add(Process& process, RefSpace& reference, std::uintptr_t base) {
  mm_struct& mm = process.mm();
  ASSERT_NO_FATAL_FAILURE(check_vmas(mm, reference, base));
  std::array<std::int64_t, NR_MM_COUNTERS> rss{};
  for (unsigned i = 0; i < reference.size(); ++i) {
    const std::uintptr_t va = base + i * kPage;
    const RefPage& p = reference.page(i);
    const pte_t pte = follow_pte(mm, va);
    if (pte_none(pte)) {
      ASSERT_TRUE(p.shared || p.words == nullptr || *p.words == Words{}) << "page " << i << " lost";
      continue;
    }
    ASSERT_TRUE(p.mapped);
    if (is_swap_pte(pte)) {
      ++rss[MM_SWAPENTS];
      ASSERT_NO_FATAL_FAILURE(take_swapped(pte, p, reference)) << "page " << i;
      continue;
    }
    ASSERT_NO_FATAL_FAILURE(take_present(*find_vma(mm, va), pte, p, reference)) << "page " << i;
    const pmd_t pmd = *walk_to_pmd(mm, va);
    page* frame = vm_normal_page(pte);
    if (frame == nullptr || (pmd_trans_huge(pmd) && is_huge_zero_pmd(pmd))) {
      continue;
    }
    page& head = *compound_head(frame);
    ++rss[counter_of(head)];
    if (frame == &head) {  // of a huge pmd only the first part counts
      ++mappings_[&head];
      writable_[&head] += PageAnon(head) && pte_write(pte) ? 1 : 0;
    }
  }
  for (unsigned i = 0; i < NR_MM_COUNTERS; ++i) {
    ASSERT_EQ(mm.rss_stat[i], rss[i]) << "counter " << i;
  }
}

void Audit::check_pages() {
  for (const auto& [p, count] : mappings_) {
    ASSERT_EQ(page_mapcount(*p), count);
    ASSERT_EQ(count_by_rmap(*p), count);
    ASSERT_TRUE(writable_[p] == 0 || count == 1) << "a private page is shared and writable";
    const int cache = PageSwapCache(*p) || !PageAnon(*p) ? 1 : 0;
    ASSERT_EQ(p->refcount, count + cache);
    ASSERT_EQ(p->flags & (PG_locked | PG_writeback), 0u);
    ASSERT_NE(p->flags & PG_lru, 0u);
  }
}

void Audit::check_swap() {
  std::uint64_t in_use = 0;
  std::uint64_t cached = 0;
  for (std::uint64_t slot = 1; slot < swap_info.max; ++slot) {
    const swp_entry_t entry = swp_entry(0, slot);
    const std::uint16_t map = swap_info.swap_map[slot];
    in_use += map != 0 ? 1 : 0;
    const page* p = swapper_space.i_pages.load(slot);
    ASSERT_EQ(p != nullptr, (map & SWAP_HAS_CACHE) != 0);
    if (p != nullptr) {
      ++cached;
      ASSERT_TRUE(PageSwapCache(*p));
      ASSERT_EQ(page_swap_entry(*p).value, entry.value);
    }
    // A slot of no pte may be that of a page of shared memory, or that of a page whose last user
    // went while it was read or written; such a page is only in the cache.
    const unsigned users = swap_users_.contains(slot) ? swap_users_[slot] : 0;
    if (users != 0) {
      ASSERT_EQ(swap_count(entry), users);
    } else if (map != 0) {
      ASSERT_LE(swap_count(entry), 1u);
    }
  }
  ASSERT_EQ(swap_info.inuse_pages, in_use);
  ASSERT_EQ(swapper_space.nrpages, cached);
}

}  // namespace faultline::test
