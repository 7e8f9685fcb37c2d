// SPDX-License-Identifier: Apache-2.0
// Changing between the fidelities within a run, by markers and by the length of the warm-up.

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

constexpr const char* kTwoPhases = R"(
    .option norvc
    li a0, 0x80010000
    slti x0, x0, 0x100       # functional
    csrr s1, mcycle
    ld t0, 0(a0)
    div t1, t0, t0
    csrr s2, mcycle
    slti x0, x0, 0x101       # the configured fidelity
    csrr s3, mcycle
    ld t0, 0(a0)
    div t1, t0, t0
    add t1, t1, t1
    csrr s4, mcycle
    exit
)";

TEST(HartFidelityTest, markers_switch_and_caches_start_empty) {
  HartBench bench(HartBench::cycle());
  bench.program(kTwoPhases);
  bench.run();
  EXPECT_EQ(bench.x(18) - bench.x(9), 3U);  // an instruction a cycle
  // ld@1 misses: the line at 23; div@23, its quotient at 88: add@88, read@89. All eight
  // instructions of this phase's line were fetched by its first one.
  EXPECT_EQ(bench.x(20) - bench.x(19), 89U);
  EXPECT_EQ(bench.hart.fidelity(), Fidelity::Cycle);
  EXPECT_EQ(bench.stat("l1d.load_misses"), 1U);
}

TEST(HartFidelityTest, configured_functional_ignores_the_end_of_the_warm_up) {
  HartBench bench(HartBench::functional());
  bench.program(kTwoPhases);
  bench.run();
  EXPECT_EQ(bench.x(20) - bench.x(19), 4U);
  EXPECT_EQ(bench.stat("l1d.accesses"), 0U);
}

TEST(HartFidelityTest, warm_up_ends_at_its_instruction) {
  HartParams params = HartBench::cycle();
  params.warmup_instructions = 5;
  HartBench bench(params);
  bench.program(R"(
    .option norvc
    lui a0, 0x10             # 1
    slli a0, a0, 15          # 2: 0x80000000
    csrr s1, mcycle          # 3
    ld t0, 64(a0)            # 4, functional
    csrr s2, mcycle          # 5
    ld t0, 64(a0)            # 6: the first in cycle fidelity, misses
    csrr s3, mcycle
    exit
  )");
  bench.run();
  EXPECT_EQ(bench.x(9), 2U);
  EXPECT_EQ(bench.x(18), 4U);
  // The fetch of the line, 22 cycles, and the load, 22: 5 + 22 + 22.
  EXPECT_EQ(bench.x(19), 49U);
  EXPECT_EQ(bench.stat("l1d.load_misses"), 1U);
}

/// An observer that takes no notice; a test overrides what it wants to hear.
class QuietObserver : public HartObserver {
 public:
  bool fault_raised(const FaultEvent&) override { return false; }
  bool jumped(Cycles, VirtAddr, const CallRegisters&) override { return false; }
  bool trapped(Cycles, std::uint64_t, VirtAddr) override { return false; }
  std::optional<AwaitedAccess> returned(Cycles, VirtAddr, Privilege) override { return {}; }
  bool replayed(Cycles, const ObservedAccess&) override { return false; }
  void fidelity_changed(Cycles, bool) override {}
  void marked(Cycles, unsigned) override {}
};

TEST(HartFidelityTest, counted_warm_up_is_not_ended_by_the_marker_and_its_end_is_told) {
  struct Listener : QuietObserver {
    void fidelity_changed(Cycles now, bool timed) override { changes.emplace_back(now, timed); }
    std::vector<std::pair<Cycles, bool>> changes;
  };
  HartParams params = HartBench::cycle();
  params.warmup_instructions = 5;
  HartBench bench(params);
  Listener listener;
  bench.hart.set_observer(&listener);
  bench.program(R"(
    .option norvc
    slti x0, x0, 0x101
    nop
    nop
    nop
    nop
    exit
  )");
  bench.run();
  EXPECT_EQ(listener.changes, (std::vector<std::pair<Cycles, bool>>{{5, true}}));
}

TEST(HartFidelityTest, counters_of_the_guest_survive_a_reset_of_statistics) {
  struct Resetter : QuietObserver {
    explicit Resetter(StatGroup& group) : stats(group) {}
    void marked(Cycles, unsigned) override { stats.reset(); }
    StatGroup& stats;
  };
  HartBench bench(HartBench::cycle());
  Resetter resetter(bench.stats);
  bench.hart.set_observer(&resetter);
  bench.program(R"(
    .option norvc
    nop
    nop
    slti x0, x0, 0x102
    csrr s1, minstret
    csrr s2, mcycle
    exit
  )");
  const HartStop& stop = bench.run();
  EXPECT_EQ(bench.x(9), 3U);
  EXPECT_EQ(bench.stat("hart.instructions"), stop.instructions - 2);
  EXPECT_EQ(bench.stat("hart.cycles"), stop.cycle - (bench.x(18) - 2));
}

}  // namespace
}  // namespace faultline
