// SPDX-License-Identifier: Apache-2.0
#include "models/dev/virtio_mmio.h"

namespace faultline {

namespace {

using Register = VirtioMmioRegister;

constexpr std::uint32_t kMagic = 0x7472'6976;  // "virt"
constexpr std::uint32_t kVersionModern = 2;
constexpr std::uint32_t kVendor = 0x4c54'4c46;  // "FLTL"
constexpr std::uint32_t kAbsent = 0xffff'ffff;  // a shared memory region that does not exist
constexpr std::uint32_t kStatusBits = 0xff;

// Bits of InterruptStatus (4.2.2).
constexpr std::uint32_t kUsedBuffer = 1;
constexpr std::uint32_t kConfigurationChange = 2;

/// 32 of 64 feature bits, as selected.
std::uint32_t feature_word(std::uint64_t features, std::uint32_t select) {
  return select > 1 ? 0 : static_cast<std::uint32_t>(features >> (32 * select));
}

/// `word` with its low or high half replaced.
PhysAddr with_low(PhysAddr word, std::uint32_t value) {
  return PhysAddr{(word.value & ~std::uint64_t{0xffff'ffff}) | value};
}
PhysAddr with_high(PhysAddr word, std::uint32_t value) {
  return PhysAddr{(word.value & 0xffff'ffff) | std::uint64_t{value} << 32};
}

}  // namespace

VirtioMmio::VirtioMmio(const sc_core::sc_module_name& name, const DeviceParams& params,
                       std::uint32_t device_id, std::uint64_t features)
    : Device(name, params, 1 + 2 + 4 + 8),
      device_id_(device_id),
      device_features_(features | VirtioFeature::kVersion1 | VirtioFeature::kIndirectDescriptors) {}

bool VirtioMmio::running() const {
  constexpr std::uint32_t kAgreed = VirtioStatus::kFeaturesOk | VirtioStatus::kDriverOk;
  return (status_ & (kAgreed | VirtioStatus::kNeedsReset)) == kAgreed && queue_ready_;
}

// ---- Interrupts --------------------------------------------------------------------------------

void VirtioMmio::set_interrupt_status(std::uint32_t status) {
  const bool level_changes = (status != 0) != (interrupt_status_ != 0);
  interrupt_status_ = status;
  if (level_changes && line_) line_(status != 0);
}

void VirtioMmio::raise_used() {
  set_interrupt_status(interrupt_status_ | kUsedBuffer);
}

void VirtioMmio::fail(const std::string& why) {
  const bool driver_listens = (status_ & VirtioStatus::kDriverOk) != 0;
  status_ |= VirtioStatus::kNeedsReset;
  if (complaint_) complaint_(why);
  if (driver_listens) set_interrupt_status(interrupt_status_ | kConfigurationChange);
}

// ---- Reading -----------------------------------------------------------------------------------

bool VirtioMmio::read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                      std::uint64_t& value) {
  return peek(offset, size, now_ps, value);
}

bool VirtioMmio::peek(std::uint64_t offset, unsigned size, std::uint64_t /*now_ps*/,
                      std::uint64_t& value) const {
  value = 0;
  if (offset < Register::kConfig) {
    if (size != 4) return false;
    value = control(offset);
    return true;
  }
  for (unsigned i = 0; i < size; ++i) {
    value |= std::uint64_t{config_byte(offset - Register::kConfig + i)} << (8 * i);
  }
  return true;
}

std::uint32_t VirtioMmio::control(std::uint64_t offset) const {
  switch (offset) {
    case Register::kMagicValue:
      return kMagic;
    case Register::kVersion:
      return kVersionModern;
    case Register::kDeviceId:
      return device_id_;
    case Register::kVendorId:
      return kVendor;
    case Register::kDeviceFeatures:
      return feature_word(device_features_, device_features_sel_);
    case Register::kQueueNumMax:
      return queue_sel_ == 0 ? Virtqueue::kMaxSize : 0;
    case Register::kQueueReady:
      return queue_sel_ == 0 && queue_ready_ ? 1 : 0;
    case Register::kInterruptStatus:
      return interrupt_status_;
    case Register::kStatus:
      return status_;
    case Register::kShmLenLow:
    case Register::kShmLenHigh:
    case Register::kShmBaseLow:
    case Register::kShmBaseHigh:
      return kAbsent;
    default:  // ConfigGeneration: the configuration never changes
      return 0;
  }
}

// ---- Writing -----------------------------------------------------------------------------------

bool VirtioMmio::write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                       std::uint64_t value) {
  if (offset >= Register::kConfig) return true;  // no field of it can be written
  if (size != 4) return false;
  write_control(offset, static_cast<std::uint32_t>(value), now_ps);
  return true;
}

void VirtioMmio::write_control(std::uint64_t offset, std::uint32_t value, std::uint64_t now_ps) {
  switch (offset) {
    case Register::kDeviceFeaturesSel:
      device_features_sel_ = value;
      break;
    case Register::kDriverFeatures:
      write_driver_features(value);
      break;
    case Register::kDriverFeaturesSel:
      driver_features_sel_ = value;
      break;
    case Register::kQueueSel:
      queue_sel_ = value;
      break;
    case Register::kQueueNotify:
      if (value == 0 && running()) notified(now_ps);
      break;
    case Register::kInterruptAck:
      set_interrupt_status(interrupt_status_ & ~value);
      break;
    case Register::kStatus:
      write_status(value);
      break;
    case Register::kQueueReady:
      if (queue_sel_ == 0) write_queue_ready((value & 1) != 0);
      break;
    default:
      if (queue_sel_ == 0 && !queue_ready_) write_queue(offset, value);
      break;
  }
}

/// Negotiation is over with FEATURES_OK (3.1.1).
void VirtioMmio::write_driver_features(std::uint32_t value) {
  if (driver_features_sel_ > 1 || (status_ & VirtioStatus::kFeaturesOk) != 0) return;
  const unsigned shift = 32 * driver_features_sel_;
  driver_features_ &= ~(std::uint64_t{0xffff'ffff} << shift);
  driver_features_ |= std::uint64_t{value} << shift;
}

/// The driver sets bits and resets with 0. FEATURES_OK does not stay set if the features are not
/// all on offer, or are those of a legacy driver (2.2.2, 6.1).
void VirtioMmio::write_status(std::uint32_t value) {
  if (value == 0) {
    reset();
    return;
  }
  std::uint32_t set = value & kStatusBits & ~VirtioStatus::kNeedsReset;
  const bool acceptable = (driver_features_ & ~device_features_) == 0 &&
                          (driver_features_ & VirtioFeature::kVersion1) != 0;
  if (!acceptable) set &= ~VirtioStatus::kFeaturesOk;
  status_ |= set;
}

void VirtioMmio::write_queue_ready(bool ready) {
  if (queue_ready_ && !ready) stopped();
  queue_ready_ = ready;
}

void VirtioMmio::write_queue(std::uint64_t offset, std::uint32_t value) {
  switch (offset) {
    case Register::kQueueNum:
      queue_.size = value;
      break;
    case Register::kQueueDescLow:
      queue_.descriptors = with_low(queue_.descriptors, value);
      break;
    case Register::kQueueDescHigh:
      queue_.descriptors = with_high(queue_.descriptors, value);
      break;
    case Register::kQueueDriverLow:
      queue_.driver_area = with_low(queue_.driver_area, value);
      break;
    case Register::kQueueDriverHigh:
      queue_.driver_area = with_high(queue_.driver_area, value);
      break;
    case Register::kQueueDeviceLow:
      queue_.device_area = with_low(queue_.device_area, value);
      break;
    case Register::kQueueDeviceHigh:
      queue_.device_area = with_high(queue_.device_area, value);
      break;
    default:  // only read, or no register
      break;
  }
}

void VirtioMmio::reset() {
  stopped();
  status_ = 0;
  driver_features_ = 0;
  device_features_sel_ = 0;
  driver_features_sel_ = 0;
  queue_sel_ = 0;
  queue_ = {};
  queue_ready_ = false;
  set_interrupt_status(0);
}

}  // namespace faultline
