// SPDX-License-Identifier: Apache-2.0
// Writes "hi\n" to the UART and "ho\n" by HTIF's console calls, then passes.
        .globl _start
_start: li      s0, 0x10000000
        la      s1, tohost
        la      s2, uart_text
1:      lbu     t0, 0(s2)
        beqz    t0, 2f
        sb      t0, 0(s0)
        addi    s2, s2, 1
        j       1b
2:      la      s2, htif_text
3:      lbu     t0, 0(s2)
        beqz    t0, 4f
        li      t1, (1 << 56) | (1 << 48)
        or      t0, t0, t1
        sd      t0, 0(s1)
        addi    s2, s2, 1
        j       3b
4:      li      t0, 1
        sd      t0, 0(s1)
5:      j       5b
uart_text:
        .asciz  "hi\n"
htif_text:
        .asciz  "ho\n"
        .section .tohost, "aw"
        .balign 64
        .globl  tohost
tohost: .dword  0
