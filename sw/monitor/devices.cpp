// SPDX-License-Identifier: Apache-2.0
#include "sw/monitor/devices.h"

namespace monitor {
namespace {

constexpr std::uintptr_t kFinisher = 0x100000;
constexpr std::uint32_t kFinisherPass = 0x5555;
constexpr std::uint32_t kFinisherFail = 0x3333;
constexpr std::uint32_t kFinisherReset = 0x7777;
constexpr unsigned kFinisherStatusShift = 16;

constexpr std::uintptr_t kClintMtimecmp = 0x2004000;

// 16550: registers and bits of the line status register.
constexpr std::uintptr_t kUartData = 0x10000000;
constexpr std::uintptr_t kUartLineStatus = kUartData + 5;
constexpr std::uint8_t kLineDataReady = 1u << 0;
constexpr std::uint8_t kLineTransmitterEmpty = 1u << 5;

template <typename Register>
volatile Register& at(std::uintptr_t address) {
  return *reinterpret_cast<volatile Register*>(address);
}

[[noreturn]] void write_finisher(std::uint32_t value) {
  at<std::uint32_t>(kFinisher) = value;
  for (;;) asm volatile("wfi");
}

}  // namespace

void console_put(char c) {
  while ((at<std::uint8_t>(kUartLineStatus) & kLineTransmitterEmpty) == 0) {
  }
  at<std::uint8_t>(kUartData) = static_cast<std::uint8_t>(c);
}

int console_get() {
  if ((at<std::uint8_t>(kUartLineStatus) & kLineDataReady) == 0) return -1;
  return at<std::uint8_t>(kUartData);
}

void clint_set_timer(std::uint64_t when) {
  at<std::uint64_t>(kClintMtimecmp) = when;
}

void finish(unsigned status) {
  write_finisher(status == 0 ? kFinisherPass : status << kFinisherStatusShift | kFinisherFail);
}

void restart() {
  write_finisher(kFinisherReset);
}

}  // namespace monitor
