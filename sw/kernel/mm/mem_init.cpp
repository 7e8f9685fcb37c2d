// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/mem_init.h"

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_tree.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"

const pgd_t* kernel_pgd;

namespace {

std::uint64_t zero_page_pfn;

}  // namespace

std::uint64_t zero_pfn() {
  return zero_page_pfn;
}

void mem_init(const mem_config& config) {
  va_pa_offset = config.linear_offset;
  kernel_pgd = config.kernel_pgd;
  vmstat_init();
  page_alloc_init(config.ram, config.reserved, config.nr_reserved);
  slab_init();
  page_tree_init();
  rmap_init();
  mmap_init();
  lru_init();
  swapfile_init();
  swap_state_init();
  page_writeback_init();
  block_init();
  huge_memory_init();
  page* zero = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
  if (zero == nullptr) {
    mm_panic("no memory for the zero page");
  }
  zero->flags |= PG_reserved | PG_uptodate;
  zero_page_pfn = page_to_pfn(zero);
  if (!set_fault_around_bytes(config.fault_around_bytes)) {
    mm_panic("fault_around_bytes is not a power of two from 4096 to 2097152");
  }
  set_transparent_hugepage(config.transparent_hugepage);
}
