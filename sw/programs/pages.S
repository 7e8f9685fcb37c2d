// SPDX-License-Identifier: Apache-2.0
// The content of /data/pages: 4096 pages, each filled with its own number.
  .section .rodata
  .set number, 0
  .rept 4096
  .fill 512, 8, number
  .set number, number + 1
  .endr
