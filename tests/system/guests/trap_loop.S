// SPDX-License-Identifier: Apache-2.0
// The handler's own first instruction is illegal.
        .globl _start
_start: la      t0, handler
        csrw    mtvec, t0
        ecall
        .balign 4
handler:
        .word   0
