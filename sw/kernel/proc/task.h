// SPDX-License-Identifier: Apache-2.0
#pragma once

// A process: what the kernel keeps for it besides its address space and its files. There is one so
// far, the first program, started by the kernel itself.

#include <cstddef>
#include <cstdint>

#include "sw/kernel/arch/riscv/asm_offsets.h"
#include "sw/kernel/arch/riscv/layout.h"
#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/proc/signal.h"

struct files_struct;
struct fs_struct;

struct task_struct {
  // Known to assembly by offset.
  std::uintptr_t kernel_sp;  ///< where the next trap from the program puts its registers
  std::uintptr_t user_sp;    ///< the interrupted code's sp, between two instructions of the entry
  std::uint32_t work;        ///< nonzero: do_notify_resume before going back to the program

  int pid;
  unsigned memalloc_flags;  ///< see current_memalloc_flags()
  mm_struct* mm;            ///< null: none, the task is the kernel's alone
  files_struct* files;
  fs_struct* fs;
  std::uint8_t* stack;  ///< KERNEL_STACK_SIZE bytes
  signal_state signals;
  char comm[16];  ///< name of the program, for messages
};
static_assert(offsetof(task_struct, kernel_sp) == TASK_KERNEL_SP);
static_assert(offsetof(task_struct, user_sp) == TASK_USER_SP);
static_assert(offsetof(task_struct, work) == TASK_WORK);

/// The first process.
extern "C" task_struct init_task;

/// The process that runs on this hart.
[[nodiscard]] inline task_struct* get_current() {
  task_struct* task;
  asm("mv %0, tp" : "=r"(task));
  return task;
}

/// Where the registers of a task's program lie while it is in the kernel.
[[nodiscard]] inline pt_regs* task_pt_regs(const task_struct& task) {
  return reinterpret_cast<pt_regs*>(task.stack + KERNEL_STACK_SIZE) - 1;
}

/// Ends the current process. `status` is the exit status, or 128 + the number of the signal that
/// ended it. The first process takes the machine with it.
[[noreturn]] void do_exit(unsigned status);
