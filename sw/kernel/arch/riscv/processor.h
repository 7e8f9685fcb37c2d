// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the rest of the kernel asks of the processor: address spaces, program start, idling.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/mm/mm_types.h"

/// Opens the counters to programs and finds out how wide ASIDs are. Called once at boot.
void processor_init();

/// Makes `mm` the address space of this hart. Address spaces get their ASIDs here; when all have
/// been given, a new generation begins with a flush of the whole TLB.
void switch_mm(mm_struct& mm);
/// Leaves the current address space: no user memory until the next switch_mm().
void leave_mm();

/// Sets the current task's registers for a program that starts at `pc` with stack pointer `sp`; its
/// floating-point unit is on, with all registers zero.
void start_thread(pt_regs& regs, std::uintptr_t pc, std::uintptr_t sp);

/// Sleeps until an interrupt arrives and takes it. Interrupts are off before and after.
void wait_for_interrupt();
