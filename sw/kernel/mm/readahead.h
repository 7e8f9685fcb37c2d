// SPDX-License-Identifier: Apache-2.0
#pragma once

// Readahead: how many pages of a file are read when one is missing, with the windows of Linux 6.1
// (mm/readahead.c). A sequential reader's window doubles up to address_space::ra_pages, and the
// next window starts when the reader reaches the page marked PG_readahead; faults of mappings read
// around the missing page (filemap_fault).

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

/// Largest window of a file on a device: 128 KiB (Linux: VM_READAHEAD_PAGES).
inline constexpr std::uint32_t VM_READAHEAD_PAGES = 32;

/// Whether a window that nobody needs yet is waited for. Linux never does (`async`); with `sync`
/// which pages are cached never depends on how fast the device is, so that counters can be
/// compared between machines.
enum class readahead_mode : std::uint8_t { async, sync };
void set_readahead_mode(readahead_mode mode);
[[nodiscard]] readahead_mode get_readahead_mode();

/// Prepares the state of a file that nobody has read yet.
void file_ra_state_init(file& f);

/// Page `index` is missing and `req_count` pages from it on are wanted: reads a window that starts
/// there, sized by what `ra` remembers. The pages are in the cache afterwards, locked until they
/// are read; pages may be missing still if memory is short or readahead is off.
void page_cache_sync_ra(address_space& mapping, file_ra_state& ra, std::uint64_t index,
                        std::uint64_t req_count);
/// The reader has reached `p`, which is marked PG_readahead: starts the next window.
void page_cache_async_ra(address_space& mapping, file_ra_state& ra, page& p,
                         std::uint64_t req_count);
/// Reads the window of `ra` as it stands (clipped to the file).
void page_cache_ra_order(address_space& mapping, const file_ra_state& ra);
/// Starts to read those of [index, index + nr) that are not cached, in windows of ra_pages and
/// without a marker (madvise(MADV_WILLNEED), readahead(2)).
void force_page_cache_readahead(address_space& mapping, std::uint64_t index, std::uint64_t nr);
