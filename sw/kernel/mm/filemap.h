// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page cache: content of files in pages, found by (file, page offset), and what reads, writes
// and maps it. A page that is missing is read through address_space_operations; whoever needs it
// sleeps on its lock until the read has ended.

#include "sw/kernel/mm/mm_types.h"

/// Prepares the page cache of a file of `size` bytes. Files whose operations can read ahead do so.
void address_space_init(address_space& mapping, std::uint64_t size,
                        const address_space_operations* ops);
/// Fills the cache with a file's whole content (`mapping.i_size` bytes at `content`), the rest of
/// the last page zeroed. Returns 0, or -ENOMEM with the pages that did fit in place.
[[nodiscard]] int page_cache_fill(address_space& mapping, const void* content);
/// Operations of files that live in the page cache alone: a missing page is a hole, all zeros.
extern const address_space_operations ram_aops;

/// Drops the pages from byte `lstart` on (the part of a page behind it is zeroed), dirty or not,
/// with the ptes that map them. Sleeps for pages that are being read or written, and until
/// sync_mappings() does not use the mapping: afterwards it may be freed, if nobody reads the file.
void truncate_inode_pages(address_space& mapping, std::uint64_t lstart = 0);
/// Changes a file's length to `size`: the pages behind it go, and no mapping sees them any more,
/// private copies included. The file system frees the blocks afterwards.
void truncate_setsize(address_space& mapping, std::uint64_t size);
/// Removes the ptes of pages [start, start + nr) from all VMAs of the file, those of private copies
/// included.
void unmap_mapping_pages(address_space& mapping, std::uint64_t start, std::uint64_t nr);

/// The page at `index` with a reference, or null.
[[nodiscard]] page* find_get_page(address_space& mapping, std::uint64_t index);
/// The page at `index` with a reference, up to date: from the cache or read by itself. Null:
/// `error` says why (-EIO, -ENOMEM).
[[nodiscard]] page* read_mapping_page(address_space& mapping, std::uint64_t index, int& error);
/// As read_mapping_page, for a reader that wants pages [index, last_index): reads ahead by `ra`.
[[nodiscard]] page* filemap_get_page(address_space& mapping, file_ra_state& ra, std::uint64_t index,
                                     std::uint64_t last_index, int& error);
/// Inserts a page (locked, with a reference of the caller; the cache takes its own) and puts it on
/// the LRU. Returns 0, -EEXIST or -ENOMEM.
[[nodiscard]] int filemap_add_folio(address_space& mapping, page* p, std::uint64_t index);
/// Takes a page (locked, clean, not mapped) out of its cache; the cache's reference goes with it.
void filemap_remove_folio(page* p);

/// Copies up to `bytes` from the file at `offset` to kernel memory; reads pages as needed, ahead if
/// `ra` is given. Returns the number of bytes (0 at end of file) or a negative errno.
[[nodiscard]] std::int64_t filemap_read(address_space& mapping, std::uint64_t offset, void* to,
                                        std::uint64_t bytes, file_ra_state* ra = nullptr);
/// Copies `bytes` from kernel memory into the file at `offset` and makes the pages dirty; i_size
/// grows if they end behind it. Returns the number of bytes, less if memory or the device ran full
/// on the way, or a negative errno. May write back, to keep dirty memory below its threshold.
[[nodiscard]] std::int64_t filemap_write(address_space& mapping, std::uint64_t offset,
                                         const void* from, std::uint64_t bytes);

/// Locks a page, sleeping; trylock gives up instead and returns false.
void lock_page(page* p);
[[nodiscard]] bool trylock_page(page* p);
/// Unlocks it and wakes who waits. From any context.
void unlock_page(page* p);
/// Sleeps until the page is not locked, without locking it. The caller has a reference.
void wait_on_page_locked(page& p);
/// Ends the read of a page (locked): PG_uptodate or PG_error, then unlocks. From any context.
void end_page_read(page& p, bool success);

/// vm_operations_struct::fault of files: the page at vmf.pgoff, locked. A missing page is read with
/// others around it; on the first attempt mmap_lock is dropped for that and the result is RETRY.
/// SIGBUS beyond the end of the file and for a page that cannot be read.
vm_fault_t filemap_fault(vm_fault& vmf);
/// vm_operations_struct::map_pages of files: maps those pages of [start_pgoff, end_pgoff] that are
/// in the cache and whose pte is none, under one PTL. NOPAGE iff the faulting page was among them.
vm_fault_t filemap_map_pages(vm_fault& vmf, std::uint64_t start_pgoff, std::uint64_t end_pgoff);
/// vm_operations_struct::page_mkwrite of files: the page has its place on the device and is dirty
/// from now on; waits for its writeback. SIGBUS if there is no place.
vm_fault_t filemap_page_mkwrite(vm_fault& vmf);

/// On the first attempt of a fault that may be retried: takes a reference on the file, drops
/// mmap_lock and returns the file; the fault then ends with RETRY or COMPLETED, and fput(). `fpin`
/// is what an earlier call returned; once the lock is dropped, nothing more is done.
[[nodiscard]] file* maybe_unlock_mmap_for_io(const vm_fault& vmf, file* fpin);

/// Operations of a mapping of an ordinary file.
extern const vm_operations_struct generic_file_vm_ops;
/// Operations of shared anonymous memory.
extern const vm_operations_struct shmem_vm_ops;

/// A nameless file of shared memory of `size` bytes, all holes; null: out of memory.
[[nodiscard]] file* shmem_file_setup(std::uint64_t size);
