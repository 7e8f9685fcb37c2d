// SPDX-License-Identifier: Apache-2.0
// A chain of jumps, one in each line of 128 KiB: it leaves nothing else in an instruction cache.
        .text
        .balign 64
        .globl  walk_through_code
        .type   walk_through_code, @function
walk_through_code:
        .rept   2047
        j       1f
        .balign 64
1:
        .endr
        ret
        .size   walk_through_code, . - walk_through_code
        .section .note.GNU-stack, "", @progbits
