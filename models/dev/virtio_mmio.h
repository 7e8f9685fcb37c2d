// SPDX-License-Identifier: Apache-2.0
#pragma once

// The memory-mapped transport of a virtio device with one virtqueue (virtio 1.2, 4.2, version 2):
// registers, feature negotiation, status, queue set-up, interrupts. What the device does is in the
// classes that derive from it. Not modelled: the legacy interface, shared memory regions (they read
// as absent), resets of a single queue, packed queues.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "models/dev/device.h"
#include "models/dev/virtqueue.h"

namespace faultline {

/// Bits of the device status register (virtio 1.2, 2.1).
struct VirtioStatus {
  static constexpr std::uint32_t kAcknowledge = 1;
  static constexpr std::uint32_t kDriver = 2;
  static constexpr std::uint32_t kDriverOk = 4;
  static constexpr std::uint32_t kFeaturesOk = 8;
  static constexpr std::uint32_t kNeedsReset = 64;
  static constexpr std::uint32_t kFailed = 128;
};

/// Feature bits that belong to no kind of device (virtio 1.2, chapter 6), as masks.
struct VirtioFeature {
  static constexpr std::uint64_t kIndirectDescriptors = std::uint64_t{1} << 28;
  static constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;
};

/// Offsets of the registers (virtio 1.2, 4.2.2). Below kConfig an access has 4 bytes, aligned;
/// others are answered with an error. A register that is only written reads as 0, and writes to one
/// that is only read are ignored.
struct VirtioMmioRegister {
  static constexpr std::uint64_t kMagicValue = 0x000;
  static constexpr std::uint64_t kVersion = 0x004;
  static constexpr std::uint64_t kDeviceId = 0x008;
  static constexpr std::uint64_t kVendorId = 0x00c;
  static constexpr std::uint64_t kDeviceFeatures = 0x010;
  static constexpr std::uint64_t kDeviceFeaturesSel = 0x014;
  static constexpr std::uint64_t kDriverFeatures = 0x020;
  static constexpr std::uint64_t kDriverFeaturesSel = 0x024;
  static constexpr std::uint64_t kQueueSel = 0x030;
  static constexpr std::uint64_t kQueueNumMax = 0x034;
  static constexpr std::uint64_t kQueueNum = 0x038;
  static constexpr std::uint64_t kQueueReady = 0x044;
  static constexpr std::uint64_t kQueueNotify = 0x050;
  static constexpr std::uint64_t kInterruptStatus = 0x060;
  static constexpr std::uint64_t kInterruptAck = 0x064;
  static constexpr std::uint64_t kStatus = 0x070;
  static constexpr std::uint64_t kQueueDescLow = 0x080;
  static constexpr std::uint64_t kQueueDescHigh = 0x084;
  static constexpr std::uint64_t kQueueDriverLow = 0x090;
  static constexpr std::uint64_t kQueueDriverHigh = 0x094;
  static constexpr std::uint64_t kQueueDeviceLow = 0x0a0;
  static constexpr std::uint64_t kQueueDeviceHigh = 0x0a4;
  static constexpr std::uint64_t kShmLenLow = 0x0b0;
  static constexpr std::uint64_t kShmLenHigh = 0x0b4;
  static constexpr std::uint64_t kShmBaseLow = 0x0b8;
  static constexpr std::uint64_t kShmBaseHigh = 0x0bc;
  static constexpr std::uint64_t kConfigGeneration = 0x0fc;
  static constexpr std::uint64_t kConfig = 0x100;
};

class VirtioMmio : public Device {
 public:
  using Line = std::function<void(bool level)>;
  using Complaint = std::function<void(const std::string&)>;

  /// Who hears of the interrupt: called at each change of level, at its true time.
  void on_interrupt(Line line) { line_ = std::move(line); }
  /// Who hears why the device needs a reset: one sentence.
  void on_complaint(Complaint complaint) { complaint_ = std::move(complaint); }

 protected:
  /// `features`: those that the kind of device offers; VERSION_1 and INDIRECT_DESC are added.
  VirtioMmio(const sc_core::sc_module_name& name, const DeviceParams& params,
             std::uint32_t device_id, std::uint64_t features);

  /// A byte of the device's configuration space; 0 where there is none.
  [[nodiscard]] virtual std::uint8_t config_byte(std::uint64_t offset) const = 0;
  /// The driver has notified the queue, which is ready, at simulated time `now_ps`.
  virtual void notified(std::uint64_t now_ps) = 0;
  /// The driver has reset the device or taken its queue away: requests under way must never touch
  /// memory again.
  virtual void stopped() = 0;

  /// True while requests may be processed: DRIVER_OK, a queue, and no need of a reset.
  [[nodiscard]] bool running() const;
  /// The features that device and driver agreed upon.
  [[nodiscard]] std::uint64_t features() const { return driver_features_; }
  /// The layout of the queue; only while running().
  [[nodiscard]] const VirtqueueLayout& queue_layout() const { return queue_; }
  /// Buffers were used: raises the interrupt. At the true time.
  void raise_used();
  /// The driver broke the rules: DEVICE_NEEDS_RESET, a configuration interrupt, and `why` for a
  /// person. At the true time.
  void fail(const std::string& why);

 private:
  bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
            std::uint64_t& value) override;
  bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
             std::uint64_t value) override;
  [[nodiscard]] bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                          std::uint64_t& value) const override;

  [[nodiscard]] std::uint32_t control(std::uint64_t offset) const;
  void write_control(std::uint64_t offset, std::uint32_t value, std::uint64_t now_ps);
  void write_queue(std::uint64_t offset, std::uint32_t value);
  void write_queue_ready(bool ready);
  void write_status(std::uint32_t value);
  void write_driver_features(std::uint32_t value);
  void reset();
  void set_interrupt_status(std::uint32_t status);

  std::uint32_t device_id_;
  std::uint64_t device_features_;
  std::uint64_t driver_features_ = 0;
  std::uint32_t device_features_sel_ = 0;
  std::uint32_t driver_features_sel_ = 0;
  std::uint32_t status_ = 0;
  std::uint32_t interrupt_status_ = 0;
  std::uint32_t queue_sel_ = 0;
  VirtqueueLayout queue_{};
  bool queue_ready_ = false;
  Line line_;
  Complaint complaint_;
};

}  // namespace faultline
