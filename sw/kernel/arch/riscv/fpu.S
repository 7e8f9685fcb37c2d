// SPDX-License-Identifier: Apache-2.0
// The floating-point state. The kernel itself never uses it, so a program's registers stay where they are
// until another task comes. Both functions leave the unit off, as they find it.

#define STATUS_FS (3 << 13)
#define FCSR_OFFSET (32 * 8)

  .text
  .option push
  .option arch, +d
// void __fstate_save(fp_state* to)
  .globl __fstate_save
  .type __fstate_save, @function
__fstate_save:
  li t1, STATUS_FS
  csrs sstatus, t1
  frcsr t0
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  fsd f\n, (\n * 8)(a0)
  .endr
  sw t0, FCSR_OFFSET(a0)
  csrc sstatus, t1
  ret
  .size __fstate_save, . - __fstate_save

// void __fstate_restore(const fp_state* from)
  .globl __fstate_restore
  .type __fstate_restore, @function
__fstate_restore:
  li t1, STATUS_FS
  lw t0, FCSR_OFFSET(a0)
  csrs sstatus, t1
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  fld f\n, (\n * 8)(a0)
  .endr
  fscsr t0
  csrc sstatus, t1
  ret
  .size __fstate_restore, . - __fstate_restore
  .option pop
