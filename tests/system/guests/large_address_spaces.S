// SPDX-License-Identifier: Apache-2.0
// Sv39, Sv48 and Sv57, one after the other, as far as satp takes them: pages of all sizes, the
// lowest and the highest addresses, faults, fences. Writes a line for each access:
//   <kind> <address> <mcause> <what was loaded, or mtval; of an ecall mepc>
// Loads and stores are made from M mode with MPRV, so that nothing of the program need be mapped.

        .equ    UART, 0x10000000
        .equ    FINISHER, 0x100000
        .equ    DATA, 0x80300000        // a page of data: its dword 1 is loaded
        .equ    CODE, 0x80301000        // a page of code: an ecall
        .equ    OTHER, 0x80302000       // another page of data
        .equ    TABLES, 0x80400000      // zero at first
        .equ    PAGE, 4096
        .equ    RW, 0xc7                // D A W R V
        .equ    RX, 0xcb                // D A X R V
        .equ    MPRV, 1 << 17
        .equ    MPP, 3 << 11
        .equ    MPP_S, 1 << 11

        // s0 root, s1 next free page of tables, s2 mode, s3 levels, s4 mcause, s5 result,
        // s6 where a trap continues, s7 all address bits below the highest one, s8 log2 of what an
        // entry of the root maps, s11 an access's return address
        .globl _start
_start: la      t0, handler
        csrw    mtvec, t0
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      sp, stack_top
        li      t0, DATA
        li      t1, 0x1122334455667788
        sd      t1, 8(t0)
        li      t0, OTHER
        not     t1, t1
        sd      t1, 8(t0)
        li      t0, CODE
        li      t1, 0x73                // ecall
        sw      t1, 0(t0)
        fence.i
        li      s1, TABLES
        li      s2, 8
modes:  call    try_mode
        addi    s2, s2, 1
        li      t0, 10
        bleu    s2, t0, modes
        li      t0, FINISHER
        li      t1, 0x5555
        sw      t1, 0(t0)
1:      j       1b

        .balign 4
handler:
        csrr    s4, mcause
        csrr    s5, mtval
        li      t0, MPRV
        csrc    mstatus, t0
        jr      s6

// All of one mode, if satp takes it.
try_mode:
        addi    sp, sp, -16
        sd      ra, 0(sp)
        addi    s3, s2, -5
        mv      s0, s1
        li      t0, PAGE
        add     s1, s1, t0
        slli    t0, s2, 60
        srli    t1, s0, 12
        or      t0, t0, t1
        csrw    satp, zero
        csrw    satp, t0
        sfence.vma
        csrr    t0, satp
        srli    s5, t0, 60
        li      s4, 0
        mv      a0, s2
        li      a1, 'M'
        call    report
        bne     s5, s2, 1f
        slli    t0, s3, 3
        add     t0, t0, s3              // 9 x levels
        addi    s8, t0, 3
        addi    t0, t0, 11
        li      t1, 1
        sll     t1, t1, t0
        addi    s7, t1, -1
        call    try_smallest_pages
        call    try_superpages
        call    try_addresses_that_are_none
1:      ld      ra, 0(sp)
        addi    sp, sp, 16
        ret

try_smallest_pages:
        addi    sp, sp, -16
        sd      ra, 0(sp)
        sd      s9, 8(sp)
        li      s9, 9 << 48 | 8 << 39 | 7 << 30 | 6 << 21 | 5 << 12
        and     s9, s9, s7
        mv      a0, s9
        li      a1, 0
        li      a2, DATA >> 2 | RW
        call    map
        addi    a0, s9, 8
        call    load
        addi    a0, s9, 16
        call    store
        addi    a0, s9, 16
        call    load
        mv      a0, s9
        call    fetch                   // not executable
        li      a0, PAGE
        add     a0, a0, s9
        call    load                    // not mapped

        li      a0, -PAGE               // the highest page
        li      a1, 0
        li      a2, CODE >> 2 | RX
        call    map
        li      a0, -PAGE
        call    fetch
        li      a0, -8
        call    load
        li      a0, -8
        call    store                   // not writable

        mv      a0, s9                  // another page takes the first one's place
        li      a1, 0
        li      a2, OTHER >> 2 | RW
        call    map
        sfence.vma s9
        addi    a0, s9, 8
        call    load
        ld      s9, 8(sp)
        ld      ra, 0(sp)
        addi    sp, sp, 16
        ret

// One page of each level above 0, each below an entry of the root of its own: 16 + level; and
// misaligned ones below 24 + level.
try_superpages:
        addi    sp, sp, -32
        sd      ra, 0(sp)
        sd      s9, 8(sp)
        sd      s10, 16(sp)
        li      s9, 1
1:      addi    s10, s9, 16
        sll     s10, s10, s8
        la      t0, superpages
        slli    t1, s9, 3
        add     t0, t0, t1
        ld      t1, 0(t0)               // where the page lies
        li      t2, DATA + 8
        sub     t2, t2, t1
        add     s10, s10, t2            // the address that shows DATA + 8
        mv      a0, s10
        mv      a1, s9
        srli    a2, t1, 2
        ori     a2, a2, RW
        call    map
        mv      a0, s10
        call    load
        mv      a0, s10
        mv      a1, s9
        call    next_page
        call    load                    // the next page of that size: not mapped
        mv      a0, s10
        mv      a1, s9
        li      a2, 0
        call    map
        sfence.vma s10
        mv      a0, s10
        call    load                    // not mapped any more

        addi    s10, s9, 24
        sll     s10, s10, s8
        mv      a0, s10
        mv      a1, s9
        li      a2, DATA >> 2 | RW
        call    map
        mv      a0, s10
        call    load                    // misaligned
        addi    s9, s9, 1
        bltu    s9, s3, 1b
        ld      s10, 16(sp)
        ld      s9, 8(sp)
        ld      ra, 0(sp)
        addi    sp, sp, 32
        ret

// Not canonical: the highest translated bit differs from those above, one way and the other.
try_addresses_that_are_none:
        addi    sp, sp, -16
        sd      ra, 0(sp)
        addi    a0, s7, 1
        call    load
        addi    a0, s7, 1
        call    store
        addi    a0, s7, 1
        call    fetch
        addi    t0, s7, 1
        not     a0, t0
        andi    a0, a0, -8
        call    load
        ld      ra, 0(sp)
        addi    sp, sp, 16
        ret

// Writes the entry of address a0 at level a1: a2. Makes the tables above.
map:    mv      t6, s0
        addi    t0, s3, -1
1:      slli    t1, t0, 3
        add     t1, t1, t0
        addi    t1, t1, 12
        srl     t2, a0, t1
        andi    t2, t2, 511
        slli    t2, t2, 3
        add     t2, t6, t2
        beq     t0, a1, 3f
        ld      t3, 0(t2)
        bnez    t3, 2f
        srli    t3, s1, 2
        ori     t3, t3, 1
        sd      t3, 0(t2)
        li      t4, PAGE
        add     s1, s1, t4
2:      srli    t6, t3, 10
        slli    t6, t6, 12
        addi    t0, t0, -1
        j       1b
3:      sd      a2, 0(t2)
        ret

// a0 += the size of a page of level a1.
next_page:
        slli    t1, a1, 3
        add     t1, t1, a1
        addi    t1, t1, 12
        li      t0, 1
        sll     t0, t0, t1
        add     a0, a0, t0
        ret

// One access to a0 as S mode's, and its report.
load:   mv      s11, ra
        la      s6, 1f
        call    enter_supervisor
        csrs    mstatus, t0
        ld      s5, 0(a0)
        csrc    mstatus, t0
1:      li      a1, 'L'
        j       report_and_return
store:  mv      s11, ra
        la      s6, 1f
        call    enter_supervisor
        csrs    mstatus, t0
        sd      a0, 0(a0)
        csrc    mstatus, t0
1:      li      a1, 'S'
        j       report_and_return
fetch:  mv      s11, ra
        la      s6, 1f
        call    enter_supervisor
        csrw    mepc, a0
        mret
1:      li      a1, 'F'
        li      t0, 9                   // an ecall from S mode: it was executed
        bne     s4, t0, report_and_return
        csrr    s5, mepc
report_and_return:
        mv      ra, s11
        j       report

// Sets MPP to S, and t0 to MPRV; clears what a trap sets.
enter_supervisor:
        li      s4, 0
        li      s5, 0
        li      t0, MPP
        csrc    mstatus, t0
        li      t0, MPP_S
        csrs    mstatus, t0
        li      t0, MPRV
        ret

// Writes the letter a1, then a0, s4 and s5 in hexadecimal.
report: mv      t5, ra
        li      t0, UART
        sb      a1, 0(t0)
        call    write_number
        mv      a0, s4
        call    write_number
        mv      a0, s5
        call    write_number
        li      t1, '\n'
        sb      t1, 0(t0)
        jr      t5
write_number:
        li      t1, ' '
        sb      t1, 0(t0)
        li      t1, 60
1:      srl     t2, a0, t1
        andi    t2, t2, 15
        la      t3, digits
        add     t3, t3, t2
        lbu     t3, 0(t3)
        sb      t3, 0(t0)
        addi    t1, t1, -4
        bgez    t1, 1b
        ret

        .balign 8
superpages:                             // by level
        .dword  0, 0x80200000, 0x80000000, 0, 0
digits: .ascii  "0123456789abcdef"

        .data
        .balign 16
        .skip   1024
stack_top:
