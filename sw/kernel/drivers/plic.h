// SPDX-License-Identifier: Apache-2.0
#pragma once

// The platform-level interrupt controller: which device's interrupt calls which function (RISC-V
// PLIC Specification 1.0.0). All interrupts have one priority and go to the boot hart in S mode.

#include "sw/lib/fdt.h"

/// Finds the controller in the device tree, closes all its sources and lets it interrupt the hart.
/// False: there is none, and no device can interrupt.
[[nodiscard]] bool plic_init(const lib::Fdt& tree);
/// Calls handler(context) for each interrupt `irq` from now on, in interrupt context. False: the
/// controller has no such source.
[[nodiscard]] bool request_irq(std::uint32_t irq, void (*handler)(void* context), void* context);
/// Serves all interrupts that are pending. Called by the interrupt handler.
void plic_handle_irq();
