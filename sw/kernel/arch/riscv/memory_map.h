// SPDX-License-Identifier: Apache-2.0
#pragma once

// The kernel's half of the address space: its image in leaves of 2 MiB (text executable, constants
// read-only, data writable), all RAM in the linear map, and windows on the device tree and on the
// registers of devices.

#include <cstdint>

#include "sw/kernel/arch/riscv/layout.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/pgtable.h"

/// The root table whose upper half every process shares; the lower half is empty.
extern "C" pgd_t swapper_pg_dir[PTRS_PER_TABLE];

/// Physical address of an object of the kernel's image.
[[nodiscard]] inline std::uint64_t kernel_image_to_phys(const void* object) {
  return reinterpret_cast<std::uintptr_t>(object) - KERNEL_LINK_ADDRESS + KERNEL_LOAD_ADDRESS;
}

/// Where the kernel's image lies in physical memory.
[[nodiscard]] phys_range kernel_image();

/// Where the device tree at physical address `device_tree` is seen through its window.
[[nodiscard]] const void* device_tree_window(std::uint64_t device_tree);

/// Makes the registers of a device visible, for good; panics if the window for them is full.
[[nodiscard]] void* ioremap(std::uint64_t address, std::uint64_t size);

/// Maps RAM linearly, with the largest leaves that fit (1 GiB, 2 MiB); the part below the kernel's
/// image stays out of the map, for it is the monitor's, and the image's text and constants are
/// read-only there too. Returns virtual minus physical address. `ram` begins and ends on multiples
/// of 2 MiB.
std::uintptr_t map_linear(phys_range ram);
