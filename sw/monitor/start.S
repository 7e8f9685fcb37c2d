// SPDX-License-Identifier: Apache-2.0
// The first instructions of the machine, and the monitor's trap entry and exit. The machine starts every
// hart here with a0 = mhartid and a1 = physical address of the device tree; only hart 0 goes on.

#include "sw/monitor/trap_frame.h"

  .section .text.start, "ax"
  .globl _start
  .type _start, @function
_start:
  csrw mie, zero
  bnez a0, park
  la sp, monitor_stack_top
  la t0, monitor_bss_begin
  la t1, monitor_bss_end
1:
  bgeu t0, t1, 2f
  sd zero, (t0)
  addi t0, t0, 8
  j 1b
2:
  csrw mscratch, sp
  la t0, monitor_trap_entry
  csrw mtvec, t0
  call monitor_main
park:
  wfi
  j park
  .size _start, . - _start

// Every trap to M mode. mscratch holds the top of the monitor's stack while anything else runs; a trap out
// of the monitor itself is a panic, so there is nothing to nest.
  .text
  .balign 4
  .globl monitor_trap_entry
  .type monitor_trap_entry, @function
monitor_trap_entry:
  csrrw sp, mscratch, sp
  addi sp, sp, -FRAME_SIZE
  .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  sd x\n, (\n * 8)(sp)
  .endr
  csrr t0, mscratch
  sd t0, (2 * 8)(sp)
  csrr t0, mepc
  sd t0, (0 * 8)(sp)
  mv a0, sp
  call monitor_trap
  ld t0, (0 * 8)(sp)
  csrw mepc, t0
  addi t0, sp, FRAME_SIZE
  csrw mscratch, t0
  .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  ld x\n, (\n * 8)(sp)
  .endr
  ld sp, (2 * 8)(sp)
  mret
  .size monitor_trap_entry, . - monitor_trap_entry

// [[noreturn]] void enter_supervisor(uint64_t hartid, uint64_t device_tree, uint64_t entry):
// leaves for S mode at `entry` with a0 and a1 as the boot protocol asks.
  .globl enter_supervisor
  .type enter_supervisor, @function
enter_supervisor:
  csrw mepc, a2
  csrw satp, zero
  la t0, monitor_stack_top
  csrw mscratch, t0
  li a2, 0
  mret
  .size enter_supervisor, . - enter_supervisor

  .bss
  .balign 16
  .skip 8192
monitor_stack_top:
