// SPDX-License-Identifier: Apache-2.0
#pragma once

// The hart's clock as a source of interrupts: stimecmp (Sstc 1.0) where the hart has it, else the
// monitor's timer call (SBI 1.0, chapter 6).

#include <cstdint>

/// Finds out which of the two there is, and enables the clock's interrupt.
void clock_init();
/// Lets the clock interrupt once the time counter has reached `ticks`, and takes back an interrupt
/// that is pending; ~0: never.
void set_clock(std::uint64_t ticks);
/// Ticks of the time counter since the start of the machine.
[[nodiscard]] std::uint64_t read_time();
