// SPDX-License-Identifier: Apache-2.0
// The kernel's first instructions, at its physical address, S mode, without translation: a0 = hart,
// a1 = physical address of the device tree. Builds the first page table, turns Sv39 on and goes on at the
// kernel's virtual address.

#include "sw/kernel/arch/riscv/layout.h"
#include "sw/kernel/arch/riscv/ptrace.h"

#define SATP_SV39 (8 << 60)

  .section .head.text, "ax"
  .globl _start
  .type _start, @function
_start:
  csrw sie, zero
  csrw sip, zero
  csrw sscratch, zero
  mv s1, a1
  la t0, __bss_start
  la t1, __bss_stop
1:
  bgeu t0, t1, 2f
  sd zero, (t0)
  addi t0, t0, 8
  j 1b
2:
  la sp, init_stack + KERNEL_STACK_SIZE
  mv a0, s1
  call setup_vm

  // The fetch after satp is written has no translation: it traps to stvec, the virtual address of label 3.
  la t0, 3f
  la t1, _start
  li t2, KERNEL_LINK_ADDRESS
  sub t2, t2, t1
  add t0, t0, t2
  csrw stvec, t0
  la t0, swapper_pg_dir
  srli t0, t0, 12
  li t1, SATP_SV39
  or t0, t0, t1
  sfence.vma
  csrw satp, t0
  .balign 4
3:
  la t0, handle_exception
  csrw stvec, t0
  la tp, init_task
  la sp, init_stack + KERNEL_STACK_SIZE - PT_SIZE  // above lie the registers of the first program
  mv a0, s1
  call start_kernel
  ebreak
  .size _start, . - _start
