// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the files of the page cache share among themselves.

#include "sw/kernel/mm/filemap.h"
#include "sw/lib/bits.h"

/// Pages of the file, counting the last part of one as a page.
[[nodiscard]] inline std::uint64_t pages_of(const address_space& mapping) {
  return align_up(mapping.i_size, PAGE_SIZE) >> PAGE_SHIFT;
}
/// Whether a page (locked) is still in this cache: truncation may have been faster.
[[nodiscard]] inline bool is_page_of(const page& p, const address_space& mapping) {
  return p.mapping == reinterpret_cast<std::uintptr_t>(&mapping);
}

/// The page at `index`, locked and with a reference, made if it is missing (then not up to date).
/// Sleeps for the lock. Null: out of memory, and `error` says so.
[[nodiscard]] page* filemap_get_locked(address_space& mapping, std::uint64_t index, int& error);
/// Reads a page (locked, not up to date) by itself and sleeps until that has ended; the page is
/// unlocked then. Returns 0 or a negative errno.
int filemap_read_folio(address_space& mapping, page& p);

/// One fault of a mapping on its way through the page cache.
struct file_fault {
  vm_fault& vmf;
  std::uint64_t pgoff;
  address_space& mapping;
  file_ra_state& ra;
  file* fpin;  ///< set once mmap_lock is dropped: the fault starts over, and the VMA may be gone
};
/// The page of the fault is missing: reads the window that the VMA's hints ask for, or none.
void do_sync_mmap_readahead(file_fault& fault);
/// The page of the fault is cached: starts the next window if it is the one marked for that.
void do_async_mmap_readahead(file_fault& fault, page& p);
