// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where things are on the board: the memory map of QEMU's RISC-V `virt` machine (hw/riscv/virt.c of
// QEMU 7.2, virt_memmap). One place, for the bus, the device tree and the tests.

#include <cstdint>

#include "models/common/types.h"

namespace faultline::layout {

inline constexpr PhysAddr kFinisher{0x10'0000};
inline constexpr std::uint64_t kFinisherBytes = 0x1000;
inline constexpr PhysAddr kClint{0x200'0000};
inline constexpr std::uint64_t kClintBytes = 0x1'0000;
inline constexpr PhysAddr kPlic{0xc00'0000};
inline constexpr std::uint64_t kPlicBytes = 0x60'0000;
inline constexpr PhysAddr kUart{0x1000'0000};
inline constexpr std::uint64_t kUartBytes = 0x100;
inline constexpr unsigned kUartInterrupt = 10;
/// virtio-mmio transports: slot n lies n times kVirtioBytes above the first and has interrupt n
/// + 1.
inline constexpr PhysAddr kVirtio{0x1000'1000};
inline constexpr std::uint64_t kVirtioBytes = 0x1000;
inline constexpr unsigned kVirtioInterrupt = 1;
inline constexpr unsigned kVirtioSlots = 8;
inline constexpr unsigned kDiskSlot = 0;
inline constexpr unsigned kSwapSlot = 1;
inline constexpr PhysAddr kDram{0x8000'0000};

/// Where QEMU's `-bios` and `-kernel` put their images, and the monitor starts and finds the
/// kernel.
inline constexpr PhysAddr kMonitor{0x8000'0000};
inline constexpr PhysAddr kKernel{0x8020'0000};

inline constexpr unsigned kTimebaseHz = 10'000'000;

}  // namespace faultline::layout
