// SPDX-License-Identifier: Apache-2.0
// The switches for the host's speed change no result: not one statistic differs.

#include <gtest/gtest.h>

#include "models/mmu/pte.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

/// Code that changes itself and crosses lines and pages, data over more pages than the TLBs hold,
/// superpages, fences, faults that a handler repairs, atomics, and PMP that divides a page.
constexpr const char* kProgram = R"(
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr1, t0
    li t0, 0x20008010          # NA4 at 0x80020040: no access from S
    csrw pmpaddr0, t0
    li t0, 0x1f10
    csrw pmpcfg0, t0
    csrw satp, s4
    li t0, 0x2800              # FS on; MPP = S
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret
    .balign 4
  handler:                     # maps what is missing, by setting V
    csrr t3, mcause
    li t4, 9
    beq t3, t4, done
    addi s9, s9, 1
    li t4, 15
    bne t3, t4, skip           # no store page fault: goes on behind the instruction
    csrr t3, mtval
    li t4, 0x60000000
    sub t3, t3, t4
    srli t3, t3, 12
    slli t3, t3, 3
    add t4, s5, t3
    ld t5, 0(t4)
    ori t5, t5, 1
    sd t5, 0(t4)
    csrr t3, mtval
    sfence.vma t3
    mret
  skip:
    csrr t3, mepc
    addi t3, t3, 4
    csrw mepc, t3
    mret
  done:
    exit
  supervisor:
    li s1, 30
  again:
    li a0, 0x40000000          # 64 pages, 61 bytes into each: crosses lines
    li a1, 64
    li a2, 4096
  1: ld t0, 61(a0)
    addi t0, t0, 1
    sd t0, 61(a0)
    add a0, a0, a2
    addi a1, a1, -1
    bnez a1, 1b
    li a0, 0x60000000          # pages that the handler maps
    slli t0, s1, 12
    add a0, a0, t0
    sd s1, -4(a0)              # crosses pages
    li a0, 0x80000000 + 0x20000
    .option push
    .option norvc
    ld t0, 0x40(a0)            # refused by PMP
    ld t0, 0x48(a0)
    .option pop
    amoadd.d t1, t0, (a0)
    .option push
    .option norvc
    j 4f
    .balign 64
    .space 60
  3: j 5f                      # ends its line
  4: j 3b                      # back from the line behind
  5:
    .balign 64
    .option rvc
    .rept 29
    c.nop
    .endr
    .option norvc
    li t1, 2                   # twice through an instruction that lies in two lines
  6: addi t1, t1, -1
    addi t2, t2, 1
    bnez t1, 6b
    .option pop
    call far
    la a3, patch
    lw t0, 0(a3)
    li t1, 0x100000
    add t0, t0, t1
    sw t0, 0(a3)
    fence.i
    .option push
    .option norvc
  patch:
    addi s2, s2, 0
    .option pop
    andi t0, s1, 3
    bnez t0, 2f
    sfence.vma
  2: addi s1, s1, -1
    bnez s1, again
    ecall
    .org 0x1ff6
  far:                         # crosses into the next page
    mul t2, s1, s1
    .option push
    .option norvc
    add s3, s3, t2
    div t2, s3, s1
    fcvt.d.l f1, t2
    .option pop
    ret
)";

/// Loads the program into a bench; s4 is satp, s5 where the entries of 0x60000000 are.
void prepare(HartBench& bench) {
  PageTables tables(bench, HartBench::kMemoryBase + 0x100000);
  constexpr std::uint64_t kRwx = kPteV | kPteR | kPteW | kPteX | kPteA | kPteD;
  tables.map(HartBench::kMemoryBase, HartBench::kMemoryBase, kRwx, 1);
  for (unsigned i = 0; i < 65; ++i) {
    tables.map(0x40000000 + i * kPageBytes, 0x80200000 + i * kPageBytes, kRwx);
    tables.map(0x60000000 + i * kPageBytes, 0x80300000 + i * kPageBytes,
               kRwx & ~std::uint64_t{kPteV});
  }
  bench.program(kProgram);
  bench.hart.state().set_x(20, tables.satp());
  bench.hart.state().set_x(21, tables.entry_address(0x60000000));
}

std::string results(HartBench& bench) {
  std::string text = describe(bench.hart.stop_report()) + bench.all_stats();
  for (unsigned i = 0; i < 32; ++i)
    text += "x" + std::to_string(i) + " " + std::to_string(bench.x(i)) + "\n";
  return text;
}

class HartHostOptions : public ::testing::TestWithParam<Fidelity> {};

/// All on the same simulated time line, so this also shows that harts do not disturb each other.
TEST_P(HartHostOptions, change_no_result) {
  HartParams params = HartBench::cycle();
  params.fidelity = GetParam();
  HartBench all_on(params, {}, "all_on");
  params.host = {.decode_cache = false};
  HartBench no_decode_cache(params, {}, "no_decode_cache");
  params.host = {.direct_memory = false};
  HartBench no_direct_memory(params, {}, "no_direct_memory");
  params.host = {.translation_hints = false};
  HartBench no_hints(params, {}, "no_hints");
  const std::vector<HartBench*> benches = {&all_on, &no_decode_cache, &no_direct_memory, &no_hints};
  for (HartBench* bench : benches) prepare(*bench);
  HartBench::run_all(benches);

  const std::string expected = results(all_on);
  EXPECT_EQ(all_on.hart.stop_report().reason, StopReason::Requested) << expected;
  EXPECT_EQ(all_on.x(18), 30U * 31 / 2);  // the patched immediate: 1 + 2 + ... + 30
  EXPECT_EQ(all_on.stat("hart.traps.store_page_fault"), 31U);  // pages 0 to 30
  EXPECT_EQ(all_on.stat("hart.traps.load_access_fault"), 30U);
  EXPECT_EQ(results(no_decode_cache), expected);
  EXPECT_EQ(results(no_direct_memory), expected);
  EXPECT_EQ(results(no_hints), expected);
}

INSTANTIATE_TEST_SUITE_P(fidelities, HartHostOptions,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

}  // namespace
}  // namespace faultline
