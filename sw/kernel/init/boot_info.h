// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the device tree says of the machine and of the boot, as far as the kernel uses it.

#include <cstdint>
#include <string_view>

#include "sw/kernel/mm/page_alloc.h"

struct boot_info {
  phys_range ram;                    ///< the range that holds the kernel
  phys_range device_tree;            ///< the tree itself
  phys_range archive;                ///< the initial archive; empty if there is none
  std::uint64_t timebase_frequency;  ///< ticks of `time` per second
  std::string_view command_line;     ///< in the tree
};

/// Reads the device tree at a physical address, through its window; panics if it is unusable.
[[nodiscard]] boot_info read_boot_info(std::uint64_t device_tree);
