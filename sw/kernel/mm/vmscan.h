// SPDX-License-Identifier: Apache-2.0
#pragma once

// Direct reclaim: whoever needs a page when memory is short evicts others first. Pages are taken
// from the tails of the inactive lists, 32 at a time: those accessed meanwhile stay, the others are
// unmapped everywhere, written out if they are dirty, and freed. There is no background thread, so
// the order of evictions depends on the accesses alone and not on the speed of devices.

#include <cstdint>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/lib/list.h"

/// Pages a round of reclaim aims at, and looks at in one go (Linux: SWAP_CLUSTER_MAX).
inline constexpr unsigned SWAP_CLUSTER_MAX = 32;
/// First priority: a round looks at 1 / 2^priority of each list (Linux: DEF_PRIORITY).
inline constexpr int DEF_PRIORITY = 12;
/// Preference for evicting private memory over files, of 200 (Linux: vm.swappiness).
inline constexpr unsigned kSwappiness = 60;

/// Frees about SWAP_CLUSTER_MAX pages. May sleep; the caller holds no spinlock. Returns the pages
/// freed; 0 only after every evictable page was looked at.
std::uint64_t try_to_free_pages(gfp_t gfp);
/// Evicts up to `nr` pages as if memory were short; for tests and system calls. Returns pages
/// freed.
std::uint64_t shrink_all_memory(std::uint64_t nr);
/// Evicts up to SWAP_CLUSTER_MAX pages that the caller has isolated, unless they were accessed
/// since; those that stay go back to their lists. Returns the pages freed.
std::uint64_t reclaim_pages(list_head& isolated);
