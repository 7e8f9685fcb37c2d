// SPDX-License-Identifier: Apache-2.0
#pragma once

// address_space_operations of files whose pages are blocks of a device (Linux: fs/mpage.c). The
// file system says where a page lies; consecutive blocks become one request.

#include <cstdint>

#include "sw/kernel/block/block_device.h"

/// Where pages of a file lie that follow each other in the file and on the device.
struct block_map {
  block_device* bdev;      ///< null: a hole, which reads as zeros
  std::uint64_t sector;    ///< first sector of the first page, a multiple of PAGE_SECTORS
  std::uint64_t nr_pages;  ///< at least 1
};

/// Finds the place of page `index`, and of as many behind it as are known to adjoin, up to
/// map.nr_pages in all (Linux: b_size of the buffer head). Returns 0 or a negative errno. May sleep
/// (to read the file system's own blocks); called with pages of the mapping locked, so it must not
/// touch those.
using get_block_t = int (*)(address_space& mapping, std::uint64_t index, block_map& map);

/// address_space_operations::read_folio.
int mpage_read_folio(address_space& mapping, page& p, get_block_t get_block);
/// address_space_operations::readahead. A page whose place cannot be found ends with PG_error.
void mpage_readahead(address_space& mapping, std::uint64_t first, std::uint64_t nr,
                     get_block_t get_block);
/// address_space_operations::writepage. -EIO for a hole: write_begin() was to give it a place.
int mpage_writepage(address_space& mapping, page& p, get_block_t get_block);
/// address_space_operations::writepages.
int mpage_writepages(address_space& mapping, std::uint64_t first, std::uint64_t last,
                     get_block_t get_block);
