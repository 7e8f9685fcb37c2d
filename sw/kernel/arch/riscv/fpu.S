// SPDX-License-Identifier: Apache-2.0
// The floating-point state. The kernel itself never uses it, so a program's registers stay where they are
// while the kernel runs.

  .text
// void fstate_clear(): all registers and fcsr zero; sstatus.FS must not be off.
  .option push
  .option arch, +d
  .globl fstate_clear
  .type fstate_clear, @function
fstate_clear:
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  fmv.d.x f\n, zero
  .endr
  csrw fcsr, zero
  ret
  .size fstate_clear, . - fstate_clear
  .option pop
