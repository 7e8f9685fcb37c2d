// SPDX-License-Identifier: Apache-2.0
// The instructions that touch user memory on behalf of a system call. Each has an entry in __ex_table that
// says where to go on when its page cannot be had.

#define STATUS_SUM (1 << 18)

  .macro fixup at, to
  .pushsection __ex_table, "a"
  .balign 8
  .dword \at, \to
  .popsection
  .endm

  .text
// size_t __user_copy(void* to, const void* from, size_t size): copies between kernel and user memory, in
// either direction; returns the number of bytes not copied.
  .globl __user_copy
  .type __user_copy, @function
__user_copy:
  li t6, STATUS_SUM
  csrs sstatus, t6
  add a3, a0, a2
  or t0, a0, a1
  andi t0, t0, 7
  bnez t0, .Lbytes
  andi t0, a2, -64
  add a4, a0, t0
.Lblocks:
  bgeu a0, a4, .Lbytes
  // One block of 64 bytes; nothing is stored until all of it is loaded. A fault copies it byte by byte.
10: ld t0, 0(a1)
11: ld t1, 8(a1)
12: ld t2, 16(a1)
13: ld t3, 24(a1)
14: ld t4, 32(a1)
15: ld t5, 40(a1)
16: ld a6, 48(a1)
17: ld a7, 56(a1)
20: sd t0, 0(a0)
21: sd t1, 8(a0)
22: sd t2, 16(a0)
23: sd t3, 24(a0)
24: sd t4, 32(a0)
25: sd t5, 40(a0)
26: sd a6, 48(a0)
27: sd a7, 56(a0)
  .irp n, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 27
  fixup \n\()b, .Lbytes
  .endr
  addi a0, a0, 64
  addi a1, a1, 64
  j .Lblocks
.Lbytes:
  bgeu a0, a3, .Lcopied
30: lb t0, 0(a1)
31: sb t0, 0(a0)
  fixup 30b, .Lcopied
  fixup 31b, .Lcopied
  addi a0, a0, 1
  addi a1, a1, 1
  j .Lbytes
.Lcopied:
  csrc sstatus, t6
  sub a0, a3, a0
  ret
  .size __user_copy, . - __user_copy

// size_t __user_clear(void* to, size_t size): zeroes user memory; returns the number of bytes not zeroed.
  .globl __user_clear
  .type __user_clear, @function
__user_clear:
  li t6, STATUS_SUM
  csrs sstatus, t6
  add a3, a0, a1
.Lclear_bytes:
  bgeu a0, a3, .Lcleared
  andi t0, a0, 7
  bnez t0, 40f
  sub t0, a3, a0
  sltiu t0, t0, 8
  bnez t0, 40f
41: sd zero, 0(a0)
  fixup 41b, 40f
  addi a0, a0, 8
  j .Lclear_bytes
40: sb zero, 0(a0)
  fixup 40b, .Lcleared
  addi a0, a0, 1
  j .Lclear_bytes
.Lcleared:
  csrc sstatus, t6
  sub a0, a3, a0
  ret
  .size __user_clear, . - __user_clear
