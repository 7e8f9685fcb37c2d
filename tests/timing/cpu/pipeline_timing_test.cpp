// SPDX-License-Identifier: Apache-2.0
// Exact cycles of the pipeline. A sequence stands between two reads of mcycle; the difference is 1
// (the issue cycle of the first read, "@0") plus what the sequence takes, so an empty one gives 1.
// Each sequence runs twice: the first pass finds L1I and branch predictor cold, the second warm.
// Parameters are the defaults: L1 hit latency 2, mul 5, div 65, misprediction 3, trap entry 5,
// return 4; the memory answers a line after 20 cycles, so that a miss has its line 2 + 20 cycles
// after the lookup.

#include <gtest/gtest.h>

#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

struct Case {
  const char* name;
  const char* sequence;
  unsigned first, second;  // cycles of the two passes
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class Pipeline : public ::testing::TestWithParam<Case> {};

TEST_P(Pipeline, takes_exactly) {
  const Case& c = GetParam();
  HartBench bench(HartBench::cycle());
  // a0: a line that is in the L1D; a1: one that no pass has touched; a2: a pointer to `after`.
  bench.program(std::string(R"(
    .option norvc
    la t0, handler
    csrw mtvec, t0
    li a0, 0x80010000
    li a1, 0x80020000
    la a2, after
    ld t0, 0(a0)
    ld t0, 64(a0)
    li s3, 2
    j pass
    .balign 64
  pass:
    csrr s1, mcycle
  )") + c.sequence +
                R"(
  after:
    csrr s2, mcycle
    sub s5, s2, s1
    addi a1, a1, 1024
    addi s3, s3, -1
    beqz s3, 2f
    mv s4, s5
    j pass
  2: exit
    .balign 64
  handler:
    csrw mepc, a2
    mret
  function:
    ret
  )");
  EXPECT_EQ(bench.run().reason, StopReason::Requested);
  // The first pass also waits for the line of `pass` before its first read, not inside.
  EXPECT_EQ(bench.x(20), c.first);
  EXPECT_EQ(bench.x(21), c.second);
}

INSTANTIATE_TEST_SUITE_P(
    sequences, Pipeline,
    ::testing::Values(
        Case{"nothing", "", 1, 1},
        Case{"one_instruction_a_cycle", "addi t0, t0, 1\n addi t0, t0, 1\n addi t0, t0, 1", 4, 4},
        // ld@1, its data from 3 on: add@3, read@4
        Case{"load_use", "ld t0, 0(a0)\n add t1, t0, t0", 4, 4},
        // ld@1, addi@2, add@3, read@4
        Case{"load_use_filled", "ld t0, 0(a0)\n addi t2, t2, 1\n add t1, t0, t0", 4, 4},
        // mul@1, its product from 6 on: add@6, read@7
        Case{"multiply_use", "mul t0, t1, t2\n add t1, t0, t0", 7, 7},
        // mul@1, the multiplier is free at 6: mul@6, read@7
        Case{"two_multiplications", "mul t0, t1, t2\n mul t3, t1, t2", 7, 7},
        // div@1, add@66, read@67
        Case{"divide_use", "div t0, t1, t2\n add t1, t0, t0", 67, 67},
        // divw@1, add@34, read@35
        Case{"divide_word_use", "divw t0, t1, t2\n add t1, t0, t0", 35, 35},
        // mul@1; the addi may not overwrite t0 before the product at 6: addi@6, read@7
        Case{"write_after_write", "mul t0, t1, t2\n addi t0, zero, 1", 7, 7},
        // csrr@1, its value from 4 on: add@4, read@5
        Case{"csr_use", "csrr t0, mscratch\n add t1, t0, t0", 5, 5},
        // bnez@1, read@2: not taken is the first prediction
        Case{"branch_not_taken", "bnez zero, after", 2, 2},
        // beqz@1; mispredicted at first: 3 cycles, read@5; then predicted: read@2
        Case{"branch_taken", "beqz zero, after", 5, 2}, Case{"jump", "j after", 2, 2},
        // A jump through a register that is no return: always mispredicted
        Case{"jump_through_register", "jr a2", 5, 5},
        // jal@1 to the line of the handler, cold at first: 22 cycles; ret@2, predicted; read@3.
        // Cold, the return also comes back to a line that is in the L1I.
        Case{"call_and_return", "jal ra, function", 25, 3},
        // sd@1, read@2
        Case{"store_hit", "sd t0, 0(a0)", 2, 2},
        // The line is there at 1 + 2 + 20 = 23, and so is the next issue
        Case{"load_miss", "ld t0, 0(a1)", 23, 23},
        Case{"store_miss_is_posted", "sd t0, 0(a1)", 2, 2},
        // sd@1: its line is there at 23; until then fence waits: fence@23, penalty 1, read@25
        Case{"fence_after_store_miss", "sd t0, 0(a1)\n fence", 25, 25},
        // Two lines, one after the other: parts @1 and @2, read@3
        Case{"load_across_lines", "ld t0, 60(a0)", 3, 3},
        // ... and the data from 2 + 2 = 4 on: add@4, read@5
        Case{"load_across_lines_use", "ld t0, 60(a0)\n add t1, t0, t0", 5, 5},
        // amoadd@1, its result from 1 + 2 + 2 = 5 on: add@5, read@6
        Case{"atomic_use", "amoadd.d t0, t1, (a0)\n add t1, t0, t0", 6, 6},
        // The line at 23, where the store follows: amoadd@23, read@24
        Case{"atomic_miss", "amoadd.d t0, t1, (a1)", 24, 24},
        // ecall@1, handler from 6 on: csrw@6, mret@7 and 4 cycles: read@12. Cold, the handler's
        // line comes 22 later.
        Case{"trap_and_return", "ecall", 34, 12},
        // 15 instructions fill the line of `pass`, @1 to @15; the read lies in the next line, cold
        // at first: @38
        Case{"fetch_across_lines", ".rept 15\n addi t0, t0, 1\n .endr", 38, 16}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace faultline
