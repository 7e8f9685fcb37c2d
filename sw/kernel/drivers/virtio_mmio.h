// SPDX-License-Identifier: Apache-2.0
#pragma once

// The memory-mapped transport of virtio devices (Virtual I/O Device 1.2, 4.2), version 2 only: the
// registers, the steps by which device and driver come to terms, and the split virtqueue (2.7) as
// far as a driver with one queue and one outstanding buffer per chain needs it.

#include <cstdint>

#include "sw/kernel/drivers/mmio.h"
#include "sw/kernel/mm/page_alloc.h"

/// Bits of the device status (2.1).
enum virtio_status : std::uint32_t {
  VIRTIO_CONFIG_S_ACKNOWLEDGE = 1,
  VIRTIO_CONFIG_S_DRIVER = 2,
  VIRTIO_CONFIG_S_DRIVER_OK = 4,
  VIRTIO_CONFIG_S_FEATURES_OK = 8,
  VIRTIO_CONFIG_S_NEEDS_RESET = 64,
  VIRTIO_CONFIG_S_FAILED = 128,
};
/// Reasons of an interrupt (4.2.2, InterruptStatus).
enum virtio_interrupt : std::uint32_t { VIRTIO_MMIO_INT_VRING = 1, VIRTIO_MMIO_INT_CONFIG = 2 };
/// Feature: the device follows version 1 of the specification (6).
inline constexpr std::uint64_t VIRTIO_F_VERSION_1 = std::uint64_t{1} << 32;

/// What a descriptor is for (2.7.5).
enum vring_desc_flag : std::uint16_t { VRING_DESC_F_NEXT = 1, VRING_DESC_F_WRITE = 2 };

/// One part of a request in memory.
struct vring_desc {
  std::uint64_t addr;
  std::uint32_t len;
  std::uint16_t flags;
  std::uint16_t next;
};

/// A split virtqueue: chains of descriptors go to the device by the available ring and come back by
/// the used ring. The rings lie in two pages of their own.
class virtqueue {
 public:
  /// Most descriptors of a queue, a power of two: their table fills a page.
  static constexpr unsigned kMostDescriptors = PAGE_SIZE / sizeof(vring_desc);

  /// Makes an empty queue of `size` descriptors. False: out of memory.
  [[nodiscard]] bool init(unsigned size);
  [[nodiscard]] unsigned size() const { return size_; }
  [[nodiscard]] unsigned free_descriptors() const { return nr_free_; }

  /// The name of the chain that is built next: its first descriptor, below size().
  [[nodiscard]] unsigned next_chain() const { return free_head_; }
  /// Builds a chain: its first descriptor, then append() for each other. There are enough free.
  void begin_chain(std::uint64_t addr, std::uint32_t len, std::uint16_t flags);
  void append(std::uint64_t addr, std::uint32_t len, std::uint16_t flags);
  /// Lets the device see the chain. True: it wants to be notified.
  [[nodiscard]] bool publish_chain();

  /// Takes the name of a chain that the device says it has used. False: there is none.
  [[nodiscard]] bool take_used(std::uint32_t& head);
  /// Frees the descriptors of a chain that was used.
  void free_chain(unsigned head);

  /// Physical addresses of the descriptor table, the available and the used ring.
  [[nodiscard]] std::uint64_t desc_address() const { return virt_to_phys(desc_); }
  [[nodiscard]] std::uint64_t driver_address() const { return virt_to_phys(rings_); }
  [[nodiscard]] std::uint64_t device_address() const;

 private:
  struct rings;

  std::uint16_t add_descriptor(std::uint64_t addr, std::uint32_t len, std::uint16_t flags);

  vring_desc* desc_ = nullptr;
  rings* rings_ = nullptr;
  unsigned size_ = 0;
  unsigned nr_free_ = 0;
  std::uint16_t free_head_ = 0;   // free descriptors are linked by `next`
  std::uint16_t chain_head_ = 0;  // of the chain being built
  std::uint16_t chain_tail_ = 0;
  std::uint16_t last_used_ = 0;  // entries of the used ring taken so far
};

/// One device behind the transport.
class virtio_device {
 public:
  virtio_device() = default;
  explicit virtio_device(mmio_region registers) : registers_(registers) {}

  /// Type of the device; 0: nothing is there, or it is no virtio device of version 2 (which is
  /// reported, as `name` says where).
  [[nodiscard]] std::uint32_t device_id(std::uint64_t name) const;
  /// Resets the device and agrees on features: VERSION_1 and those of `wanted` that the device
  /// offers, which are returned in `agreed`. False: the device refuses.
  [[nodiscard]] bool negotiate(std::uint64_t wanted, std::uint64_t& agreed) const;
  /// Gives queue 0 to the device, with at most virtqueue::kMostDescriptors descriptors. False: the
  /// device has no such queue, or memory is short.
  [[nodiscard]] bool setup_queue(virtqueue& queue) const;
  /// The driver is ready: the device may work.
  void driver_ok() const;
  /// The driver gives up.
  void fail() const;
  /// Stops the device: when it returns, the device touches memory no more.
  void reset() const;
  /// True if the device has stopped on an error (2.1.2).
  [[nodiscard]] bool needs_reset() const;

  /// Tells the device that queue 0 has new chains.
  void notify() const;
  /// The reasons of the interrupt (virtio_interrupt bits), acknowledged.
  std::uint32_t acknowledge_interrupt() const;

  /// A number of the device's configuration, at a multiple of 4.
  [[nodiscard]] std::uint32_t config32(std::uintptr_t offset) const;
  /// A number of 64 bits there, both halves of one generation (2.5.1).
  [[nodiscard]] std::uint64_t config64(std::uintptr_t offset) const;

 private:
  [[nodiscard]] std::uint32_t status() const;
  void add_status(std::uint32_t bits) const;

  mmio_region registers_;
};
