// SPDX-License-Identifier: Apache-2.0
// Loads from 64 lines and 5 more pages; passes if mhpmcounter3 and mhpmcounter4 counted exactly the misses
// of the L1 data cache (event 8) and of the L2 (event 9), else fails with status 1 or 2.
        .globl _start
_start: li      t0, 8
        csrw    mhpmevent3, t0
        li      t0, 9
        csrw    mhpmevent4, t0
        li      s0, 0x81000000
        li      s1, 64
        csrr    s2, mhpmcounter3
        csrr    s3, mhpmcounter4
1:      ld      t1, 0(s0)
        addi    s0, s0, 64
        addi    s1, s1, -1
        bnez    s1, 1b
        csrr    s4, mhpmcounter3
        csrr    s5, mhpmcounter4
        sub     s4, s4, s2
        sub     s5, s5, s3
        li      t0, 0x100000
        li      t1, (1 << 16) | 0x3333
        li      t2, 64
        bne     s4, t2, 2f
        li      t1, (2 << 16) | 0x3333
        bne     s5, t2, 2f
        li      t1, 0x5555
2:      sw      t1, 0(t0)
3:      j       3b
