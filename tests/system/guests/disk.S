// SPDX-License-Identifier: Apache-2.0
// A driver for the virtio block device in slot 1, which must hold a swap area: reads its header, writes a
// page and reads it back, each time asleep until the interrupt. Fails with 1 if the device is not there, 2
// or 3 if a request failed, 4 if the header is none, 5 if a read did not take as long as an NVMe disk does
// (51.4 us, and less than 60), 6 if what was written does not come back.
        .equ    DEVICE, 0x10002000
        .equ    PLIC, 0x0c000000
        .equ    SOURCE, 2
        .globl _start
_start: li      s0, DEVICE
        li      s1, PLIC
        li      a0, 1
        lw      t0, 0(s0)               // MagicValue
        li      t1, 0x74726976
        bne     t0, t1, fail
        lw      t0, 4(s0)               // Version
        li      t1, 2
        bne     t0, t1, fail
        lw      t0, 8(s0)               // DeviceID
        bne     t0, t1, fail

        sw      zero, 0x70(s0)          // Status
        li      t0, 3
        sw      t0, 0x70(s0)
        li      t0, 1
        sw      t0, 0x24(s0)            // DriverFeaturesSel
        sw      t0, 0x20(s0)            // DriverFeatures: VERSION_1
        li      t0, 11
        sw      t0, 0x70(s0)
        li      t0, 4
        sw      t0, 0x38(s0)            // QueueNum
        la      t0, descriptors
        sw      t0, 0x80(s0)            // QueueDescLow
        la      s2, available
        sw      s2, 0x90(s0)            // QueueDriverLow
        la      s3, used
        sw      s3, 0xa0(s0)            // QueueDeviceLow
        li      t0, 1
        sw      t0, 0x44(s0)            // QueueReady
        li      t0, 15
        sw      t0, 0x70(s0)

        li      t0, 1
        sw      t0, 4 * SOURCE(s1)      // its priority
        li      t1, 0x2000
        add     t1, t1, s1
        li      t0, 1 << SOURCE
        sw      t0, 0(t1)               // enabled for M mode of hart 0
        li      t0, 1 << 11
        csrw    mie, t0                 // MEIE, for wfi; mstatus.MIE stays clear

        // The header, into lines that are dirty in the cache.
        la      s4, page
        li      t0, -1
        sd      t0, 0(s4)
        li      a0, 2
        li      a1, 0                   // IN
        li      a2, 0                   // sector
        csrr    s5, mcycle
        call    request
        csrr    t0, mcycle
        sub     s5, t0, s5
        li      a0, 4
        li      t0, 4086
        add     t0, t0, s4
        la      t1, magic
        li      t2, 10
1:      lbu     t3, 0(t0)
        lbu     t4, 0(t1)
        bne     t3, t4, fail
        addi    t0, t0, 1
        addi    t1, t1, 1
        addi    t2, t2, -1
        bnez    t2, 1b
        li      a0, 5
        li      t0, 51400
        blt     s5, t0, fail
        li      t0, 60000
        bgt     s5, t0, fail

        // A page of numbers there and back.
        li      t0, 0
        mv      t1, s4
        li      t2, 512
2:      sd      t0, 0(t1)
        addi    t0, t0, 7
        addi    t1, t1, 8
        addi    t2, t2, -1
        bnez    t2, 2b
        li      a0, 3
        li      a1, 1                   // OUT
        li      a2, 8
        call    request
        mv      t1, s4
        li      t2, 512
3:      sd      zero, 0(t1)
        addi    t1, t1, 8
        addi    t2, t2, -1
        bnez    t2, 3b
        li      a1, 0
        call    request
        li      a0, 6
        li      t0, 0
        mv      t1, s4
        li      t2, 512
4:      ld      t3, 0(t1)
        bne     t3, t0, fail
        addi    t0, t0, 7
        addi    t1, t1, 8
        addi    t2, t2, -1
        bnez    t2, 4b

        li      t1, 0x5555
        j       end
// Ends with status a0.
fail:   slli    t1, a0, 16
        li      t0, 0x3333
        or      t1, t1, t0
end:    li      t0, 0x100000
        sw      t1, 0(t0)
5:      j       5b

// One request of type a1 for the page at sector a2; fails with status a0.
request:
        la      t0, header
        sw      a1, 0(t0)
        sd      a2, 8(t0)
        la      t1, descriptors
        sd      t0, 0(t1)
        li      t0, 16
        sw      t0, 8(t1)
        li      t0, 1 | 1 << 16         // NEXT, descriptor 1
        sw      t0, 12(t1)
        sd      s4, 16(t1)
        li      t0, 4096
        sw      t0, 24(t1)
        li      t0, 1 | 2 << 16         // NEXT, descriptor 2
        bnez    a1, 1f
        ori     t0, t0, 2               // WRITE: the device writes memory
1:      sw      t0, 28(t1)
        la      t0, status
        sd      t0, 32(t1)
        li      t2, 1
        sw      t2, 40(t1)
        li      t2, 2
        sw      t2, 44(t1)
        li      t2, 0xff
        sb      t2, 0(t0)
        lhu     t2, 2(s2)               // the same head at every place of the ring
        addi    t2, t2, 1
        sh      t2, 2(s2)
        fence
        sw      zero, 0x50(s0)          // QueueNotify
        wfi
        li      t3, 0x200004
        add     t3, t3, s1
        lw      t4, 0(t3)               // claim
        li      t5, SOURCE
        bne     t4, t5, fail
        lw      t5, 0x60(s0)            // InterruptStatus
        sw      t5, 0x64(s0)            // InterruptACK
        sw      t4, 0(t3)               // complete
        lbu     t4, 0(t0)
        bnez    t4, fail
        lhu     t4, 2(s3)
        bne     t4, t2, fail
        ret

magic:  .ascii  "SWAPSPACE2"
        .section .tohost, "aw"
        .balign 4096
page:   .skip   4096
descriptors: .skip 64
available:   .skip 64
used:        .skip 64
header:      .skip 16
status:      .skip 1
