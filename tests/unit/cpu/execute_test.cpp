// SPDX-License-Identifier: Apache-2.0
// What instructions do, in both fidelities: short programs on a hart.

#include <gtest/gtest.h>

#include "models/cpu/execute_integer.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kMin = std::uint64_t{1} << 63;
constexpr std::uint64_t kMinus1 = ~std::uint64_t{0};

TEST(IntegerTest, division_by_zero_and_overflow_give_the_specified_results) {
  EXPECT_EQ(evaluate<Op::Div>(7, 0), kMinus1);
  EXPECT_EQ(evaluate<Op::Divu>(7, 0), kMinus1);
  EXPECT_EQ(evaluate<Op::Rem>(7, 0), 7U);
  EXPECT_EQ(evaluate<Op::Remu>(7, 0), 7U);
  EXPECT_EQ(evaluate<Op::Div>(kMin, kMinus1), kMin);
  EXPECT_EQ(evaluate<Op::Rem>(kMin, kMinus1), 0U);
  EXPECT_EQ(evaluate<Op::Divw>(0x80000000, kMinus1), 0xFFFFFFFF80000000);
  EXPECT_EQ(evaluate<Op::Remw>(0x80000000, kMinus1), 0U);
  EXPECT_EQ(evaluate<Op::Divuw>(0x80000000, 0), kMinus1);
  EXPECT_EQ(evaluate<Op::Remuw>(0x80000000, 0), 0xFFFFFFFF80000000);
  EXPECT_EQ(evaluate<Op::Div>(static_cast<std::uint64_t>(-7), 2), static_cast<std::uint64_t>(-3));
  EXPECT_EQ(evaluate<Op::Rem>(static_cast<std::uint64_t>(-7), 2), kMinus1);
}

TEST(IntegerTest, high_products_by_signedness) {
  EXPECT_EQ(evaluate<Op::Mulh>(kMinus1, kMinus1), 0U);
  EXPECT_EQ(evaluate<Op::Mulhu>(kMinus1, kMinus1), kMinus1 - 1);
  EXPECT_EQ(evaluate<Op::Mulhsu>(kMinus1, kMinus1), kMinus1);
  EXPECT_EQ(evaluate<Op::Mulhsu>(kMin, 2), kMinus1);
  EXPECT_EQ(evaluate<Op::Mulw>(0x40000000, 2), 0xFFFFFFFF80000000);
}

TEST(IntegerTest, shifts_use_the_low_bits_of_the_amount) {
  EXPECT_EQ(evaluate<Op::Sll>(1, 65), 2U);
  EXPECT_EQ(evaluate<Op::Sra>(kMin, 127), kMinus1);
  EXPECT_EQ(evaluate<Op::Srl>(kMin, 63), 1U);
  EXPECT_EQ(evaluate<Op::Sllw>(1, 63), 0xFFFFFFFF80000000);
  EXPECT_EQ(evaluate<Op::Srlw>(0xFFFFFFFF80000000, 32), 0xFFFFFFFF80000000);
  EXPECT_EQ(evaluate<Op::Srliw>(0xFFFFFFFF80000000, 31), 1U);
  EXPECT_EQ(evaluate<Op::Sraw>(0x80000000, 31), kMinus1);
}

TEST(IntegerTest, atomic_minima_and_maxima_by_width_and_signedness) {
  EXPECT_EQ(amo_result<Op::AmominW>(0x80000000, 1), 0x80000000U);
  EXPECT_EQ(amo_result<Op::AmomaxW>(0x80000000, 1), 1U);
  EXPECT_EQ(amo_result<Op::AmominuW>(0x80000000, 0x1'0000'0001), 1U);
  EXPECT_EQ(amo_result<Op::AmomaxD>(kMin, 0), 0U);
  EXPECT_EQ(amo_result<Op::AmomaxuD>(kMin, 0), kMin);
}

class Execute : public ::testing::TestWithParam<Fidelity> {
 protected:
  HartParams params() const {
    return GetParam() == Fidelity::Cycle ? HartBench::cycle() : HartBench::functional();
  }
};
INSTANTIATE_TEST_SUITE_P(fidelities, Execute,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

TEST_P(Execute, loop_with_calls_memory_and_branches) {
  HartBench bench(params());
  bench.program(R"(
    li sp, 0x80010000
    li a0, 10
    call fibonacci
    mv s0, a0
    exit
  fibonacci:
    li t0, 2
    blt a0, t0, 1f
    addi sp, sp, -32
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    mv s0, a0
    addi a0, s0, -1
    call fibonacci
    mv s1, a0
    addi a0, s0, -2
    call fibonacci
    add a0, a0, s1
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    addi sp, sp, 32
  1: ret
  )");
  EXPECT_EQ(bench.run().reason, StopReason::Requested);
  EXPECT_EQ(bench.x(8), 55U);
}

TEST_P(Execute, loads_extend_and_stores_truncate) {
  HartBench bench(params());
  bench.write(0x80001000, 0xFEDCBA9876543210);
  bench.program(R"(
    li a0, 0x80001000
    lb s0, 7(a0)
    lbu s1, 7(a0)
    lh s2, 6(a0)
    lhu s3, 6(a0)
    lw s4, 4(a0)
    lwu s5, 4(a0)
    ld s6, 0(a0)
    sb s6, 8(a0)
    sh s6, 10(a0)
    sw s6, 12(a0)
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(8), 0xFFFFFFFFFFFFFFFE);
  EXPECT_EQ(bench.x(9), 0xFEU);
  EXPECT_EQ(bench.x(18), 0xFFFFFFFFFFFFFEDC);
  EXPECT_EQ(bench.x(19), 0xFEDCU);
  EXPECT_EQ(bench.x(20), 0xFFFFFFFFFEDCBA98);
  EXPECT_EQ(bench.x(21), 0xFEDCBA98U);
  EXPECT_EQ(bench.x(22), 0xFEDCBA9876543210);
  EXPECT_EQ(bench.read(0x80001008), 0x7654321032100010);
}

TEST_P(Execute, misaligned_accesses_cross_lines_and_pages) {
  HartBench bench(params());
  bench.program(R"(
    li a0, 0x80001ffd
    li t0, 0x1122334455667788
    sd t0, 0(a0)
    ld s0, 0(a0)
    lw s1, 1(a0)
    lhu s2, 2(a0)
    li a1, 0x8000303f
    sh t0, 0(a1)
    lh s3, 0(a1)
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(8), 0x1122334455667788U);
  EXPECT_EQ(bench.x(9), 0x44556677U);
  EXPECT_EQ(bench.x(18), 0x5566U);
  EXPECT_EQ(bench.x(19), 0x7788U);
  EXPECT_EQ(bench.read(0x80001ff8), 0x6677880000000000);
  EXPECT_EQ(bench.read(0x80002000), 0x0000001122334455U);
}

TEST_P(Execute, atomics_and_reservations) {
  HartBench bench(params());
  bench.write(0x80001000, 0xFFFFFFFF80000000);
  bench.program(R"(
    li a0, 0x80001000
    li t0, 1
    amoadd.w s0, t0, (a0)      # old value, sign-extended; memory 0xFFFFFFFF80000001
    amomaxu.d s1, t0, (a0)
    lr.d s2, (a0)
    sc.d s3, t0, (a0)          # holds
    sc.d s4, zero, (a0)        # no reservation any more
    lr.w s5, (a0)
    addi a1, a0, 64
    sc.w s6, t0, (a1)          # another line
    lr.w s7, (a0)
    addi a1, a0, 60
    sc.w s8, t0, (a1)          # the same line
    ld s9, 0(a0)
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(8), 0xFFFFFFFF80000000);
  EXPECT_EQ(bench.x(9), 0xFFFFFFFF80000001);
  EXPECT_EQ(bench.x(18), 0xFFFFFFFF80000001);
  EXPECT_EQ(bench.x(19), 0U);
  EXPECT_EQ(bench.x(20), 1U);
  EXPECT_EQ(bench.x(21), 1U);
  EXPECT_EQ(bench.x(22), 1U);
  EXPECT_EQ(bench.x(24), 0U);
  EXPECT_EQ(bench.x(25), 1U);
  EXPECT_EQ(bench.stat("hart.atomics"), 9U);
}

TEST_P(Execute, floating_point_needs_fs_and_boxes_singles) {
  HartBench bench(params());
  bench.program(R"(
    la t0, handler
    csrw mtvec, t0
    fadd.s f0, f0, f0         # FS is off: illegal, s0 counts
    li t0, 0x2000
    csrs mstatus, t0
    li t1, 3
    fcvt.s.w f1, t1
    fcvt.d.w f2, t1
    fmul.d f3, f2, f2
    fmv.x.d s1, f1
    fcvt.w.d s2, f3
    li t1, 0x40490fdb
    fmv.w.x f4, t1
    fcvt.d.s f5, f4
    fsqrt.d f6, f2
    frflags s3
    csrr s4, mstatus
    fmv.w.x f0, zero
    fdiv.s f7, f1, f0
    frflags s5
    csrwi frm, 5
    fadd.s f0, f0, f0         # reserved dynamic rounding mode: illegal
    fadd.s f0, f0, f0, rne    # its own mode is fine
    exit
    .balign 4
  handler:
    addi s0, s0, 1
    csrr t2, mepc
    addi t2, t2, 4
    csrw mepc, t2
    mret
  )");
  bench.run();
  EXPECT_EQ(bench.x(8), 2U);
  EXPECT_EQ(bench.x(9), 0xFFFFFFFF40400000);
  EXPECT_EQ(bench.x(18), 9U);
  EXPECT_EQ(bench.x(19), 1U);
  EXPECT_EQ(bench.x(20) >> 13 & 3, 3U);
  EXPECT_EQ(bench.x(21), 9U);
}

TEST_P(Execute, stores_into_code_are_executed) {
  HartBench bench(params());
  bench.program(R"(
    .option norvc
    la a0, patch
    li s1, 0
    li s2, 3
  again:
  patch:
    addi s1, s1, 1            # becomes addi s1, s1, 16 after the first pass
    lw t0, 0(a0)
    li t1, 0x01048493
    sw t1, 0(a0)
    addi s2, s2, -1
    bnez s2, again
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(9), 33U);
}

TEST_P(Execute, instruction_across_a_page_border_runs_and_may_be_changed) {
  HartBench bench(params());
  bench.program(R"(
    li s1, 0
    li s2, 2
    la a0, across
    j across
    .org 0xffe
  across:
    .option push
    .option norvc
    addi s1, s1, 1
    .option pop
    li t1, 0x0104
    sh t1, 2(a0)              # the immediate's half, in the next page: now 16
    addi s2, s2, -1
    bnez s2, across
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(9), 17U);
}

TEST_P(Execute, device_accesses_are_uncached_and_their_errors_access_faults) {
  HartBench bench(params());
  bench.program(R"(
    la t0, handler
    csrw mtvec, t0
    li a0, 0x10000000
    ld s0, 8(a0)              # time
    ld s1, 8(a0)
    ld zero, 16(a0)           # bus error
    mv s2, s10
    mv s3, s11
    sd zero, 16(a0)
    mv s4, s10
    lw zero, 10(a0)           # misaligned
    mv s5, s10
    mv s6, s11
    amoadd.d zero, zero, (a0)
    mv s7, s10
    li a1, 0x20000000         # nothing there
    ld zero, 0(a1)
    mv s8, s10
    mv s9, s11
    exit
    .balign 4
  handler:
    csrr s10, mcause
    csrr s11, mtval
    csrr t2, mepc
    lhu t3, 0(t2)
    andi t3, t3, 3
    addi t2, t2, 2
    addi t3, t3, -3
    bnez t3, 1f
    addi t2, t2, 2
  1: csrw mepc, t2
    mret
  )");
  bench.run();
  EXPECT_GT(bench.x(9), bench.x(8));
  EXPECT_EQ(bench.x(18), 5U);
  EXPECT_EQ(bench.x(19), 0x10000010U);
  EXPECT_EQ(bench.x(20), 7U);
  EXPECT_EQ(bench.x(21), 5U);
  EXPECT_EQ(bench.x(22), 0x1000000AU);
  EXPECT_EQ(bench.x(23), 7U);
  EXPECT_EQ(bench.x(24), 5U);
  EXPECT_EQ(bench.x(25), 0x20000000U);
}

TEST_P(Execute, cycles_are_issue_cycles_plus_stalls) {
  HartBench bench(params());
  bench.program(R"(
    li a0, 0x80010000
    li a1, 200
  1: ld t0, 0(a0)
    add t1, t0, t0
    mul t2, t1, t1
    div t3, t2, a1
    sd t3, 8(a0)
    amoadd.d t4, t3, (a0)
    ld t5, 61(a0)
    addi a2, a0, 2047
    sd t5, 2044(a2)
    addi a0, a0, 256
    fence
    addi a1, a1, -1
    bnez a1, 1b
    fence.i
    sfence.vma
    exit
  )");
  const HartStop& stop = bench.run();
  EXPECT_EQ(bench.stat("hart.cycles"), stop.cycle);
  std::uint64_t sum = bench.stat("hart.instructions");
  for (const char* reason : {"fetch_translation", "fetch", "operand", "data_translation", "load",
                             "store", "device", "branch", "system", "trap", "wait"}) {
    sum += bench.stat(std::string("hart.stall_") + reason);
  }
  EXPECT_EQ(sum, stop.cycle);
}

}  // namespace
}  // namespace faultline
