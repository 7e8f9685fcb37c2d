// SPDX-License-Identifier: Apache-2.0
#pragma once

// The device's side of a split virtqueue (virtio 1.2, 2.7), in plain C++. Whatever the guest put
// into its rings is checked; a driver that broke the rules is told of by a VirtqueueError, after
// which the device needs a reset. Not modelled: the event index (VIRTIO_F_EVENT_IDX), packed
// virtqueues.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/common/types.h"

namespace faultline {

/// Main memory as a device reaches it. Two exist: DMA at simulated time, and plain bytes in tests.
class GuestMemory {
 public:
  virtual ~GuestMemory() = default;
  /// True if `bytes` from `address` on lie in memory.
  [[nodiscard]] virtual bool contains(PhysAddr address, std::uint64_t bytes) const = 0;
  /// Moves bytes; false: they do not lie in memory, or the bus failed.
  virtual bool read(PhysAddr address, void* to, std::uint64_t bytes) = 0;
  virtual bool write(PhysAddr address, const void* from, std::uint64_t bytes) = 0;
};

/// The driver broke the rules; what() says how, with numbers.
struct VirtqueueError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One buffer of a chain.
struct VirtqueueBuffer {
  PhysAddr address{};
  std::uint32_t bytes = 0;
};

/// A request: the buffers that the device reads, then those that it writes, all in memory.
struct VirtqueueChain {
  std::uint16_t head = 0;
  std::vector<VirtqueueBuffer> readable;
  std::vector<VirtqueueBuffer> writable;

  [[nodiscard]] std::uint64_t readable_bytes() const;
  [[nodiscard]] std::uint64_t writable_bytes() const;
};

/// Where the driver put the three parts of a queue.
struct VirtqueueLayout {
  unsigned size = 0;  ///< entries
  PhysAddr descriptors{};
  PhysAddr driver_area{};  ///< available ring
  PhysAddr device_area{};  ///< used ring
};

class Virtqueue {
 public:
  /// Largest number of entries that the device takes; a power of two.
  static constexpr unsigned kMaxSize = 256;

  /// Begins with an empty queue. Throws VirtqueueError if the size is no power of two up to
  /// kMaxSize, an area is not aligned (virtio 1.2, 2.7) or does not lie in memory.
  /// `indirect`: indirect descriptors were negotiated.
  Virtqueue(const VirtqueueLayout& layout, bool indirect, const GuestMemory& memory);

  /// The next request that the driver made available, if there is one. Throws VirtqueueError for a
  /// head or next index outside the queue, a chain longer than the queue (a cycle), a buffer
  /// outside memory or empty, a readable buffer after a writable one, an index that runs ahead by
  /// more than the queue's size, an indirect table that is not allowed, nested or of a wrong size.
  [[nodiscard]] std::optional<VirtqueueChain> pop(GuestMemory& memory);
  /// Gives a request back; `written`: bytes written to its writable buffers, from their beginning
  /// on. Throws VirtqueueError if memory cannot be written.
  void push(GuestMemory& memory, std::uint16_t head, std::uint32_t written);
  /// True unless the driver asked not to be interrupted (VIRTQ_AVAIL_F_NO_INTERRUPT).
  [[nodiscard]] bool wants_interrupt(GuestMemory& memory) const;

 private:
  struct Descriptor;
  /// A table of descriptors: the queue's, or an indirect one.
  struct Table {
    PhysAddr address{};
    unsigned entries = 0;
  };

  static void read_or_fail(GuestMemory& memory, PhysAddr address, void* to, std::uint64_t bytes,
                           const char* what);
  [[nodiscard]] static Descriptor descriptor(GuestMemory& memory, const Table& table,
                                             unsigned index);
  [[nodiscard]] Table indirect_table(const GuestMemory& memory, const Descriptor& d) const;
  void walk(GuestMemory& memory, VirtqueueChain& chain) const;
  static void append(const GuestMemory& memory, VirtqueueChain& chain, const Descriptor& d);

  VirtqueueLayout layout_;
  bool indirect_;
  std::uint16_t available_ = 0;       // the driver's index when it was last read
  std::uint16_t next_available_ = 0;  // entries taken so far
  std::uint16_t next_used_ = 0;
};

}  // namespace faultline
