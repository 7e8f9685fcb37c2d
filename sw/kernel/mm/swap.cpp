// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/swap.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/page_alloc.h"

lruvec node_lruvec{};

namespace {

// Pages of one hart on their way to the lists; each holds a reference.
struct alignas(64) folio_batch {
  unsigned nr;
  page* pages[kFolioBatch];
};
folio_batch lru_add_batches[kMaxHarts]{};

lru_list list_of(const page& p) {
  if ((p.flags & PG_unevictable) != 0) {
    return LRU_UNEVICTABLE;
  }
  const bool active = (p.flags & PG_active) != 0;
  if ((p.flags & PG_swapbacked) != 0) {
    return active ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
  }
  return active ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

// Moves a whole batch to the head of its lists under one lock, then drops the batch's references.
void folio_batch_move_lru(folio_batch& batch) {
  node_lruvec.lru_lock.lock();
  for (unsigned i = 0; i < batch.nr; ++i) {
    page* p = batch.pages[i];
    const lru_list list = list_of(*p);
    __atomic_fetch_or(&p->flags, PG_lru, __ATOMIC_RELAXED);
    node_lruvec.lists[list].add(p->lru);
    ++node_lruvec.nr_pages[list];
  }
  node_lruvec.lru_lock.unlock();
  for (unsigned i = 0; i < batch.nr; ++i) {
    put_page(batch.pages[i]);
  }
  batch.nr = 0;
}

}  // namespace

void lru_cache_add(page* p) {
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
  const lru_list list = list_of(*tail);
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
  __atomic_fetch_and(&p->flags, ~std::uint32_t{PG_lru}, __ATOMIC_RELAXED);
  --node_lruvec.nr_pages[list_of(*p)];
  p->lru.remove();
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
