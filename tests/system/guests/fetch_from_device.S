// SPDX-License-Identifier: Apache-2.0
// Fetches from the UART; passes if that is an instruction access fault with the address in mtval.
        .globl _start
_start: la      t0, handler
        csrw    mtvec, t0
        li      s0, 0x10000000
        jr      s0
        .balign 4
handler:
        li      t0, 0x100000
        li      t1, 0x3333
        csrr    t2, mcause
        li      t3, 1
        bne     t2, t3, 1f
        csrr    t2, mtval
        bne     t2, s0, 1f
        li      t1, 0x5555
1:      sw      t1, 0(t0)
2:      j       2b
