// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the rest of the kernel asks of the processor: address spaces, program start, time.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/mm/mm_types.h"

/// Opens the counters to programs and finds out how wide ASIDs are. Called once at boot.
void processor_init();

/// Makes `mm` the address space of this hart; its first time gives it an ASID. Only one address
/// space with an ASID may be alive at a time.
void switch_mm(mm_struct& mm);
/// Leaves the current address space: no user memory until the next switch_mm().
void leave_mm();

/// Registers of a program about to start at `pc` with stack pointer `sp`; its floating-point unit
/// is on, with all registers zero.
void start_thread(pt_regs& regs, std::uintptr_t pc, std::uintptr_t sp);

/// Leaves the kernel for the program whose registers lie at the top of the kernel's stack.
extern "C" [[noreturn]] void return_to_user(pt_regs* regs);

/// Ticks of the time counter since the start of the machine.
[[nodiscard]] std::uint64_t read_time();
