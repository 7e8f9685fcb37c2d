// SPDX-License-Identifier: Apache-2.0
#pragma once

// The block layer: devices that read and write whole pages, requests to them (bio), and the list of
// the devices found. Portable: the kernel's driver is virtio-blk, the host's unit tests have a
// device of their own. A device's content is cached like a file's (block_device::mapping), which
// is how file systems reach their metadata and the swap area its header. No partitions, no
// scheduler: requests start in the order in which they are submitted.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

struct block_device;

/// Bytes of a sector, the unit in which devices are addressed.
inline constexpr unsigned SECTOR_SHIFT = 9;
/// Sectors of a page.
inline constexpr std::uint64_t PAGE_SECTORS = PAGE_SIZE >> SECTOR_SHIFT;
/// Most pages of one request: the default window of readahead (Linux: BIO_MAX_VECS is 256).
inline constexpr unsigned BIO_MAX_PAGES = 32;

/// What a request asks for.
enum class req_op : std::uint8_t {
  read,
  write,
  flush,  ///< what was written so far survives a loss of power; no pages
};

/// One request: pages to be read from, or written to, consecutive sectors.
struct bio {
  block_device* bdev;
  std::uint64_t sector;  ///< first sector; a multiple of PAGE_SECTORS
  req_op op;
  unsigned nr_pages;
  page* pages[BIO_MAX_PAGES];  ///< in the order of the sectors
  int status;                  ///< after the end: 0 or a negative errno
  /// Called once when the request has ended, in interrupt context: it may not sleep. The bio
  /// belongs to the function again, which usually ends with bio_put().
  void (*end_io)(bio& b);
  void* private_;  ///< for end_io
  bio* next;       ///< while queued: the driver's, or the free list's
};

/// A block device. The driver fills in the first part and calls register_block_device().
struct block_device {
  const char* name;       ///< "vda"; lives as long as the device
  std::uint64_t sectors;  ///< capacity
  bool read_only;
  /// Starts the request, or queues it if the device is busy. Never sleeps, never fails: an error
  /// is a status of the bio. The request lies inside the device (submit_bio checks).
  void (*submit)(block_device& bdev, bio& b);
  void* driver;  ///< the driver's own

  address_space mapping;  ///< cache of the content: page offset = sector / PAGE_SECTORS
  block_device* next;     ///< in the list of devices
};

/// An empty request for `bdev`: sector, nr_pages and end_io are the caller's to fill in. Comes from
/// a pool; sleeps until one is free, so never fails. A task that holds one must submit it before it
/// takes another, or all could wait for each other.
[[nodiscard]] bio& bio_alloc(block_device& bdev, req_op op, std::uint64_t sector);
/// Gives a request back to the pool. From any context.
void bio_put(bio& b);
/// Appends a page; false: the request is full.
[[nodiscard]] bool bio_add_page(bio& b, page& p);
/// Ends a request: for drivers, once per request that was submitted to them.
void bio_endio(bio& b, int status);

/// Starts a request; bio.end_io is called at its end, which may be before this returns. Requests
/// outside of the device end with -EIO, writes to a read-only one with -EROFS.
void submit_bio(bio& b);
/// Starts a request (end_io and private_ are taken), sleeps until its end and gives it back to the
/// pool. Returns its status.
int submit_bio_wait(bio& b);

/// Waits until everything written to the device so far survives a loss of power. Returns 0 or a
/// negative errno.
int blkdev_issue_flush(block_device& bdev);

/// Appends a device to the list and prepares its cache. The fields that the driver owns are set.
void register_block_device(block_device& bdev);
/// The device of that name, or null.
[[nodiscard]] block_device* find_block_device(const char* name);
/// The device behind `bdev` in the order of registration; the first one for null; null at the end.
[[nodiscard]] block_device* next_block_device(const block_device* bdev);

/// Forgets all devices and makes the pool of requests full; called by mem_init().
void block_init();
