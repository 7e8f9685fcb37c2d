// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/drivers/virtio_mmio.h"

#include "sw/kernel/kernel.h"

namespace {

// Registers (4.2.2, table 4.1).
enum virtio_mmio_register : std::uintptr_t {
  VIRTIO_MMIO_MAGIC_VALUE = 0x000,
  VIRTIO_MMIO_VERSION = 0x004,
  VIRTIO_MMIO_DEVICE_ID = 0x008,
  VIRTIO_MMIO_DEVICE_FEATURES = 0x010,
  VIRTIO_MMIO_DEVICE_FEATURES_SEL = 0x014,
  VIRTIO_MMIO_DRIVER_FEATURES = 0x020,
  VIRTIO_MMIO_DRIVER_FEATURES_SEL = 0x024,
  VIRTIO_MMIO_QUEUE_SEL = 0x030,
  VIRTIO_MMIO_QUEUE_NUM_MAX = 0x034,
  VIRTIO_MMIO_QUEUE_NUM = 0x038,
  VIRTIO_MMIO_QUEUE_READY = 0x044,
  VIRTIO_MMIO_QUEUE_NOTIFY = 0x050,
  VIRTIO_MMIO_INTERRUPT_STATUS = 0x060,
  VIRTIO_MMIO_INTERRUPT_ACK = 0x064,
  VIRTIO_MMIO_STATUS = 0x070,
  VIRTIO_MMIO_QUEUE_DESC_LOW = 0x080,
  VIRTIO_MMIO_QUEUE_DESC_HIGH = 0x084,
  VIRTIO_MMIO_QUEUE_DRIVER_LOW = 0x090,
  VIRTIO_MMIO_QUEUE_DRIVER_HIGH = 0x094,
  VIRTIO_MMIO_QUEUE_DEVICE_LOW = 0x0a0,
  VIRTIO_MMIO_QUEUE_DEVICE_HIGH = 0x0a4,
  VIRTIO_MMIO_CONFIG_GENERATION = 0x0fc,
  VIRTIO_MMIO_CONFIG = 0x100,
};
constexpr std::uint32_t kMagic = 0x74726976;  // "virt"
constexpr std::uint32_t kVersion = 2;

constexpr std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::uint32_t virtio_device::device_id(std::uint64_t name) const {
  const std::uint32_t magic = registers_.read(VIRTIO_MMIO_MAGIC_VALUE);
  if (magic != kMagic) {
    printk(log_level::warning, "virtio: 0x%lx has magic number 0x%x, not 0x%x\n", name, magic,
           kMagic);
    return 0;
  }
  const std::uint32_t id = registers_.read(VIRTIO_MMIO_DEVICE_ID);
  const std::uint32_t version = registers_.read(VIRTIO_MMIO_VERSION);
  if (id != 0 && version != kVersion) {
    printk(log_level::warning, "virtio: 0x%lx has version %u of the transport, not %u\n", name,
           version, kVersion);
    return 0;
  }
  return id;
}

bool virtio_device::negotiate(std::uint64_t wanted, std::uint64_t& agreed) const {
  reset();
  add_status(VIRTIO_CONFIG_S_ACKNOWLEDGE);
  add_status(VIRTIO_CONFIG_S_DRIVER);
  registers_.write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
  const std::uint64_t upper = registers_.read(VIRTIO_MMIO_DEVICE_FEATURES);
  registers_.write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
  const std::uint64_t offered = upper << 32 | registers_.read(VIRTIO_MMIO_DEVICE_FEATURES);
  agreed = offered & (wanted | VIRTIO_F_VERSION_1);
  if ((agreed & VIRTIO_F_VERSION_1) == 0) return false;
  registers_.write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
  registers_.write(VIRTIO_MMIO_DRIVER_FEATURES, high(agreed));
  registers_.write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
  registers_.write(VIRTIO_MMIO_DRIVER_FEATURES, low(agreed));
  add_status(VIRTIO_CONFIG_S_FEATURES_OK);
  return (status() & VIRTIO_CONFIG_S_FEATURES_OK) != 0;
}

bool virtio_device::setup_queue(virtqueue& queue) const {
  registers_.write(VIRTIO_MMIO_QUEUE_SEL, 0);
  if (registers_.read(VIRTIO_MMIO_QUEUE_READY) != 0) return false;
  const std::uint32_t most = registers_.read(VIRTIO_MMIO_QUEUE_NUM_MAX);
  const unsigned size = most < virtqueue::kMostDescriptors ? most : virtqueue::kMostDescriptors;
  if (size == 0 || !queue.init(size)) return false;
  registers_.write(VIRTIO_MMIO_QUEUE_NUM, size);
  registers_.write(VIRTIO_MMIO_QUEUE_DESC_LOW, low(queue.desc_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_DESC_HIGH, high(queue.desc_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_DRIVER_LOW, low(queue.driver_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_DRIVER_HIGH, high(queue.driver_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_DEVICE_LOW, low(queue.device_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_DEVICE_HIGH, high(queue.device_address()));
  registers_.write(VIRTIO_MMIO_QUEUE_READY, 1);
  return true;
}

void virtio_device::driver_ok() const {
  add_status(VIRTIO_CONFIG_S_DRIVER_OK);
}

void virtio_device::fail() const {
  add_status(VIRTIO_CONFIG_S_FAILED);
}

void virtio_device::reset() const {
  registers_.write(VIRTIO_MMIO_STATUS, 0);
  while (status() != 0) {  // the reset is over when it reads as 0 (4.2.3.1)
  }
}

bool virtio_device::needs_reset() const {
  return (status() & VIRTIO_CONFIG_S_NEEDS_RESET) != 0;
}

void virtio_device::notify() const {
  registers_.write(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

std::uint32_t virtio_device::acknowledge_interrupt() const {
  const std::uint32_t reasons = registers_.read(VIRTIO_MMIO_INTERRUPT_STATUS);
  registers_.write(VIRTIO_MMIO_INTERRUPT_ACK, reasons);
  return reasons;
}

std::uint32_t virtio_device::config32(std::uintptr_t offset) const {
  return registers_.read(VIRTIO_MMIO_CONFIG + offset);
}

std::uint64_t virtio_device::config64(std::uintptr_t offset) const {
  for (;;) {
    const std::uint32_t generation = registers_.read(VIRTIO_MMIO_CONFIG_GENERATION);
    const std::uint64_t value = std::uint64_t{config32(offset + 4)} << 32 | config32(offset);
    if (registers_.read(VIRTIO_MMIO_CONFIG_GENERATION) == generation) return value;
  }
}

std::uint32_t virtio_device::status() const {
  return registers_.read(VIRTIO_MMIO_STATUS);
}

void virtio_device::add_status(std::uint32_t bits) const {
  registers_.write(VIRTIO_MMIO_STATUS, status() | bits);
}
