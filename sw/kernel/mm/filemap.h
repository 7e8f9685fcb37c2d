// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page cache: content of files in pages, found by (file, page offset), and the two operations
// that map it. A page that is not cached is read through address_space_operations::read_folio, by
// itself and at once; readahead and waiting for a device are not here yet.

#include "sw/kernel/mm/mm_types.h"

/// Prepares the page cache of a file of `size` bytes.
void address_space_init(address_space& mapping, std::uint64_t size,
                        const address_space_operations* ops);
/// Fills the cache with a file's whole content (`mapping.i_size` bytes at `content`), the rest of
/// the last page zeroed. Returns 0, or -ENOMEM with the pages that did fit in place.
[[nodiscard]] int page_cache_fill(address_space& mapping, const void* content);
/// Drops all pages of the cache. No page may be mapped or referenced by anyone else.
void truncate_inode_pages(address_space& mapping);

/// The page at `index` with a reference, or null.
[[nodiscard]] page* find_get_page(address_space& mapping, std::uint64_t index);
/// The page at `index` with a reference, up to date: from the cache or read. Null: `error` says
/// why.
[[nodiscard]] page* read_mapping_page(address_space& mapping, std::uint64_t index, int& error);
/// Inserts a page (locked, with a reference of the caller; the cache takes its own) and puts it on
/// the LRU. Returns 0, -EEXIST or -ENOMEM.
[[nodiscard]] int filemap_add_folio(address_space& mapping, page* p, std::uint64_t index);

/// Copies up to `bytes` from the file at `offset` to kernel memory; reads pages as needed. Returns
/// the number of bytes (0 at end of file) or a negative errno.
[[nodiscard]] std::int64_t filemap_read(address_space& mapping, std::uint64_t offset, void* to,
                                        std::uint64_t bytes);

/// Locks a page, spinning; trylock gives up instead and returns false.
void lock_page(page* p);
[[nodiscard]] bool trylock_page(page* p);
void unlock_page(page* p);

/// vm_operations_struct::fault of files: the page at vmf.pgoff, locked. SIGBUS beyond the end of
/// file.
vm_fault_t filemap_fault(vm_fault& vmf);
/// vm_operations_struct::map_pages of files: maps those pages of [start_pgoff, end_pgoff] that are
/// in the cache and whose pte is none, under one PTL. NOPAGE iff the faulting page was among them.
vm_fault_t filemap_map_pages(vm_fault& vmf, std::uint64_t start_pgoff, std::uint64_t end_pgoff);
/// vm_operations_struct::page_mkwrite of files: the page is dirty from now on.
vm_fault_t filemap_page_mkwrite(vm_fault& vmf);

/// Operations of a mapping of an ordinary file.
extern const vm_operations_struct generic_file_vm_ops;
/// Operations of shared anonymous memory.
extern const vm_operations_struct shmem_vm_ops;

/// A nameless file of shared memory of `size` bytes, all holes; null: out of memory.
[[nodiscard]] file* shmem_file_setup(std::uint64_t size);
