// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/swap.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/vmstat.h"

lruvec node_lruvec{};

namespace {

// Pages of one hart on their way to the lists; each holds a reference.
struct alignas(64) folio_batch {
  unsigned nr;
  page* pages[kFolioBatch];
};
folio_batch lru_add_batches[kMaxHarts]{};

}  // namespace

lru_list folio_lru_list(const page& p) {
  if ((p.flags & PG_unevictable) != 0) {
    return LRU_UNEVICTABLE;
  }
  const bool active = (p.flags & PG_active) != 0;
  if ((p.flags & PG_swapbacked) != 0) {
    return active ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
  }
  return active ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

namespace {

// Puts a page that is on no list at the head of its own. lru_lock held.
void lru_add(page& p) {
  const lru_list list = folio_lru_list(p);
  __atomic_fetch_or(&p.flags, PG_lru, __ATOMIC_RELAXED);
  node_lruvec.lists[list].add(p.lru);
  ++node_lruvec.nr_pages[list];
}

// Takes a page off its list. lru_lock held.
void lru_remove(page& p) {
  __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_lru}, __ATOMIC_RELAXED);
  --node_lruvec.nr_pages[folio_lru_list(p)];
  p.lru.remove();
}

// True if the content exists nowhere else and has no place it could be written to.
bool is_unevictable(const page& p) {
  if (PageAnon(p) || p.mapping == 0) {
    return false;
  }
  const auto& mapping = *reinterpret_cast<const address_space*>(p.mapping);
  return !mapping.swap_backed && (mapping.a_ops == nullptr || mapping.a_ops == &ram_aops);
}

// Moves a whole batch to the head of its lists under one lock, then drops the batch's references.
void folio_batch_move_lru(folio_batch& batch) {
  node_lruvec.lru_lock.lock();
  for (unsigned i = 0; i < batch.nr; ++i) {
    lru_add(*batch.pages[i]);
  }
  node_lruvec.lru_lock.unlock();
  for (unsigned i = 0; i < batch.nr; ++i) {
    put_page(batch.pages[i]);
  }
  batch.nr = 0;
}

}  // namespace

void lru_cache_add(page* p) {
  if (is_unevictable(*p)) {
    p->flags |= PG_unevictable;
  }
  folio_batch& batch = lru_add_batches[smp_processor_id()];
  get_page(p);
  batch.pages[batch.nr++] = p;
  if (batch.nr == kFolioBatch) {
    folio_batch_move_lru(batch);
  }
}

FAULT_STAGE void lru_cache_add_inactive_or_unevictable(page* p, vm_area_struct& vma) {
  if ((vma.vm_flags & VM_LOCKED) != 0) {
    p->flags |= PG_unevictable;
  }
  lru_cache_add(p);
}

void lru_add_drain() {
  folio_batch_move_lru(lru_add_batches[smp_processor_id()]);
}

void lru_add_page_tail(page* head, page* tail) {
  const lock_guard guard(node_lruvec.lru_lock);
  const lru_list list = folio_lru_list(*tail);
  __atomic_fetch_or(&tail->flags, PG_lru, __ATOMIC_RELAXED);
  if ((head->flags & PG_lru) != 0) {
    head->lru.add(tail->lru);
  } else {
    node_lruvec.lists[list].add_tail(tail->lru);
  }
  ++node_lruvec.nr_pages[list];
}

void lru_del(page* p) {
  const lock_guard guard(node_lruvec.lru_lock);
  lru_remove(*p);
}

void mark_page_accessed(page* p) {
  if ((p->flags & PG_referenced) == 0) {
    __atomic_fetch_or(&p->flags, PG_referenced, __ATOMIC_RELAXED);
    return;
  }
  if ((p->flags & (PG_active | PG_unevictable)) != 0) {
    return;
  }
  const lock_guard guard(node_lruvec.lru_lock);
  const bool listed = (p->flags & PG_lru) != 0;
  if (listed) {
    lru_remove(*p);
  }
  __atomic_fetch_or(&p->flags, PG_active, __ATOMIC_RELAXED);
  __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_referenced}, __ATOMIC_RELAXED);
  if (listed) {
    lru_add(*p);
  }
  count_vm_event(PGACTIVATE);
}

unsigned isolate_lru_pages(lru_list list, unsigned nr, list_head& isolated) {
  const lock_guard guard(node_lruvec.lru_lock);
  list_head& pages = node_lruvec.lists[list];
  unsigned taken = 0;
  for (; taken < nr && !pages.empty(); ++taken) {
    page* p = list_entry<page, offsetof(page, lru)>(pages.prev);
    lru_remove(*p);
    get_page(p);
    isolated.add_tail(p->lru);
  }
  return taken;
}

bool isolate_lru_page(page& p) {
  const lock_guard guard(node_lruvec.lru_lock);
  if ((p.flags & PG_lru) == 0) {
    return false;
  }
  lru_remove(p);
  get_page(&p);
  return true;
}

void putback_lru_pages(list_head& isolated) {
  while (!isolated.empty()) {
    page* p = list_entry<page, offsetof(page, lru)>(isolated.next);
    p->lru.remove();
    {
      const lock_guard guard(node_lruvec.lru_lock);
      lru_add(*p);
    }
    put_page(p);
  }
}

void lru_init() {
  node_lruvec = {};
  for (list_head& list : node_lruvec.lists) {
    list.init();
  }
  for (folio_batch& batch : lru_add_batches) {
    batch.nr = 0;
  }
}
