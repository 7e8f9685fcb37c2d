// SPDX-License-Identifier: Apache-2.0
// A handler that retires instructions and changes a register, but only ever traps again.
        .globl _start
_start: la      t0, handler
        csrw    mtvec, t0
        .balign 4
handler:
        addi    a0, a0, 1
        ecall
