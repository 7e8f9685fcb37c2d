// SPDX-License-Identifier: Apache-2.0
#pragma once

// Block devices of type virtio-blk (Virtual I/O Device 1.2, 5.2). Several requests are in flight at
// once, as many as the queue has descriptors for; the others wait in the driver.

#include "sw/lib/fdt.h"

/// Finds the virtio devices in the device tree, and registers the block devices among them as vda,
/// vdb, ... in the order of their addresses; others are skipped, those that do not work are
/// reported. plic_init() has found the interrupt controller.
void virtio_blk_init(const lib::Fdt& tree);
