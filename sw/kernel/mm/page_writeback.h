// SPDX-License-Identifier: Apache-2.0
#pragma once

// Dirty pages of files: marking them, writing them to their device and waiting for that (Linux:
// mm/page-writeback.c and the part of mm/filemap.c that fsync uses). There is no flusher thread:
// whoever dirties more than the threshold writes back itself, as do fsync, msync, sync, reclaim
// and the end of the machine.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

/// Marks a page dirty. A page of a file that can be written back is counted, and its mapping is
/// listed for sync_mappings(). False: it was dirty already. The page is locked, or mapped and the
/// PTL held, so that it cannot leave the cache meanwhile.
bool set_page_dirty(page& p);
/// Takes PG_dirty off a page (locked) that leaves its file: truncate.
void cancel_dirty_page(page& p);
/// Before a page (locked) is written: makes its ptes read-only and clean, so that the next store
/// faults and dirties it again, and takes PG_dirty off. False: it was clean.
[[nodiscard]] bool clear_page_dirty_for_io(page& p);
/// Makes the ptes of a shared mapping of the page (locked) clean and read-only, each flushed
/// (rmap_reclaim.cpp). Returns how many were dirty or writable.
int page_mkclean(page& p);

/// Begins the writeback of a page (locked): PG_writeback.
void set_page_writeback(page& p);
/// Ends it and wakes who waits. From any context. `status` other than 0 is kept in
/// address_space::wb_err, and PG_error is set.
void end_page_writeback(page& p, int status);
/// Sleeps until the page is not under writeback.
void wait_on_page_writeback(page& p);

/// Calls writepage(mapping, page, data) for each dirty page of [first, last], locked, not under
/// writeback and its PG_dirty just cleared; the callee unlocks it. Returns 0 or the first error.
int write_cache_pages(address_space& mapping, std::uint64_t first, std::uint64_t last,
                      int (*writepage)(address_space& mapping, page& p, void* data), void* data);
/// Starts to write the dirty pages among [first, last] (page offsets, both included). Pages under
/// writeback are waited for and written again. Returns 0 or the first error.
int filemap_fdatawrite_range(address_space& mapping, std::uint64_t first, std::uint64_t last);
/// Waits until no page of [first, last] is under writeback. Returns 0, or the error of a write-back
/// that failed since the last call that reported one.
int filemap_fdatawait_range(address_space& mapping, std::uint64_t first, std::uint64_t last);
/// Both: what fsync and msync(MS_SYNC) need (the device's flush is the file system's part).
int filemap_write_and_wait_range(address_space& mapping, std::uint64_t first, std::uint64_t last);
/// Both for all files and devices with dirty pages. Returns 0 or the first error.
int sync_mappings();

/// After pages became dirty: writes back synchronously if too many are. May sleep.
void balance_dirty_pages_ratelimited(address_space& mapping);
/// Dirty pages of all files that can be written back.
[[nodiscard]] std::uint64_t nr_dirty_pages();
/// Share of all RAM, in percent, above which writers write back, down to half of it (Linux:
/// vm.dirty_ratio and vm.dirty_background_ratio are 20 and 10).
inline constexpr std::uint64_t kDirtyRatio = 20;

/// Last page offset of any file: the end of a range that has none.
inline constexpr std::uint64_t kLastPage = ~std::uint64_t{0};

/// No dirty pages; called by mem_init().
void page_writeback_init();
