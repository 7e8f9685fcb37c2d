// SPDX-License-Identifier: Apache-2.0
// Taking pages out of a file's cache: at the end of the file when it shrinks, or all of them.

#include <cstring>

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap_internal.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"

namespace {

// The first page at or above `index` with a reference; `index` is set to where it is.
page* find_get_next_page(address_space& mapping, std::uint64_t& index) {
  const lock_guard guard(mapping.lock);
  page* p = mapping.i_pages.find(index, kLastPage);
  if (p != nullptr) {
    get_page(p);
  }
  return p;
}

// Zeroes the end of the page that holds the new end of the file: should the file grow again, what
// was there does not come back.
void zero_behind(address_space& mapping, std::uint64_t end) {
  const std::uint64_t in_page = end & (PAGE_SIZE - 1);
  page* p = in_page == 0 ? nullptr : find_get_page(mapping, end >> PAGE_SHIFT);
  if (p == nullptr) {
    return;
  }
  lock_page(p);
  if (is_page_of(*p, mapping) && (p->flags & PG_uptodate) != 0) {
    wait_on_page_writeback(*p);
    std::memset(static_cast<unsigned char*>(page_address(p)) + in_page, 0, PAGE_SIZE - in_page);
  }
  unlock_page(p);
  put_page(p);
}

void truncate_page(address_space& mapping, page* p) {
  lock_page(p);
  if (is_page_of(*p, mapping)) {
    wait_on_page_writeback(*p);
    if (page_mapcount(*p) != 0) {  // by a fault that was under way
      unmap_mapping_pages(mapping, p->index, 1);
    }
    cancel_dirty_page(*p);
    filemap_remove_folio(p);
  }
  unlock_page(p);
}

}  // namespace

void unmap_mapping_pages(address_space& mapping, std::uint64_t start, std::uint64_t nr) {
  const std::uint64_t end = nr > kLastPage - start ? kLastPage : start + nr;
  const lock_guard guard(mapping.lock);
  for (list_head* link = mapping.i_mmap.next; link != &mapping.i_mmap; link = link->next) {
    vm_area_struct& vma = *list_entry<vm_area_struct, offsetof(vm_area_struct, shared)>(link);
    const std::uint64_t vma_end = vma.vm_pgoff + ((vma.vm_end - vma.vm_start) >> PAGE_SHIFT);
    const std::uint64_t first = start > vma.vm_pgoff ? start : vma.vm_pgoff;
    const std::uint64_t last = end < vma_end ? end : vma_end;
    if (first < last) {
      mmu_gather tlb(*vma.vm_mm);
      unmap_page_range(tlb, vma, vma.vm_start + ((first - vma.vm_pgoff) << PAGE_SHIFT),
                       vma.vm_start + ((last - vma.vm_pgoff) << PAGE_SHIFT));
    }
  }
}

void truncate_inode_pages(address_space& mapping, std::uint64_t lstart) {
  zero_behind(mapping, lstart);
  std::uint64_t index = align_up(lstart, PAGE_SIZE) >> PAGE_SHIFT;
  while (page* p = find_get_next_page(mapping, index)) {
    truncate_page(mapping, p);
    put_page(p);
    ++index;
  }
  while (mapping.syncing != 0) {
    wait_on_var(&mapping.syncing);
  }
}

void truncate_setsize(address_space& mapping, std::uint64_t size) {
  const std::uint64_t old_size = mapping.i_size;
  mapping.i_size = size;
  if (size < old_size) {
    unmap_mapping_pages(mapping, align_up(size, PAGE_SIZE) >> PAGE_SHIFT, kLastPage);
    truncate_inode_pages(mapping, size);
  }
}
