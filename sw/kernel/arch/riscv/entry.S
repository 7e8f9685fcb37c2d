// SPDX-License-Identifier: Apache-2.0
// Trap entry and exit of the kernel. While a program runs, sscratch holds its task and tp is the program's;
// while the kernel runs, tp holds the task and sscratch is 0, which is how a nested trap is known. Interrupts
// stay off in the kernel, but for the idle loop.
// The simulator attributes the stages "save" and "restore" of a fault to the functions handle_exception and
// ret_from_exception.

#include "sw/kernel/arch/riscv/asm_offsets.h"
#include "sw/kernel/arch/riscv/ptrace.h"

#define STATUS_SPP (1 << 8)
#define STATUS_FS (3 << 13)
#define STATUS_SUM (1 << 18)
#define CAUSE_USER_CALL 8

  .text
  .balign 4
  .globl handle_exception
  .type handle_exception, @function
handle_exception:
  csrrw tp, sscratch, tp
  bnez tp, 1f
  csrr tp, sscratch
  sd sp, TASK_KERNEL_SP(tp)
1:
  sd sp, TASK_USER_SP(tp)
  ld sp, TASK_KERNEL_SP(tp)
  addi sp, sp, -PT_SIZE
  .irp n, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  sd x\n, (\n * 8)(sp)
  .endr

  // User memory and the floating-point unit are closed to the kernel unless it opens them.
  li t0, STATUS_SUM | STATUS_FS
  ld s0, TASK_USER_SP(tp)
  csrrc s1, sstatus, t0
  csrr s2, sepc
  csrr s3, stval
  csrr s4, scause
  csrr s5, sscratch
  sd s0, (PT_SP * 8)(sp)
  sd s1, (PT_STATUS * 8)(sp)
  sd s2, (PT_EPC * 8)(sp)
  sd s3, (PT_BADADDR * 8)(sp)
  sd s4, (PT_CAUSE * 8)(sp)
  sd s5, (PT_TP * 8)(sp)
  csrw sscratch, zero

  mv a0, sp
  la ra, ret_from_exception
  bltz s4, .Linterrupt
  li t0, CAUSE_USER_CALL
  beq s4, t0, .Lsystem_call
  slli t0, s4, 3
  la t1, excp_vect_table
  la t2, excp_vect_table_end
  add t0, t0, t1
  bgeu t0, t2, .Lunknown
  ld t0, (t0)
  jr t0
.Linterrupt:
  tail do_irq
.Lsystem_call:
  tail do_trap_ecall_u
.Lunknown:
  tail do_trap_unknown
  .size handle_exception, . - handle_exception

  .globl ret_from_exception
  .type ret_from_exception, @function
ret_from_exception:
  ld s0, (PT_STATUS * 8)(sp)
  andi s0, s0, STATUS_SPP
  bnez s0, .Lrestore
  lwu s1, TASK_WORK(tp)
  beqz s1, .Lto_user
  mv a0, sp
  call do_notify_resume
  j ret_from_exception
.Lto_user:
  addi s0, sp, PT_SIZE
  sd s0, TASK_KERNEL_SP(tp)
  csrw sscratch, tp
.Lrestore:
  ld a0, (PT_STATUS * 8)(sp)
  ld a2, (PT_EPC * 8)(sp)
  // An sc without its lr drops the reservation that the interrupted code may hold; should it succeed, it
  // stores what is there already.
  sc.d zero, a2, (sp)
  csrw sstatus, a0
  csrw sepc, a2
  .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  ld x\n, (\n * 8)(sp)
  .endr
  ld x2, (PT_SP * 8)(sp)
  sret
  .size ret_from_exception, . - ret_from_exception

// Where a new task begins, in the middle of the switch to it: a0 = the task before; s0 = a function of the
// kernel to call first (0: none), s1 = its argument.
  .globl ret_from_fork
  .type ret_from_fork, @function
ret_from_fork:
  call schedule_tail
  beqz s0, 1f
  mv a0, s1
  jalr s0
1:
  j ret_from_exception
  .size ret_from_fork, . - ret_from_fork

// Handlers by exception code (Privileged 1.12, table 3.6).
  .section .rodata
  .balign 8
excp_vect_table:
  .dword do_trap_insn_misaligned
  .dword do_trap_insn_fault
  .dword do_trap_insn_illegal
  .dword do_trap_break
  .dword do_trap_load_misaligned
  .dword do_trap_load_fault
  .dword do_trap_store_misaligned
  .dword do_trap_store_fault
  .dword do_trap_ecall_u
  .dword do_trap_unknown
  .dword do_trap_unknown
  .dword do_trap_unknown
  .dword do_trap_page_fault
  .dword do_trap_page_fault
  .dword do_trap_unknown
  .dword do_trap_page_fault
excp_vect_table_end:
