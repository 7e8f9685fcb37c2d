// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the kernel lives in Sv39's address space; the same places as Linux 6.1's. Shared by
// assembly, C++ and the linker script.

#define KERNEL_LOAD_ADDRESS 0x80200000         /* physical, given by the monitor */
#define KERNEL_LINK_ADDRESS 0xffffffff80000000 /* virtual, of the kernel's image */
#define LINEAR_MAP_ADDRESS 0xffffffd800000000  /* virtual, of all RAM */
#define DEVICE_WINDOW 0xffffffffb0000000       /* virtual, 252 MiB for registers of devices */
#define DEVICE_TREE_WINDOW 0xffffffffbfc00000  /* virtual, 4 MiB for the device tree at boot */
#define KERNEL_STACK_SIZE 16384
