// SPDX-License-Identifier: Apache-2.0
#pragma once

// A virtio block device on a bench: a memory of fixed latency, a driver that fills rings by hand,
// and a record of the interrupts.

#include <gtest/gtest.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <string>
#include <systemc>
#include <tlm>
#include <utility>
#include <vector>

#include "models/dev/virtio_blk.h"
#include "tests/unit/dev/register_access.h"

namespace faultline {

inline constexpr Cycles kRamLatency = 20;

/// A memory that answers each transaction after kRamLatency, and remembers where they went.
struct Ram : sc_core::sc_module {
  static constexpr std::uint64_t kBase = 0x8000'0000;
  struct Access {
    bool write = false;
    std::uint64_t address = 0;
    unsigned bytes = 0;
    bool operator==(const Access&) const = default;
  };

  tlm_utils::simple_target_socket<Ram> socket{"socket"};
  std::vector<unsigned char> bytes = std::vector<unsigned char>(1 << 20);
  std::vector<Access> log;

  explicit Ram(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &Ram::b_transport);
  }
  [[nodiscard]] DirectMemory direct() { return {PhysAddr{kBase}, bytes.size(), bytes.data()}; }
  [[nodiscard]] unsigned char* at(std::uint64_t address) {
    return bytes.data() + (address - kBase);
  }
  template <typename T>
  void store(std::uint64_t address, T value) {
    std::memcpy(at(address), &value, sizeof value);
  }
  template <typename T>
  [[nodiscard]] T load(std::uint64_t address) {
    T value{};
    std::memcpy(&value, at(address), sizeof value);
    return value;
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    log.push_back({payload.is_write(), payload.get_address(), payload.get_data_length()});
    unsigned char* home = at(payload.get_address());
    if (payload.is_write()) {
      std::memmove(home, payload.get_data_ptr(), payload.get_data_length());
    } else {
      std::memmove(payload.get_data_ptr(), home, payload.get_data_length());
    }
    delay += sc_core::sc_time::from_value(kRamLatency * kPeriodPs);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// One descriptor, as the driver writes it.
struct RingDescriptor {
  static constexpr std::uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  std::uint16_t flags = 0;
  std::uint16_t next = 0;
};

inline VirtioBlkParams bench_disk() {
  return {.timing = {.read_latency_ns = 1000,
                     .write_latency_ns = 500,
                     .flush_latency_ns = 2000,
                     .read_bandwidth_mb_s = 1000,
                     .write_bandwidth_mb_s = 500,
                     .queue_depth = 1},
          .id = "bench"};
}

struct VirtioBench {
  using R = VirtioMmioRegister;
  static constexpr std::uint64_t kDescriptors = Ram::kBase + 0x1000;
  static constexpr std::uint64_t kAvailable = Ram::kBase + 0x2000;
  static constexpr std::uint64_t kUsed = Ram::kBase + 0x3000;
  static constexpr std::uint64_t kHeader = Ram::kBase + 0x4000;
  static constexpr std::uint64_t kStatusByte = Ram::kBase + 0x5000;
  static constexpr std::uint64_t kData = Ram::kBase + 0x1'0000;
  static constexpr unsigned kQueueSize = 8;
  static constexpr std::uint8_t kUntouched = 0xee;

  Ram ram{"ram"};
  DiskMedium medium{1 << 20};
  StatGroup stats{"disk"};
  VirtioBlkDevice device;
  RegisterAccess bus;
  std::vector<std::string> complaints;
  std::vector<Cycles> rises;  // of the interrupt line
  bool level = false;
  sc_core::sc_event raised;

  explicit VirtioBench(const VirtioBlkParams& params = bench_disk())
      : device("device", device_at(0x1000'1000, 0x1000), params, medium, stats),
        bus("bus", device) {
    device.dma.socket.bind(ram.socket);
    device.dma.connect({.memory = ram.direct()});
    device.on_complaint([this](const std::string& why) { complaints.push_back(why); });
    device.on_interrupt([this](bool now) {
      EXPECT_NE(now, level) << "only changes are reported";
      level = now;
      if (!now) return;
      rises.push_back(sc_core::sc_time_stamp().value() / kPeriodPs);
      raised.notify();
    });
    for (std::uint64_t i = 0; i < medium.bytes(); ++i) {
      medium.data()[i] = static_cast<unsigned char>(i / 512 + i * 7);
    }
  }

  /// Up to DRIVER_OK, with these features of the device.
  void start(std::uint64_t features = VirtioFeature::kVersion1) {
    bus.write(R::kStatus, 0);
    bus.write(R::kStatus, 1);
    bus.write(R::kStatus, 3);
    for (unsigned half = 0; half < 2; ++half) {
      bus.write(R::kDriverFeaturesSel, half);
      bus.write(R::kDriverFeatures, features >> (32 * half) & 0xffff'ffff);
    }
    bus.write(R::kStatus, 11);
    ASSERT_EQ(bus.read(R::kStatus), 11U);
    bus.write(R::kQueueSel, 0);
    bus.write(R::kQueueNum, kQueueSize);
    bus.write(R::kQueueDescLow, kDescriptors);
    bus.write(R::kQueueDriverLow, kAvailable);
    bus.write(R::kQueueDeviceLow, kUsed);
    bus.write(R::kQueueReady, 1);
    bus.write(R::kStatus, 15);
    std::memset(ram.at(kAvailable), 0, 64);
    std::memset(ram.at(kUsed), 0, 128);
    available_ = 0;
  }
  void put(unsigned index, const RingDescriptor& d) { ram.store(kDescriptors + 16 * index, d); }
  /// Makes the chain from `head` available, without a notification.
  void offer(std::uint16_t head) {
    ram.store<std::uint16_t>(kAvailable + 4 + 2 * (available_ % kQueueSize), head);
    ram.store<std::uint16_t>(kAvailable + 2, ++available_);
  }
  void notify() { bus.write(R::kQueueNotify, 0); }
  /// A request in descriptors 0 to 2 (or 0 and 1, without data), offered.
  void request(std::uint32_t type, std::uint64_t sector, std::uint32_t bytes) {
    ram.store<std::uint32_t>(kHeader, type);
    ram.store<std::uint32_t>(kHeader + 4, 0);
    ram.store<std::uint64_t>(kHeader + 8, sector);
    ram.store<std::uint8_t>(kStatusByte, kUntouched);
    const bool writes_memory = type != VirtioBlk::kOut;
    put(0, {kHeader, 16, RingDescriptor::kNext, 1});
    if (bytes != 0) {
      const unsigned direction = writes_memory ? RingDescriptor::kWrite : 0;
      put(1, {kData, bytes, static_cast<std::uint16_t>(RingDescriptor::kNext | direction), 2});
    }
    put(bytes != 0 ? 2 : 1, {kStatusByte, 1, RingDescriptor::kWrite, 0});
    offer(0);
  }
  /// Waits for the interrupt and acknowledges it; the request's status byte.
  unsigned finish() {
    if (!level) sc_core::wait(sc_core::sc_time(1, sc_core::SC_SEC), raised);
    EXPECT_TRUE(level) << "no interrupt in a second";
    bus.write(R::kInterruptAck, bus.read(R::kInterruptStatus));
    EXPECT_FALSE(level);
    return ram.load<std::uint8_t>(kStatusByte);
  }
  unsigned run(std::uint32_t type, std::uint64_t sector, std::uint32_t bytes) {
    request(type, sector, bytes);
    notify();
    return finish();
  }
  [[nodiscard]] unsigned used_index() { return ram.load<std::uint16_t>(kUsed + 2); }
  /// Head and length of the used ring's entry.
  [[nodiscard]] std::pair<unsigned, unsigned> used(unsigned slot) {
    return {ram.load<std::uint32_t>(kUsed + 4 + 8 * slot),
            ram.load<std::uint32_t>(kUsed + 8 + 8 * slot)};
  }
  [[nodiscard]] bool data_equal_disk(std::uint64_t sector, std::uint64_t bytes) {
    return std::memcmp(ram.at(kData), medium.data() + 512 * sector, bytes) == 0;
  }

 private:
  std::uint16_t available_ = 0;
};

}  // namespace faultline
