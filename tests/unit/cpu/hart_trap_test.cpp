// SPDX-License-Identifier: Apache-2.0
// Traps through the real MMU: causes, tval, priorities, page-crossing accesses, MPRV, SUM, MXR, and
// the instructions that privilege decides about; in both fidelities.

#include <gtest/gtest.h>

#include "models/mmu/pte.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kRw = kPteV | kPteR | kPteW | kPteA | kPteD;
constexpr std::uint64_t kX = kPteV | kPteX | kPteA;
constexpr std::uint64_t kTables = HartBench::kMemoryBase + 0x100000;
constexpr std::uint64_t kData = HartBench::kMemoryBase + 0x8000;
constexpr std::uint64_t kLog = HartBench::kMemoryBase + 0x10000;

/// The test's code runs in S mode, from an identity mapping of the first 2 MiB; each trap's cause,
/// tval and epc are logged by the handler in M mode, which then goes on at the address in s11 or,
/// if that is 0, behind the instruction that trapped.
class HartTrap : public ::testing::TestWithParam<Fidelity> {
 protected:
  void start(const std::string& supervisor_code) {
    tables.map(HartBench::kMemoryBase, HartBench::kMemoryBase, kRw | kPteX, 1);
    tables.map(0x10000000, 0x10000000, kRw);
    bench.program(R"(
      la t0, handler
      csrw mtvec, t0
      li t0, -1
      csrw pmpaddr0, t0
      li t0, 31
      csrw pmpcfg0, t0
      li s0, )" + std::to_string(kLog) +
                  R"(
      li t0, )" + std::to_string(tables.satp()) +
                  R"(
      csrw satp, t0
      li t0, 0x800
      csrs mstatus, t0
      la t0, supervisor
      csrw mepc, t0
      mret
      .balign 4
    handler:
      csrr t3, mcause
      sd t3, 0(s0)
      csrr t3, mtval
      sd t3, 8(s0)
      csrr t4, mepc
      sd t4, 16(s0)
      addi s0, s0, 24
      addi t4, t4, 4
      beqz s11, 1f
      mv t4, s11
      li s11, 0
    1: csrw mepc, t4
      mret
      .option norvc
    supervisor:
    )" + supervisor_code +
                  "\nexit\n");
    stop = bench.run();
    ASSERT_EQ(stop.reason, StopReason::Requested) << describe(stop);
  }
  std::uint64_t cause(unsigned n) { return bench.read(kLog + 24 * n); }
  std::uint64_t tval(unsigned n) { return bench.read(kLog + 24 * n + 8); }
  std::uint64_t epc(unsigned n) { return bench.read(kLog + 24 * n + 16); }
  std::uint64_t traps() { return (bench.x(8) - kLog) / 24; }

  HartBench bench{GetParam() == Fidelity::Cycle ? HartBench::cycle() : HartBench::functional()};
  PageTables tables{bench, kTables};
  HartStop stop;
};
INSTANTIATE_TEST_SUITE_P(fidelities, HartTrap,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

TEST_P(HartTrap, page_faults_keep_the_access_type_and_address) {
  start(R"(
    li a0, 0x40000123
    lb t0, 0(a0)
    sb t0, 0(a0)
    addi a0, a0, 5
    amoadd.d t0, t0, (a0)
    lr.d t0, (a0)
    sc.d t0, t0, (a0)
    la s11, 1f
    jr a0
  1:
  )");
  ASSERT_EQ(traps(), 6U);
  EXPECT_EQ(cause(0), 13U);
  EXPECT_EQ(tval(0), 0x40000123U);
  EXPECT_EQ(cause(1), 15U);
  EXPECT_EQ(cause(2), 15U);
  EXPECT_EQ(tval(2), 0x40000128U);
  EXPECT_EQ(cause(3), 13U);
  EXPECT_EQ(cause(4), 15U);
  EXPECT_EQ(cause(5), 12U);
  EXPECT_EQ(tval(5), 0x40000128U);
  EXPECT_EQ(epc(5), 0x40000128U);
}

TEST_P(HartTrap, a_load_that_crosses_into_an_unmapped_page_faults_with_that_parts_address) {
  tables.map(0x40000000, kData, kRw);
  start(R"(
    li a0, 0x40000ffd
    ld t0, 0(a0)
  )");
  ASSERT_EQ(traps(), 1U);
  EXPECT_EQ(cause(0), 13U);
  EXPECT_EQ(tval(0), 0x40001000U);
}

TEST_P(HartTrap, a_store_that_crosses_into_an_unmapped_page_writes_nothing) {
  tables.map(0x40000000, kData, kRw);
  tables.map(0x40003000, kData + 0x1000, kRw);
  bench.write(kData + 0xff8, 0x1111111111111111);
  start(R"(
    li a0, 0x40000ffd
    li t0, -1
    sd t0, 0(a0)          # the second page is not mapped
    li a0, 0x40002ffd
    sd t0, 0(a0)          # the first page is not mapped
  )");
  ASSERT_EQ(traps(), 2U);
  EXPECT_EQ(cause(0), 15U);
  EXPECT_EQ(tval(0), 0x40001000U);
  EXPECT_EQ(tval(1), 0x40002ffdU);
  EXPECT_EQ(bench.read(kData + 0xff8), 0x1111111111111111U);
  EXPECT_EQ(bench.read(kData + 0x1000), 0U);
}

TEST_P(HartTrap, the_second_half_of_an_instruction_faults_with_its_own_address) {
  tables.map(0x40000000, kData, kX);
  bench.write(kData + 0xffe, 0x0013, 2);  // the first half of addi x0, x0, 0
  start(R"(
    li a0, 0x40000ffe
    la s11, 1f
    jr a0
  1:
  )");
  ASSERT_EQ(traps(), 1U);
  EXPECT_EQ(cause(0), 12U);
  EXPECT_EQ(tval(0), 0x40001000U);
  EXPECT_EQ(epc(0), 0x40000ffeU);
}

TEST_P(HartTrap, misaligned_atomics_raise_misaligned_exceptions) {
  start(R"(
    li a0, 0x80008004
    lr.d t0, (a0)
    sc.d t0, t0, (a0)
    amoadd.d t0, t0, (a0)
  )");
  ASSERT_EQ(traps(), 3U);
  EXPECT_EQ(cause(0), 4U);
  EXPECT_EQ(cause(1), 6U);
  EXPECT_EQ(cause(2), 6U);
  EXPECT_EQ(tval(2), 0x80008004U);
}

TEST_P(HartTrap, sum_and_mxr_act_at_once) {
  tables.map(0x40000000, kData, kRw | kPteU);
  tables.map(0x40001000, kData, kX);
  start(R"(
    li a0, 0x40000000
    li a1, 0x40001000
    ld t0, 0(a0)          # U page without SUM: fault
    li t1, 0x40000
    csrs sstatus, t1
    ld t0, 0(a0)
    csrc sstatus, t1
    sd t0, 0(a0)          # fault again
    ld t0, 0(a1)          # X only, without MXR: fault
    li t1, 0x80000
    csrs sstatus, t1
    ld t0, 0(a1)
    csrc sstatus, t1
    ld t0, 0(a1)          # fault again
  )");
  ASSERT_EQ(traps(), 4U);
  EXPECT_EQ(cause(0), 13U);
  EXPECT_EQ(cause(1), 15U);
  EXPECT_EQ(tval(1), 0x40000000U);
  EXPECT_EQ(tval(2), 0x40001000U);
  EXPECT_EQ(tval(3), 0x40001000U);
}

TEST_P(HartTrap, copies_of_translations_are_stale_until_fenced) {
  tables.map(0x40000000, kData, kRw);
  tables.map(0x41005000, tables.entry_address(0x40000000) & ~std::uint64_t{0xfff}, kRw);
  bench.write(kData, 1);
  bench.write(kData + 0x1000, 2);
  start(R"(
    li a0, 0x40000000
    ld s1, 0(a0)
    li a1, 0x41005000     # the page of entries itself
    ld t0, 0(a1)
    addi t0, t0, 1024     # the next physical page
    sd t0, 0(a1)
    ld s2, 0(a0)          # still the old copy
    sfence.vma a0
    ld s3, 0(a0)
    sd zero, 0(a1)
    ld s4, 0(a0)
    sfence.vma
    ld s5, 0(a0)          # fault
  )");
  EXPECT_EQ(bench.x(9), 1U);
  EXPECT_EQ(bench.x(18), 1U);
  EXPECT_EQ(bench.x(19), 2U);
  EXPECT_EQ(bench.x(20), 2U);
  ASSERT_EQ(traps(), 1U);
  EXPECT_EQ(tval(0), 0x40000000U);
}

TEST_P(HartTrap, privilege_decides_about_instructions) {
  start(R"(
    mret                  # in S: illegal
    csrr t0, mstatus      # illegal
    ecall                 # from S
    ebreak
    .word 0xffffffff
    csrw cycle, zero      # read-only
  )");
  ASSERT_EQ(traps(), 6U);
  EXPECT_EQ(cause(0), 2U);
  EXPECT_EQ(tval(0), 0x30200073U);
  EXPECT_EQ(cause(1), 2U);
  EXPECT_EQ(cause(2), 9U);
  EXPECT_EQ(tval(2), 0U);
  EXPECT_EQ(cause(3), 3U);
  EXPECT_EQ(tval(3), epc(3));
  EXPECT_EQ(cause(4), 2U);
  EXPECT_EQ(tval(4), 0xffffffffU);
  EXPECT_EQ(cause(5), 2U);
}

class HartMachine : public HartTrap {};
INSTANTIATE_TEST_SUITE_P(fidelities, HartMachine,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

TEST_P(HartMachine, mprv_translates_data_but_not_fetches_and_ends_with_mret_below_m) {
  tables.map(0x40000000, kData, kRw);
  bench.write(kData, 77);
  bench.program(R"(
    la t0, user
    csrw mepc, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 31
    csrw pmpcfg0, t0
    li t0, )" + std::to_string(tables.satp()) +
                R"(
    csrw satp, t0
    li a0, 0x40000000
    li t0, 0x20800        # MPRV, MPP = S
    csrs mstatus, t0
    ld s1, 0(a0)
    csrr s2, mstatus
    csrw satp, zero
    mret
  user:
    li a0, 0x80008000
    ld s3, 0(a0)          # S mode, Bare
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(9), 77U);
  EXPECT_EQ(bench.x(18) >> 17 & 1, 1U);
  EXPECT_EQ(bench.x(19), 77U);
  EXPECT_EQ(bench.hart.csr().read(CsrAddress::Mstatus, Privilege::Machine).value >> 17 & 1, 0U);
}

TEST_P(HartMachine, interrupts_wake_wfi_and_are_taken_between_instructions) {
  bench.program(R"(
    la t0, handler
    csrw mtvec, t0
    li s0, 0x10000000
    li t0, 0x800
    csrw mie, t0
    li t0, 500
    sd t0, 0x18(s0)       # MEI in 500 cycles
    ld s1, 8(s0)
    wfi                   # mstatus.MIE is off: just goes on
    ld s2, 8(s0)
    sub s3, s2, s1
    csrsi mstatus, 8      # taken before the next instruction
    li s4, 1
    exit
    .balign 4
  handler:
    csrr s5, mcause
    csrr s6, mepc
    mv s7, s4
    sd zero, 0x18(s0)
    mret
  )");
  bench.run();
  EXPECT_GT(bench.x(19), 400U);
  EXPECT_EQ(bench.x(21), std::uint64_t{1} << 63 | 11);
  EXPECT_EQ(bench.x(20), 1U);
  EXPECT_EQ(bench.x(23), 0U);
}

TEST_P(HartMachine, a_handler_that_cannot_be_fetched_stops_the_hart) {
  bench.program(R"(
    li t0, 0x40000000
    csrw mtvec, t0
    li a0, 0x30000000
    jr a0
  )");
  stop = bench.run();
  EXPECT_EQ(stop.reason, StopReason::TrapLoop);
  EXPECT_EQ(stop.pc, VirtAddr{0x40000000});
  EXPECT_EQ(stop.traps[0].cause, 1U);
  EXPECT_EQ(stop.traps[0].tval, 0x40000000U);
  EXPECT_EQ(stop.traps[0].times, 15U);
  EXPECT_EQ(stop.trap_count, 2U) << "equal traps in a row are one line of the report";
  EXPECT_EQ(stop.traps[1].tval, 0x30000000U);
}

TEST_P(HartMachine, the_same_trap_over_and_over_stops_the_hart) {
  bench.program(R"(
    la t0, handler
    csrw mtvec, t0
    ld t0, 0(zero)
    .balign 4
  handler:
    mret
  )");
  stop = bench.run();
  EXPECT_EQ(stop.reason, StopReason::TrapLoop);
  EXPECT_EQ(stop.traps[0].cause, 5U);
  EXPECT_EQ(stop.instructions, 3U + 9'999U);  // la is two, csrw, and an mret each
}

TEST_P(HartMachine, waiting_with_every_interrupt_disabled_stops_the_hart) {
  bench.program("csrw mie, zero\nwfi\n");
  EXPECT_EQ(bench.run().reason, StopReason::WaitsForever);
}

TEST_P(HartMachine, limits_are_exact) {
  bench.program("j .\n");
  stop = bench.run();
  EXPECT_EQ(stop.reason, StopReason::MaxCycles);
  if (GetParam() == Fidelity::Functional) {
    EXPECT_EQ(stop.cycle, 10'000'000U);
    EXPECT_EQ(stop.instructions, 10'000'000U);
  }
}

TEST_P(HartMachine, watched_stores_are_reported_and_seen_in_memory) {
  std::vector<std::uint64_t> seen;
  bench.hart.watch_store(PhysAddr{kData + 8}, [&] { seen.push_back(bench.read(kData + 8)); });
  bench.program(R"(
    li a0, 0x80008000
    li t0, 5
    sd t0, 0(a0)
    sd t0, 8(a0)
    sw t0, 12(a0)
    sd t0, 16(a0)
    li t0, -1
    sw t0, 5(a0)          # its last byte
    exit
  )");
  bench.run();
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{5, 0x5'0000'0005, 0x5'0000'00ff}));
}

}  // namespace
}  // namespace faultline
