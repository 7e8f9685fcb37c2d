# SPDX-License-Identifier: Apache-2.0
# The frame of a random program: sets up translation and protection, runs the program's blocks one after
# another, each in its privilege with its registers, logs every trap, and prints a digest of all state after
# each block. The program (generate.py) provides block_table and the blocks.
#
# Virtual memory (Sv39), the same for all blocks:
#   0x0000_0000  1 GiB  identity, S, RW        devices
#   0x4000_0000  4 KiB pages of page_records, then two 2 MiB entries
#   0x8000_0000  1 GiB  identity, S, RWX       this image
#   0xC000_0000  1 GiB  0x8000_0000, U, RWX    this image for U mode
#
# Output, one line each:
#   T <m|s> cause tval epc     a trap and the mode of the handler (tval 0 for a breakpoint)
#   B block digest             a block has ended
#   E                          all blocks have ended

.equ UART, 0x10000000
.equ UART_LSR, 5
.equ FINISHER, 0x100000
.equ FINISHER_PASS, 0x5555
.equ USER_ALIAS, 0x40000000
.equ END_OF_BLOCK, 0x454e44          # a7 of the ecall that ends a block

.equ MSTATUS_FS, 0x6000
.equ MSTATUS_MPRV, 0x20000
.equ MSTATUS_DIGESTED, 0x7e19aa      # the fields that both machines have; not FS (see README.md)

# One record of block_table: entry, mstatus, medeleg, mideleg, mie, fcsr, x1..x31, f0..f31
.equ BLOCK_REGISTERS, 48
.equ BLOCK_FLOATS, BLOCK_REGISTERS + 31 * 8
.equ BLOCK_SIZE, BLOCK_FLOATS + 32 * 8

.section .text.start
.globl _start
_start:
    la t0, m_trap
    csrw mtvec, t0
    la t0, s_trap
    csrw stvec, t0
    la t0, m_save
    csrw mscratch, t0
    la t0, s_save
    csrw sscratch, t0
    csrw mcounteren, zero
    csrw scounteren, zero

    # Entry 0 refuses one page to S and U, entry 1 allows everything else.
    la t0, page_guarded
    srli t0, t0, 2
    ori t0, t0, 0x1ff
    csrw pmpaddr0, t0
    li t0, -1
    csrw pmpaddr1, t0
    li t0, 0x1f18
    csrw pmpcfg0, t0

    # Pointers and page entries: PPN << 10 is address >> 2.
    la t0, table_root
    la t1, table_middle
    srli t2, t1, 2
    ori t2, t2, 1
    sd t2, 8(t0)
    la t2, table_leaf
    srli t3, t2, 2
    ori t3, t3, 1
    sd t3, 0(t1)
    la t1, page_records
    la t4, page_records_end
1:  ld t3, 0(t1)
    srli t3, t3, 2
    ld t5, 8(t1)
    or t3, t3, t5
    sd t3, 0(t2)
    addi t1, t1, 16
    addi t2, t2, 8
    bltu t1, t4, 1b
    srli t0, t0, 12
    li t1, 8
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma

    la s11, block_table
    la t0, current_block
    sd s11, 0(t0)
    # falls through

# Starts the block that current_block points to, or ends the program.
next_block:
    la t0, current_block
    ld x31, 0(t0)
    la t0, block_table_end
    bgeu x31, t0, finish
    li t0, MSTATUS_FS
    csrs mstatus, t0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fld f\n, BLOCK_FLOATS + \n * 8(x31)
    .endr
    ld t0, 40(x31)
    csrw fcsr, t0
    ld t0, 16(x31)
    csrw medeleg, t0
    ld t0, 24(x31)
    csrw mideleg, t0
    ld t0, 32(x31)
    csrw mie, t0
    ld t0, 0(x31)
    csrw mepc, t0
    ld t0, 8(x31)
    csrw mstatus, t0
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, BLOCK_REGISTERS + (\n - 1) * 8(x31)
    .endr
    mret

finish:
    li a0, 'E'
    call put_char
    li a0, '\n'
    call put_char
    li t0, FINISHER
    li t1, FINISHER_PASS
    sw t1, 0(t0)
1:  j 1b

# --- Traps ---

# Logs the trap and returns behind the instruction that caused it; after a failed fetch, to x21.
.macro TRAP_HANDLER mode, letter
    csrrw x31, \mode\()scratch, x31
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    sd x\n, \n * 8(x31)
    .endr
    mv s1, x31
    csrrw t0, \mode\()scratch, x31
    sd t0, 31 * 8(s1)
    csrr s2, \mode\()cause
    li t0, 3                         # a breakpoint's tval may be 0 or its address
    bne s2, t0, 6f
    csrw \mode\()tval, zero
6:  csrr s3, \mode\()tval
    csrr s4, \mode\()epc
    .ifc \mode, m
    li t0, END_OF_BLOCK
    bne a7, t0, 1f
    addi t0, s2, -8                  # ecall from U, S or M: 8, 9, 11
    li t1, 3
    bleu t0, t1, end_of_block
1:
    .endif
    li a0, 'T'
    call put_char
    li a0, ' '
    call put_char
    li a0, \letter
    call put_char
    mv a0, s2
    call put_number
    mv a0, s3
    call put_number
    mv a0, s4
    call put_number
    li a0, '\n'
    call put_char

    bltz s2, 4f
    mv t0, s2                        # failed fetches: 0, 1, 12
    li t1, 1
    bleu t0, t1, 3f
    li t1, 12
    beq t0, t1, 3f
    mv t0, s4
    li t1, 0xC0000000
    bltu t0, t1, 2f
    li t1, USER_ALIAS
    sub t0, t0, t1
2:  lhu t0, 0(t0)
    addi s4, s4, 2
    andi t0, t0, 3
    li t1, 3
    bne t0, t1, 5f
    addi s4, s4, 2
    j 5f
3:  ld s4, 21 * 8(s1)
    j 5f
4:  csrci \mode\()ip, 2              # the only interrupt here: supervisor software
5:  csrw \mode\()epc, s4
    .ifc \mode, m                    # QEMU keeps translations although mret changes MPP (README.md)
    csrr t0, mstatus
    li t1, MSTATUS_MPRV
    and t0, t0, t1
    beqz t0, 7f
    sfence.vma
7:
    .endif
    mv x31, s1
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    ld x\n, \n * 8(x31)
    .endr
    \mode\()ret
.endm

.text
.balign 4
m_trap:
    TRAP_HANDLER m, 'm'
.balign 4
s_trap:
    TRAP_HANDLER s, 's'

# --- Digest ---

# s0 = (s0 ^ t0) * FNV prime, with a rotation so that high bits count
.macro MIX
    .ifdef VERBOSE                   # prints the value, too: differential.py --state
    mv s2, t0
    mv s3, t1
    mv s4, t2
    mv a0, t0
    call put_number
    mv t0, s2
    mv t1, s3
    mv t2, s4
    .endif
    xor s0, s0, t0
    mul s0, s0, s5
    srli t0, s0, 29
    xor s0, s0, t0
.endm

end_of_block:
    csrr t0, mstatus
    li t1, MSTATUS_DIGESTED
    and s6, t0, t1
    li t0, MSTATUS_FS
    csrs mstatus, t0
    li s0, 0xcbf29ce484222325
    li s5, 0x100000001b3
    mv t0, s6
    MIX
    csrr t0, fcsr
    MIX
    .irp name, sepc, scause, stval, medeleg, mideleg, mie
    csrr t0, \name
    MIX
    .endr
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    fmv.x.d t0, f\n
    MIX
    .endr
    la t1, m_save + 8                # x1..x31
    la t2, m_save + 32 * 8
1:  ld t0, 0(t1)
    MIX
    addi t1, t1, 8
    bltu t1, t2, 1b
    la t1, pages_begin               # everything that a block can store to
    la t2, pages_end
2:  ld t0, 0(t1)
    MIX
    addi t1, t1, 8
    bltu t1, t2, 2b

    .ifdef VERBOSE
    li a0, '\n'
    call put_char
    .endif
    li a0, 'B'
    call put_char
    la t0, current_block
    ld s1, 0(t0)
    li t1, BLOCK_SIZE
    add t2, s1, t1
    sd t2, 0(t0)
    la a0, block_table
    sub a0, s1, a0
    divu a0, a0, t1
    call put_number
    mv a0, s0
    call put_number
    li a0, '\n'
    call put_char
    j next_block

# --- Console ---

put_char:                            # a0; uses t0, t1
    li t0, UART
1:  lbu t1, UART_LSR(t0)
    andi t1, t1, 0x20
    beqz t1, 1b
    sb a0, 0(t0)
    ret

put_number:                          # a space and a0 in hexadecimal; uses s7..s9
    mv s9, ra
    mv s7, a0
    li a0, ' '
    call put_char
    li s8, 60
1:  srl a0, s7, s8
    andi a0, a0, 15
    li t0, 10
    bltu a0, t0, 2f
    addi a0, a0, 'a' - '0' - 10
2:  addi a0, a0, '0'
    call put_char
    addi s8, s8, -4
    bgez s8, 1b
    mv ra, s9
    ret

# --- Memory ---

.section .pages, "aw"
# PTE bits: V 1, R 2, W 4, X 8, U 0x10, A 0x40, D 0x80. A and D are always set (see README.md).
.balign 4096
table_root:
    .dword 0xc7                                  # devices: S RW
    .dword 0                                     # table_middle
    .dword (0x80000000 >> 2) + 0xcf              # image: S RWX
    .dword (0x80000000 >> 2) + 0xdf              # image: U RWX
    .zero 4096 - 4 * 8
table_middle:
    .dword 0                                     # table_leaf
    .dword (0x80001000 >> 2) + 0xdf              # 0x4020_0000: misaligned superpage
    .dword (0x80000000 >> 2) + 0xd3              # 0x4040_0000: 2 MiB, U R
    .zero 4096 - 3 * 8
table_leaf:
    .zero 4096

.globl page_user, page_supervisor, page_mixed
pages_begin:
page_user:       .zero 4096
page_supervisor: .zero 4096
page_mixed:      .zero 4096
                 .zero 4096      # so that no access to the other pages touches the guarded one
page_guarded:    .zero 4096
pages_end:

.data
.balign 8
page_records:                                    # physical address, bits
    .dword page_user, 0xd7                       # 0x4000_0000 U RW
    .dword page_user, 0xd6                       # 0x4000_1000 not valid
    .dword page_supervisor, 0xc7                 # 0x4000_2000 S RW
    .dword page_mixed, 0xd3                      # 0x4000_3000 U R
    .dword page_mixed, 0xd9                      # 0x4000_4000 U X
    .dword page_mixed, 0xd5                      # 0x4000_5000 U W without R: reserved
    .dword page_user, 0                          # 0x4000_6000 not valid
    .dword page_mixed, 0xdf                      # 0x4000_7000 U RWX
    .dword page_mixed, 0xc3                      # 0x4000_8000 S R
    .dword 0x60000, 0xd7                         # 0x4000_9000 U RW: nothing there
    .dword page_guarded, 0xd7                    # 0x4000_a000 U RW: refused by PMP
    .dword page_mixed, 0x00400000000000d7        # 0x4000_b000 reserved bit 54
    .dword page_mixed, 0x1                       # 0x4000_c000 pointer at the last level
    .dword page_mixed, 0xd7                      # 0x4000_d000 U RW
    .dword page_user, 0xd6                       # 0x4000_e000 not valid
page_records_end:
current_block: .dword 0
m_save: .zero 32 * 8
s_save: .zero 32 * 8
