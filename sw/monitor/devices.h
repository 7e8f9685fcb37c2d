// SPDX-License-Identifier: Apache-2.0
#pragma once

// The devices that the monitor itself uses, at the addresses of QEMU's `virt` machine: a 16550 as
// console, the CLINT's timer and software interrupt of hart 0, and the test finisher that ends the
// machine.

#include <cstdint>

namespace monitor {

/// Waits until the transmitter takes a character, and sends `c`.
void console_put(char c);
/// The next character received, or -1 if none has arrived.
int console_get();

/// Arms the CLINT's timer interrupt of hart 0 for when mtime reaches `when`.
void clint_set_timer(std::uint64_t when);

/// Ends the machine: status 0 as passed, any other (16 bits) as failed with that status.
[[noreturn]] void finish(unsigned status);
/// Restarts the machine.
[[noreturn]] void restart();

}  // namespace monitor
