// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/rmap.h"

#include "sw/kernel/mm/slab.h"

namespace {

kmem_cache anon_vma_cache{};

// Two neighbours that could become one VMA if their permissions were equal (mprotect may make them
// so).
bool anon_vma_compatible(const vm_area_struct& lower, const vm_area_struct& upper) {
  return lower.vm_end == upper.vm_start && lower.vm_file == upper.vm_file &&
         ((lower.vm_flags ^ upper.vm_flags) & ~std::uint64_t{VM_ACCESS_FLAGS}) == 0 &&
         upper.vm_pgoff == lower.vm_pgoff + ((upper.vm_start - lower.vm_start) >> PAGE_SHIFT);
}

// The anon_vma of a neighbour that this VMA may share, or null.
anon_vma* find_mergeable_anon_vma(const vm_area_struct& vma) {
  const vm_area_struct* next = vma.vm_next;
  if (next != nullptr && next->anon_vma != nullptr && anon_vma_compatible(vma, *next)) {
    return next->anon_vma;
  }
  const vm_area_struct* prev = vma.vm_prev;
  if (prev != nullptr && prev->anon_vma != nullptr && anon_vma_compatible(*prev, vma)) {
    return prev->anon_vma;
  }
  return nullptr;
}

}  // namespace

void rmap_init() {
  kmem_cache_init(anon_vma_cache, sizeof(struct anon_vma));
}

// First private page of a VMA.
bool __anon_vma_prepare(vm_area_struct& vma) {
  struct anon_vma* shared = find_mergeable_anon_vma(vma);
  struct anon_vma* fresh = nullptr;
  if (shared == nullptr) {
    shared = fresh = kmem_cache_new<struct anon_vma>(anon_vma_cache);
    if (fresh == nullptr) {
      return false;
    }
    fresh->vmas.init();
  }
  {
    // The order of a reverse walk: first the list, then the tables.
    const lock_guard list_guard(shared->lock);
    const lock_guard table_guard(vma.vm_mm->page_table_lock);
    if (vma.anon_vma == nullptr) {
      vma.anon_vma = shared;
      ++shared->refcount;
      shared->vmas.add_tail(vma.anon_node);
      fresh = nullptr;
    }
  }
  kmem_cache_free(anon_vma_cache, fresh);
  return true;
}

void anon_vma_link(vm_area_struct& vma) {
  if (vma.anon_vma == nullptr) {
    return;
  }
  const lock_guard guard(vma.anon_vma->lock);
  ++vma.anon_vma->refcount;
  vma.anon_vma->vmas.add_tail(vma.anon_node);
}

void anon_vma_unlink(vm_area_struct& vma) {
  struct anon_vma* group = vma.anon_vma;
  if (group == nullptr) {
    return;
  }
  vma.anon_vma = nullptr;
  group->lock.lock();
  vma.anon_node.remove();
  const bool last = --group->refcount == 0;
  group->lock.unlock();
  if (last) {
    kmem_cache_free(anon_vma_cache, group);
  }
}

FAULT_STAGE void page_add_new_anon_rmap(page* p, vm_area_struct& vma, std::uintptr_t address) {
  p->mapcount = 0;
  p->flags |= PG_swapbacked | PG_anon_exclusive;
  p->mapping = reinterpret_cast<std::uintptr_t>(vma.anon_vma) | PAGE_MAPPING_ANON;
  p->index = vma.vm_pgoff + ((address - vma.vm_start) >> PAGE_SHIFT);
}

FAULT_STAGE void page_add_anon_rmap(page* p, vm_area_struct& vma, std::uintptr_t address,
                                    bool exclusive) {
  if (__atomic_fetch_add(&p->mapcount, 1, __ATOMIC_RELAXED) < 0) {
    p->mapping = reinterpret_cast<std::uintptr_t>(vma.anon_vma) | PAGE_MAPPING_ANON;
    p->index = vma.vm_pgoff + ((address - vma.vm_start) >> PAGE_SHIFT);
  }
  if (exclusive) {
    __atomic_fetch_or(&p->flags, PG_anon_exclusive, __ATOMIC_RELAXED);
  }
}

FAULT_STAGE void page_add_file_rmap(page* p) {
  __atomic_fetch_add(&p->mapcount, 1, __ATOMIC_RELAXED);
}

void page_dup_anon_rmap(page* p) {
  __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_anon_exclusive}, __ATOMIC_RELAXED);
  __atomic_fetch_add(&p->mapcount, 1, __ATOMIC_RELAXED);
}

FAULT_STAGE void page_remove_rmap(page* p) {
  __atomic_fetch_sub(&p->mapcount, 1, __ATOMIC_RELAXED);
}

bool vma_address(const vm_area_struct& vma, std::uint64_t index, std::uintptr_t& address) {
  const std::uint64_t pages = (vma.vm_end - vma.vm_start) >> PAGE_SHIFT;
  if (index < vma.vm_pgoff || index - vma.vm_pgoff >= pages) {
    return false;
  }
  address = vma.vm_start + ((index - vma.vm_pgoff) << PAGE_SHIFT);
  return true;
}

rmap_candidates rmap_candidates_of(const page& p) {
  if (page_mapcount(p) == 0 || p.mapping == 0) {
    return {nullptr, nullptr};
  }
  if (PageAnon(p)) {
    auto* group = reinterpret_cast<struct anon_vma*>(p.mapping & ~PAGE_MAPPING_ANON);
    return {&group->vmas, &group->lock};
  }
  auto* mapping = reinterpret_cast<address_space*>(p.mapping);
  return {&mapping->i_mmap, &mapping->lock};
}
