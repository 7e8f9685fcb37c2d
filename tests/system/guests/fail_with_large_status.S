// SPDX-License-Identifier: Apache-2.0
// Ends with status 2^32 through tohost: a failure whose low 32 bits are 0.
        .globl _start
_start: la      t0, tohost
        li      t1, (1 << 33) | 1
        sd      t1, 0(t0)
1:      j       1b
        .section .tohost, "aw"
        .balign 64
        .globl  tohost
tohost: .dword  0
