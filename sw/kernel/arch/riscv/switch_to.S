// SPDX-License-Identifier: Apache-2.0
// The switch between tasks. The simulator takes the entry of __switch_to, with the tasks in a0 and a1, as the
// moment in which the work of one task ends and that of the next goes on.

#include "sw/kernel/arch/riscv/asm_offsets.h"
#include "sw/kernel/arch/riscv/switch_to.h"

  .text
// task_struct* __switch_to(task_struct* prev, task_struct* next)
  .globl __switch_to
  .type __switch_to, @function
__switch_to:
  addi a3, a0, TASK_THREAD
  addi a4, a1, TASK_THREAD
  sd ra, THREAD_RA(a3)
  sd sp, THREAD_SP(a3)
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  sd s\n, (THREAD_S0 + \n * 8)(a3)
  .endr
  ld ra, THREAD_RA(a4)
  ld sp, THREAD_SP(a4)
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
  ld s\n, (THREAD_S0 + \n * 8)(a4)
  .endr
  mv tp, a1
  ret
  .size __switch_to, . - __switch_to
