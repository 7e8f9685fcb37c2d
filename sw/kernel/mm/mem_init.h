// SPDX-License-Identifier: Apache-2.0
#pragma once

// Start of the memory-management core: called once, before anything else of it.

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/page_alloc.h"

/// What the core must know of the machine and of the boot options.
struct mem_config {
  phys_range ram;  ///< the RAM to manage, page aligned
  const phys_range*
      reserved;  ///< parts of it in use already: monitor, kernel, archive, device tree
  unsigned nr_reserved;
  std::uintptr_t linear_offset;  ///< virtual minus physical address of the linear map
  const pgd_t* kernel_pgd;  ///< 512 entries whose upper half is put into every root table; or null
  std::uint64_t fault_around_bytes = 65536;  ///< see set_fault_around_bytes
  thp_mode transparent_hugepage = thp_mode::madvise;
};

/// Sets up frames, slabs, LRU lists, zero page and counters. Panics if there is not enough memory.
void mem_init(const mem_config& config);
