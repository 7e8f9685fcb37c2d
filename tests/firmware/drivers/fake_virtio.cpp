// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/drivers/fake_virtio.h"

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/drivers/mmio.h"
#include "sw/kernel/drivers/plic.h"
#include "sw/kernel/kernel.h"
#include "sw/lib/format.h"

namespace faultline::test {

namespace {

struct Handler {
  void (*function)(void* context);
  void* context;
};

std::string messages;
std::map<std::uint64_t, FakeVirtio*> devices;  // by address of the registers
std::map<std::uint32_t, Handler> handlers;     // by interrupt

constexpr std::uint32_t kFeaturesOk = 8;
constexpr std::uint32_t kNeedsReset = 64;

// Loads and stores of the device to guest memory.
template <typename T>
T load(std::uint64_t pa) {
  T value;
  std::memcpy(&value, phys_to_virt(pa), sizeof(value));
  return value;
}
template <typename T>
void store(std::uint64_t pa, T value) {
  std::memcpy(phys_to_virt(pa), &value, sizeof(value));
}

void set_half(std::uint64_t& place, bool high, std::uint32_t value) {
  const unsigned shift = high ? 32 : 0;
  place = (place & ~(std::uint64_t{0xffffffff} << shift)) | std::uint64_t{value} << shift;
}

}  // namespace

FakeVirtio::FakeVirtio(std::uint64_t base, std::uint32_t irq, std::uint64_t pages)
    : base_(base), irq_(irq), content_(pages * 512) {
  for (std::uint64_t i = 0; i < content_.size(); ++i) {
    content_[i] = i / 512;
  }
  devices[base] = this;
}

FakeVirtio::~FakeVirtio() {
  devices.erase(base_);
  handlers.erase(irq_);
}

unsigned FakeVirtio::available() const {
  return static_cast<std::uint16_t>(load<std::uint16_t>(driver_ + 2) - taken_);
}

bool FakeVirtio::work() {
  std::vector<std::uint16_t> heads;
  while (available() != 0) {
    heads.push_back(load<std::uint16_t>(driver_ + 4 + 2u * (taken_ % queue_num_)));
    ++taken_;
  }
  for (auto head = heads.rbegin(); head != heads.rend(); ++head) {
    do_request(*head);
  }
  if (!heads.empty()) {
    interrupt(1);
  }
  return !heads.empty();
}

void FakeVirtio::do_request(std::uint16_t head) {
  struct Part {
    std::uint64_t pa;
    std::uint32_t bytes;
    bool written_by_device;
  };
  std::vector<Part> parts;
  for (std::uint64_t index = head;;) {
    const std::uint64_t at = desc_ + 16 * index;
    const auto flags = load<std::uint16_t>(at + 12);
    EXPECT_EQ(flags & ~3u, 0u);
    parts.push_back({load<std::uint64_t>(at), load<std::uint32_t>(at + 8), (flags & 2) != 0});
    if ((flags & 1) == 0) {
      break;
    }
    index = load<std::uint16_t>(at + 14);
  }
  longest_chain_ = std::max(longest_chain_, static_cast<unsigned>(parts.size()));
  ASSERT_GE(parts.size(), 2u);
  ASSERT_EQ(parts.front().bytes, 16u);
  ASSERT_EQ(parts.back().bytes, 1u);
  EXPECT_FALSE(parts.front().written_by_device);
  EXPECT_TRUE(parts.back().written_by_device);
  const auto type = load<std::uint32_t>(parts.front().pa);
  const auto sector = load<std::uint64_t>(parts.front().pa + 8);
  const bool fails = bad_sectors.contains(sector);
  auto* at = reinterpret_cast<unsigned char*>(content_.data()) + sector * 512;
  for (std::size_t i = 1; !fails && i + 1 < parts.size(); ++i) {
    EXPECT_EQ(parts[i].written_by_device, type == 0);
    void* memory = phys_to_virt(parts[i].pa);
    if (type == 0) {
      std::memcpy(memory, at, parts[i].bytes);
    } else {
      std::memcpy(at, memory, parts[i].bytes);
    }
    at += parts[i].bytes;
  }
  store<std::uint8_t>(parts.back().pa, fails ? 1 : 0);
  add_used(head);
}

void FakeVirtio::add_used(std::uint32_t id) {
  const auto index = load<std::uint16_t>(device_ + 2);
  store<std::uint32_t>(device_ + 4 + 8u * (index % queue_num_), id);
  store(device_ + 2, static_cast<std::uint16_t>(index + 1));
}

void FakeVirtio::use(std::uint32_t id) {
  add_used(id);
  interrupt(1);
}

void FakeVirtio::stop() {
  status_ |= kNeedsReset;
  interrupt(2);
}

void FakeVirtio::interrupt(std::uint32_t reason) {
  interrupt_status_ |= reason;
  const Handler& handler = handlers.at(irq_);
  handler.function(handler.context);
  EXPECT_EQ(interrupt_status_, 0u) << "the handler acknowledges";
}

void FakeVirtio::reset() {
  status_ = interrupt_status_ = 0;
  queue_ready_ = 0;
  taken_ = 0;
}

std::uint32_t FakeVirtio::config(std::uint64_t offset) const {
  const std::uint64_t sectors = content_.size() / 64;
  switch (offset) {
    case 0:
      return static_cast<std::uint32_t>(sectors);
    case 4:
      return static_cast<std::uint32_t>(sectors >> 32);
    case 12:
      return seg_max;
    default:
      return 0;
  }
}

std::uint32_t FakeVirtio::read(std::uint64_t offset) {
  switch (offset) {
    case 0x000:
      return magic;
    case 0x004:
      return version;
    case 0x008:
      return device_id;
    case 0x010:
      return static_cast<std::uint32_t>(features >> (device_features_sel_ == 0 ? 0 : 32));
    case 0x034:
      return queue_num_max;
    case 0x044:
      return queue_ready_;
    case 0x060:
      return interrupt_status_;
    case 0x070:
      return status_;
    case 0x0fc:
      return 0;
    default:
      EXPECT_GE(offset, 0x100u) << "no register that can be read";
      return config(offset - 0x100);
  }
}

void FakeVirtio::write(std::uint64_t offset, std::uint32_t value) {
  switch (offset) {
    case 0x014:
      device_features_sel_ = value;
      return;
    case 0x020:
      set_half(driver_features_, driver_features_sel_ != 0, value);
      return;
    case 0x024:
      driver_features_sel_ = value;
      return;
    case 0x030:
      EXPECT_EQ(value, 0u) << "there is one queue";
      return;
    case 0x038:
      queue_num_ = value;
      return;
    case 0x044:
      queue_ready_ = value;
      store<std::uint16_t>(device_, wants_notifications ? 0 : 1);
      return;
    case 0x050:
      ++notifications_;
      return;
    case 0x064:
      interrupt_status_ &= ~value;
      return;
    case 0x070:
      if (value == 0) {
        reset();
        return;
      }
      EXPECT_EQ(value & status_, status_) << "bits are only added";
      status_ = value;
      if ((value & kFeaturesOk) != 0 && !accepts_features) {
        status_ &= ~kFeaturesOk;
      }
      EXPECT_EQ(driver_features_ & ~features, 0u) << "nothing is accepted that is not offered";
      return;
    case 0x080:
    case 0x084:
      set_half(desc_, offset == 0x084, value);
      return;
    case 0x090:
    case 0x094:
      set_half(driver_, offset == 0x094, value);
      return;
    case 0x0a0:
    case 0x0a4:
      set_half(device_, offset == 0x0a4, value);
      return;
    default:
      ADD_FAILURE() << "no register that can be written: " << offset;
  }
}

std::string take_messages() {
  return std::exchange(messages, {});
}

}  // namespace faultline::test

using faultline::test::devices;
using faultline::test::handlers;
using faultline::test::messages;

void* ioremap(std::uint64_t address, std::uint64_t) {
  return reinterpret_cast<void*>(address);
}

std::uint32_t mmio_region::read(std::uintptr_t offset) const {
  return devices.at(base_)->read(offset);
}

void mmio_region::write(std::uintptr_t offset, std::uint32_t value) const {
  devices.at(base_)->write(offset, value);
}

bool request_irq(std::uint32_t irq, void (*handler)(void* context), void* context) {
  handlers[irq] = {handler, context};
  return true;
}

void printk(log_level, const char* format, ...) {
  char text[256];
  std::va_list args;
  va_start(args, format);
  lib::vformat_into(text, sizeof(text), format, args);
  va_end(args);
  messages += text;
}

void panic(const char* format, ...) {
  std::fprintf(stderr, "kernel panic: %s\n", format);
  std::abort();
}
