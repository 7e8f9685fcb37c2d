// SPDX-License-Identifier: Apache-2.0
// mincore: which pages of a mapping could be touched without waiting for a device.

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/swap_state.h"

namespace {

// True if the page at `index` of a page cache is there with valid content.
bool is_cached(address_space& mapping, std::uint64_t index) {
  page* p = find_get_page(mapping, index);
  if (p == nullptr) {
    return false;
  }
  const bool uptodate = (p->flags & PG_uptodate) != 0;
  put_page(p);
  return uptodate;
}

// One page: mapped, or to be had from the page cache or the swap cache.
bool is_in_core(const vm_area_struct& vma, std::uintptr_t address) {
  const pte_t pte = follow_pte(*vma.vm_mm, address);
  if (pte_present(pte)) {
    return true;
  }
  if (is_swap_pte(pte)) {
    return is_cached(swapper_space, swp_offset(pte_to_swp_entry(pte)));
  }
  return vma.vm_file != nullptr &&
         is_cached(*vma.vm_file->f_mapping,
                   vma.vm_pgoff + ((address - vma.vm_start) >> PAGE_SHIFT));
}

}  // namespace

std::int64_t do_mincore(mm_struct& mm, std::uintptr_t start, std::uint64_t pages,
                        unsigned char* vec) {
  const vm_area_struct* vma = find_vma(mm, start);
  if (vma == nullptr || vma->vm_start > start) {
    return -MM_ENOMEM;
  }
  const std::uint64_t left = (vma->vm_end - start) >> PAGE_SHIFT;
  const std::uint64_t count = pages < left ? pages : left;
  for (std::uint64_t i = 0; i < count; ++i) {
    vec[i] = is_in_core(*vma, start + (i << PAGE_SHIFT)) ? 1 : 0;
  }
  return static_cast<std::int64_t>(count);
}
