// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of shared memory that reclaim calls; what mappings need is in filemap.h.

#include "sw/kernel/mm/mm_types.h"

/// Moves a page (locked, dirty, mapped nowhere) of shared memory to the swap cache; the file
/// remembers its slot. False: no slot, or no memory to remember it, nothing has changed.
[[nodiscard]] bool shmem_writepage(page& p);
