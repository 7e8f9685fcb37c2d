// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/page_writeback.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

spinlock dirty_lock;         // protects what follows and the nr_dirty of the mappings
list_head dirty_mappings{};  // oldest first
std::uint64_t total_dirty = 0;

// The file a page belongs to if its dirty pages are counted, else null.
address_space* dirty_accounting_mapping(const page& p) {
  auto* mapping = PageAnon(p) ? nullptr : reinterpret_cast<address_space*>(p.mapping);
  return mapping != nullptr && mapping_can_writeback(*mapping) ? mapping : nullptr;
}

// Takes PG_dirty off; false: it was off.
bool test_clear_dirty(page& p) {
  const std::uint32_t state =
      __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_dirty}, __ATOMIC_RELAXED);
  if ((state & PG_dirty) == 0) {
    return false;
  }
  address_space* mapping = dirty_accounting_mapping(p);
  if (mapping != nullptr) {
    const lock_guard guard(dirty_lock);
    --total_dirty;
    if (--mapping->nr_dirty == 0) {
      mapping->dirty_link.remove();
    }
  }
  return true;
}

// The first page of [index, last] for which `flag` is set, with a reference; `index` is set to
// where it is.
page* find_get_page_with(address_space& mapping, std::uint64_t& index, std::uint64_t last,
                         page_flag flag) {
  const lock_guard guard(mapping.lock);
  for (; index <= last; ++index) {
    page* p = mapping.i_pages.find(index, last);
    if (p == nullptr) {
      return nullptr;
    }
    if ((p->flags & flag) != 0) {
      get_page(p);
      return p;
    }
    if (index == last) {
      return nullptr;
    }
  }
  return nullptr;
}

int call_writepage(address_space& mapping, page& p, void*) {
  return mapping.a_ops->writepage(mapping, p);
}

void wait_for_writeback(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  std::uint64_t index = first;
  while (page* p = find_get_page_with(mapping, index, last, PG_writeback)) {
    wait_on_page_writeback(*p);
    put_page(p);
  }
}

// Writes all pages of the mapping that has been dirty for longest, and waits. False: none is.
bool write_oldest_mapping(int& error) {
  dirty_lock.lock();
  if (dirty_mappings.empty()) {
    dirty_lock.unlock();
    return false;
  }
  auto& mapping =
      *list_entry<address_space, offsetof(address_space, dirty_link)>(dirty_mappings.next);
  ++mapping.syncing;
  dirty_lock.unlock();
  error = filemap_fdatawrite_range(mapping, 0, kLastPage);
  wait_for_writeback(mapping, 0, kLastPage);
  if (error == 0) {
    error = mapping.wb_err;
  }
  if (--mapping.syncing == 0) {
    wake_up_var(&mapping.syncing);
  }
  return true;
}

}  // namespace

FAULT_STAGE bool set_page_dirty(page& p) {
  const std::uint32_t state = __atomic_fetch_or(&p.flags, PG_dirty, __ATOMIC_RELAXED);
  if ((state & PG_dirty) != 0) {
    return false;
  }
  address_space* mapping = dirty_accounting_mapping(p);
  if (mapping != nullptr) {
    const lock_guard guard(dirty_lock);
    ++total_dirty;
    if (mapping->nr_dirty++ == 0) {
      dirty_mappings.add_tail(mapping->dirty_link);
    }
    count_vm_event(NR_DIRTIED);
  }
  return true;
}

void cancel_dirty_page(page& p) {
  static_cast<void>(test_clear_dirty(p));
}

bool clear_page_dirty_for_io(page& p) {
  // A store through a pte that is dirty already may not have reached the page's flag yet.
  if (dirty_accounting_mapping(p) != nullptr && page_mkclean(p) != 0) {
    set_page_dirty(p);
  }
  return test_clear_dirty(p);
}

void set_page_writeback(page& p) {
  __atomic_fetch_or(&p.flags, PG_writeback, __ATOMIC_RELAXED);
}

void end_page_writeback(page& p, int status) {
  if (status != 0) {
    __atomic_fetch_or(&p.flags, PG_error, __ATOMIC_RELAXED);
    if (!PageAnon(p) && p.mapping != 0) {
      reinterpret_cast<address_space*>(p.mapping)->wb_err = status;
    }
  } else {
    count_vm_event(NR_WRITTEN);
  }
  const std::uint32_t state =
      __atomic_fetch_and(&p.flags, ~std::uint32_t{PG_writeback | PG_waiters}, __ATOMIC_RELEASE);
  if ((state & PG_waiters) != 0) {
    wake_up_var(&p);
  }
}

void wait_on_page_writeback(page& p) {
  while ((__atomic_load_n(&p.flags, __ATOMIC_ACQUIRE) & PG_writeback) != 0) {
    __atomic_fetch_or(&p.flags, PG_waiters, __ATOMIC_RELAXED);
    wait_on_var(&p);
  }
}

int write_cache_pages(address_space& mapping, std::uint64_t first, std::uint64_t last,
                      int (*writepage)(address_space& mapping, page& p, void* data), void* data) {
  int error = 0;
  std::uint64_t index = first;
  while (mapping.nr_dirty != 0) {
    page* p = find_get_page_with(mapping, index, last, PG_dirty);
    if (p == nullptr) {
      break;
    }
    lock_page(p);
    bool to_write = is_page_of(*p, mapping);
    if (to_write) {
      wait_on_page_writeback(*p);
      to_write = clear_page_dirty_for_io(*p);
    }
    if (to_write) {
      const int result = writepage(mapping, *p, data);
      error = error != 0 ? error : result;
    } else {
      unlock_page(p);
    }
    put_page(p);
    if (index++ == last) {
      break;
    }
  }
  return error;
}

int filemap_fdatawrite_range(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  if (!mapping_can_writeback(mapping)) {
    return 0;
  }
  if (mapping.a_ops->writepages != nullptr) {
    return mapping.a_ops->writepages(mapping, first, last);
  }
  return write_cache_pages(mapping, first, last, call_writepage, nullptr);
}

int filemap_fdatawait_range(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  wait_for_writeback(mapping, first, last);
  const int error = mapping.wb_err;
  mapping.wb_err = 0;
  return error;
}

int filemap_write_and_wait_range(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  const int write_error = filemap_fdatawrite_range(mapping, first, last);
  const int wait_error = filemap_fdatawait_range(mapping, first, last);
  return write_error != 0 ? write_error : wait_error;
}

int sync_mappings() {
  int first_error = 0;
  int error = 0;
  while (write_oldest_mapping(error)) {
    first_error = first_error != 0 ? first_error : error;
  }
  return first_error;
}

FAULT_STAGE void balance_dirty_pages_ratelimited(address_space& mapping) {
  if (!mapping_can_writeback(mapping)) {
    return;
  }
  const std::uint64_t threshold = totalram_pages() * kDirtyRatio / 100;
  if (total_dirty <= threshold) {
    return;
  }
  int error = 0;  // stays in wb_err, for fsync
  while (total_dirty > threshold / 2 && write_oldest_mapping(error)) {
  }
}

std::uint64_t nr_dirty_pages() {
  return total_dirty;
}

void page_writeback_init() {
  dirty_mappings.init();
  total_dirty = 0;
}
