// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a task's registers are while another task is on the hart, and the switch itself. The kernel
// does not use the floating-point unit, so a task's floating-point registers stay on the hart until
// another task comes.

#define THREAD_RA 0
#define THREAD_SP 8
#define THREAD_S0 16

#ifndef __ASSEMBLER__
#include <cstddef>
#include <cstdint>

struct task_struct;

/// The floating-point registers (Linux: __riscv_d_ext_state).
struct fp_state {
  std::uint64_t f[32];
  std::uint32_t fcsr;
};

/// Registers that a function call preserves, and the floating-point state as far as it was saved
/// (sstatus.FS of the program's registers says whether the hart's is newer: dirty).
struct thread_struct {
  std::uint64_t ra, sp, s[12];
  fp_state fstate;
};
static_assert(offsetof(thread_struct, ra) == THREAD_RA && offsetof(thread_struct, sp) == THREAD_SP);
static_assert(offsetof(thread_struct, s) == THREAD_S0);

/// Saves what a call preserves in prev->thread, makes `next` current and returns in it; the value
/// is the task that ran before. The simulator knows a switch by this function's entry.
extern "C" task_struct* __switch_to(task_struct* prev, task_struct* next);

/// Saves the program's floating-point registers in the task if they are newer.
void save_fp_state(task_struct& task);
/// Loads the program's floating-point registers from the task.
void restore_fp_state(task_struct& task);
#endif
