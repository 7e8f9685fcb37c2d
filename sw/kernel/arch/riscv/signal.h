// SPDX-License-Identifier: Apache-2.0
#pragma once

// Signal handlers of programs: the frame on the program's stack, in the layout that Linux has on
// RV64 and that the C library and unwinders know, and the return from it.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"

/// Before the program goes on: lets the handlers of pending signals run, and makes an interrupted
/// system call end with EINTR or start again. May end the process.
void do_signal(pt_regs& regs);

/// rt_sigreturn: the registers become those of the frame that the stack pointer points to. A frame
/// that cannot be read ends the program with SIGSEGV. Returns what a0 shall be.
[[nodiscard]] std::int64_t restore_signal_frame(pt_regs& regs);
