// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reverse mapping: from a frame to the ptes that map it. A private page records its anon_vma, a
// page of a file its address_space, and both the page offset; the VMAs listed there give the
// addresses.

#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/page_alloc.h"

[[nodiscard]] inline bool PageAnon(const page& p) {
  return (p.mapping & PAGE_MAPPING_ANON) != 0;
}
[[nodiscard]] inline bool PageAnonExclusive(const page& p) {
  return (p.flags & PG_anon_exclusive) != 0;
}
/// Number of ptes that map the page.
[[nodiscard]] inline int page_mapcount(const page& p) {
  return __atomic_load_n(&p.mapcount, __ATOMIC_RELAXED) + 1;
}

/// As anon_vma_prepare, for a VMA without one.
[[nodiscard]] bool __anon_vma_prepare(vm_area_struct& vma);
/// Makes sure the VMA has an anon_vma: its own, or that of a neighbour it could be merged with.
/// Holding mmap_lock for reading suffices. False: out of memory.
[[nodiscard]] inline bool anon_vma_prepare(vm_area_struct& vma) {
  return vma.anon_vma != nullptr || __anon_vma_prepare(vma);
}
/// Lists `vma` (a copy of another, just split or forked) in the anon_vma it points to, if any.
void anon_vma_link(vm_area_struct& vma);
/// Takes the VMA off its anon_vma; the last one frees it.
void anon_vma_unlink(vm_area_struct& vma);

/// Records a new private page, mapped once at `address` of `vma`: exclusive, swap-backed. PTL held.
void page_add_new_anon_rmap(page* p, vm_area_struct& vma, std::uintptr_t address);
/// Counts one more mapping of a private page that comes from swap, at `address` of `vma`.
/// `exclusive`: nobody else refers to it or to its slot. PTL held.
void page_add_anon_rmap(page* p, vm_area_struct& vma, std::uintptr_t address, bool exclusive);
/// Counts a child's mapping of a private page (fork): it is exclusive to nobody from now on. PTL
/// held.
void page_dup_anon_rmap(page* p);
/// Counts one more mapping of a page of the page cache. PTL held.
void page_add_file_rmap(page* p);
/// Counts one mapping less, after the pte was cleared and flushed.
void page_remove_rmap(page* p);

/// Where `vma` would map page offset `index`; false if that is outside of it.
[[nodiscard]] bool vma_address(const vm_area_struct& vma, std::uint64_t index,
                               std::uintptr_t& address);

/// Calls visit(vma, address, pte) for each pte that maps `p`. The page must not be freed meanwhile.
template <typename Visitor>
void rmap_walk(page& p, Visitor visit);

/// The list of VMAs that may map the page, and the lock of that list; null if it belongs to nobody.
struct rmap_candidates {
  list_head* vmas;
  spinlock* lock;
};
[[nodiscard]] rmap_candidates rmap_candidates_of(const page& p);
/// The VMA behind a link of that list.
[[nodiscard]] inline vm_area_struct* rmap_vma(const page& p, list_head* link) {
  return PageAnon(p) ? list_entry<vm_area_struct, offsetof(vm_area_struct, anon_node)>(link)
                     : list_entry<vm_area_struct, offsetof(vm_area_struct, shared)>(link);
}

template <typename Visitor>
void rmap_walk(page& p, Visitor visit) {
  const rmap_candidates candidates = rmap_candidates_of(p);
  if (candidates.vmas == nullptr) {
    return;
  }
  const lock_guard guard(*candidates.lock);
  for (list_head* link = candidates.vmas->next; link != candidates.vmas; link = link->next) {
    vm_area_struct* vma = rmap_vma(p, link);
    std::uintptr_t address = 0;
    if (!vma_address(*vma, p.index, address)) {
      continue;
    }
    pte_t* entry = walk_to_pte(*vma->vm_mm, address);
    if (entry != nullptr && pte_present(ptep_get(entry)) && !pte_special(ptep_get(entry)) &&
        pte_pfn(ptep_get(entry)) == page_to_pfn(&p)) {
      visit(*vma, address, entry);
    }
  }
}

/// Address spaces whose ptes lost something and whose TLBs must forget it before anyone relies on
/// that. Noted while many pages are worked on, then flushed once (Linux: tlbflush_unmap_batch).
class tlb_batch {
 public:
  ~tlb_batch() { flush(); }
  /// Notes an address space.
  void add(const mm_struct& mm);
  /// Forgets all translations of those noted.
  void flush();

 private:
  static constexpr unsigned kMost = 8;
  const mm_struct* spaces_[kMost] = {};
  unsigned nr_ = 0;
};

/// Counts the ptes of a page that were accessed since the last time and clears their A bits; the
/// TLBs are flushed by `tlb`, so that the next access sets A again. `vm_flags` collects the flags
/// of the VMAs that map it.
[[nodiscard]] unsigned folio_referenced(page& p, std::uint64_t& vm_flags, tlb_batch& tlb);
/// Takes every pte off a locked page: a private page leaves swap entries (it must be in the swap
/// cache), others leave nothing. Each pte is cleared and flushed; a dirty one makes the page dirty.
/// False: a VMA has the page locked, or a slot cannot count another reference; some ptes may be
/// gone.
[[nodiscard]] bool try_to_unmap(page& p);
/// Makes the slab of anon_vma; called by mem_init().
void rmap_init();
