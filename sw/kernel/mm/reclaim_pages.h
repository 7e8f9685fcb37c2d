// SPDX-License-Identifier: Apache-2.0
#pragma once

// The eviction of one portion of pages; private to vmscan.

#include "sw/kernel/mm/page_alloc.h"
#include "sw/lib/list.h"

/// Evicts those of the isolated pages that were not accessed since they were looked at last: takes
/// them off all page tables, writes out what is dirty and waits for that, frees them. The others
/// stay in `isolated`, their flags saying where they go. Returns the pages freed.
unsigned shrink_page_list(list_head& isolated, gfp_t gfp);
