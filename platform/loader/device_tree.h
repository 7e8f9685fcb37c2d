// SPDX-License-Identifier: Apache-2.0
#pragma once

// The flattened device tree that tells the guest what machine it runs on: the devices and addresses
// of QEMU's RISC-V `virt` machine that the board has, with the compatible strings that Linux 6.1
// binds to.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/types.h"
#include "platform/board_layout.h"

namespace faultline {

/// A range of physical addresses.
struct DeviceRange {
  PhysAddr base{};
  std::uint64_t bytes = 0;
};

struct DeviceTreeParams {
  unsigned harts = 1;
  std::string isa = "rv64imafdc_zicsr_zifencei_sstc";  ///< riscv,isa of every hart
  std::string mmu_type = "riscv,sv39";
  std::uint32_t timebase_hz = layout::kTimebaseHz;  ///< frequency of mtime

  DeviceRange memory{layout::kDram, std::uint64_t{2} << 30};
  DeviceRange test_finisher{layout::kFinisher, layout::kFinisherBytes};
  DeviceRange clint{layout::kClint, layout::kClintBytes};
  DeviceRange plic{layout::kPlic, layout::kPlicBytes};
  unsigned plic_sources = 96;  ///< riscv,ndev (QEMU 7.2's value)
  DeviceRange uart{layout::kUart, layout::kUartBytes};
  std::uint32_t uart_clock_hz = 3'686'400;
  unsigned uart_interrupt = layout::kUartInterrupt;
  /// The virtio-mmio transports that are there, each below layout::kVirtioSlots.
  std::vector<unsigned> virtio_slots;

  std::string bootargs;                        ///< the kernel's command line
  std::optional<DeviceRange> initial_archive;  ///< linux,initrd-start and -end
};

/// The tree as the guest reads it (devicetree specification 0.4, chapter 5). Throws
/// std::runtime_error if the tree cannot be built.
[[nodiscard]] std::vector<unsigned char> build_device_tree(const DeviceTreeParams& params);

}  // namespace faultline
