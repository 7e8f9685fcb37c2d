// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/block/block_device.h"

#include <string_view>

#include "sw/kernel/block/mpage.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

/// Requests that may exist at once.
constexpr unsigned kBios = 64;

bio bio_pool[kBios];
bio* free_bios = nullptr;
block_device* devices = nullptr;

block_device& device_of(address_space& mapping) {
  return *reinterpret_cast<block_device*>(reinterpret_cast<std::uintptr_t>(&mapping) -
                                          offsetof(block_device, mapping));
}

// The device's own pages lie where their number says.
int blkdev_get_block(address_space& mapping, std::uint64_t index, block_map& map) {
  map = {&device_of(mapping), index * PAGE_SECTORS, map.nr_pages};
  return 0;
}

int blkdev_read_folio(address_space& mapping, page& p) {
  return mpage_read_folio(mapping, p, blkdev_get_block);
}

void blkdev_readahead(address_space& mapping, std::uint64_t first, std::uint64_t nr) {
  mpage_readahead(mapping, first, nr, blkdev_get_block);
}

int blkdev_writepage(address_space& mapping, page& p) {
  return mpage_writepage(mapping, p, blkdev_get_block);
}

int blkdev_writepages(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  return mpage_writepages(mapping, first, last, blkdev_get_block);
}

constexpr address_space_operations def_blk_aops = {
    .read_folio = blkdev_read_folio,
    .readahead = blkdev_readahead,
    .writepage = blkdev_writepage,
    .writepages = blkdev_writepages,
    .write_begin = nullptr,
};

// Why the request cannot be given to its device: a negative errno, or 0.
int bio_error(const bio& b) {
  const block_device& bdev = *b.bdev;
  if (b.op != req_op::read && bdev.read_only) {
    return b.op == req_op::flush ? 0 : -MM_EROFS;
  }
  const std::uint64_t sectors = b.nr_pages * PAGE_SECTORS;
  return b.sector > bdev.sectors || sectors > bdev.sectors - b.sector ? -MM_EIO : 0;
}

void end_waited_bio(bio& b) {
  *static_cast<bool*>(b.private_) = true;
  wake_up_var(&b);
}

}  // namespace

bio& bio_alloc(block_device& bdev, req_op op, std::uint64_t sector) {
  while (free_bios == nullptr) {
    wait_on_var(&free_bios);
  }
  bio& b = *free_bios;
  free_bios = b.next;
  b = {};
  b.bdev = &bdev;
  b.op = op;
  b.sector = sector;
  return b;
}

void bio_put(bio& b) {
  const bool was_empty = free_bios == nullptr;
  b.next = free_bios;
  free_bios = &b;
  if (was_empty) {
    wake_up_var(&free_bios);
  }
}

bool bio_add_page(bio& b, page& p) {
  if (b.nr_pages == BIO_MAX_PAGES) {
    return false;
  }
  b.pages[b.nr_pages++] = &p;
  return true;
}

void bio_endio(bio& b, int status) {
  b.status = status;
  b.end_io(b);
}

void submit_bio(bio& b) {
  const int error = bio_error(b);
  if (error != 0) {
    bio_endio(b, error);
    return;
  }
  if (b.op != req_op::flush) {
    count_vm_events(b.op == req_op::write ? PGPGOUT : PGPGIN, b.nr_pages);
  }
  b.bdev->submit(*b.bdev, b);
}

int submit_bio_wait(bio& b) {
  bool done = false;
  b.end_io = end_waited_bio;
  b.private_ = &done;
  submit_bio(b);
  while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
    wait_on_var(&b);
  }
  const int status = b.status;
  bio_put(b);
  return status;
}

int blkdev_issue_flush(block_device& bdev) {
  return submit_bio_wait(bio_alloc(bdev, req_op::flush, 0));
}

void register_block_device(block_device& bdev) {
  address_space_init(bdev.mapping, bdev.sectors << SECTOR_SHIFT, &def_blk_aops);
  // File systems read their blocks with locks held that their writepage may need.
  bdev.mapping.gfp_mask = GFP_NOFS;
  bdev.next = nullptr;
  block_device** end = &devices;
  while (*end != nullptr) {
    end = &(*end)->next;
  }
  *end = &bdev;
}

block_device* find_block_device(const char* name) {
  block_device* bdev = devices;
  while (bdev != nullptr && std::string_view(bdev->name) != name) {
    bdev = bdev->next;
  }
  return bdev;
}

block_device* next_block_device(const block_device* bdev) {
  return bdev == nullptr ? devices : bdev->next;
}

void block_init() {
  devices = nullptr;
  free_bios = nullptr;
  for (bio& b : bio_pool) {
    bio_put(b);
  }
}
