// SPDX-License-Identifier: Apache-2.0
#pragma once

// Virtio block devices behind registers, as the driver sees them (Virtual I/O Device 1.2, 4.2, 2.7,
// 5.2), written from the specification and not from the driver. A device works only when it is told
// to, and can be told to break the rules.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"

namespace faultline::test {

class FakeVirtio {
 public:
  static constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kSegMax = 1u << 2;
  static constexpr std::uint64_t kReadOnly = 1u << 5;
  static constexpr std::uint64_t kFlush = 1u << 9;

  // What the device is; to be changed before the driver looks.
  std::uint32_t magic = 0x74726976;
  std::uint32_t version = 2;
  std::uint32_t device_id = 2;
  std::uint64_t features = kVersion1 | kSegMax | kFlush;
  bool accepts_features = true;
  std::uint32_t seg_max = 126;
  std::uint32_t queue_num_max = 256;
  // What it does; to be changed at any time.
  bool wants_notifications = true;
  std::set<std::uint64_t> bad_sectors;  ///< first sectors of requests that fail

  /// Puts a device of `pages` pages (each filled with its number) at an address.
  FakeVirtio(std::uint64_t base, std::uint32_t irq, std::uint64_t pages);
  ~FakeVirtio();
  FakeVirtio(const FakeVirtio&) = delete;
  FakeVirtio& operator=(const FakeVirtio&) = delete;

  [[nodiscard]] std::uint64_t base() const { return base_; }
  [[nodiscard]] std::uint32_t irq() const { return irq_; }
  [[nodiscard]] std::uint32_t status() const { return status_; }
  [[nodiscard]] unsigned notifications() const { return notifications_; }
  [[nodiscard]] std::uint64_t* page_at(std::uint64_t index) { return &content_[index * 512]; }

  /// Requests that the driver has published and the device has not done.
  [[nodiscard]] unsigned available() const;
  /// Takes all published requests, does them from the last to the first, and interrupts once.
  /// False: there was none.
  bool work();
  /// Descriptors of the longest chain seen.
  [[nodiscard]] unsigned longest_chain() const { return longest_chain_; }
  /// Says that it used the chain `id`, whether it was given that or not, and interrupts.
  void use(std::uint32_t id);
  /// Stops on an error: DEVICE_NEEDS_RESET and an interrupt.
  void stop();

  // The registers.
  std::uint32_t read(std::uint64_t offset);
  void write(std::uint64_t offset, std::uint32_t value);

 private:
  void do_request(std::uint16_t head);
  void add_used(std::uint32_t id);
  void interrupt(std::uint32_t reason);
  void reset();
  [[nodiscard]] std::uint32_t config(std::uint64_t offset) const;

  std::uint64_t base_;
  std::uint32_t irq_;
  std::vector<std::uint64_t> content_;
  std::uint32_t status_ = 0;
  std::uint32_t interrupt_status_ = 0;
  std::uint32_t device_features_sel_ = 0;
  std::uint32_t driver_features_sel_ = 0;
  std::uint64_t driver_features_ = 0;
  std::uint32_t queue_num_ = 0;
  std::uint32_t queue_ready_ = 0;
  std::uint64_t desc_ = 0;
  std::uint64_t driver_ = 0;
  std::uint64_t device_ = 0;
  std::uint16_t taken_ = 0;  // entries of the available ring
  unsigned notifications_ = 0;
  unsigned longest_chain_ = 0;
};

/// What the kernel printed since the last call.
[[nodiscard]] std::string take_messages();

}  // namespace faultline::test
