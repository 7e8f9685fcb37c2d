// SPDX-License-Identifier: Apache-2.0
// MmuParams::check in a hart: a translation that the page tables no longer give ends the run,
// whichever copy of it was used.

#include <gtest/gtest.h>

#include <string>

#include "models/mmu/pte.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kPage = HartBench::kMemoryBase + 0x8000;
constexpr std::uint64_t kFlags = kPteV | kPteR | kPteW | kPteX | kPteA | kPteD;

/// Starts in M mode and runs `supervisor` in S mode with translation on: the pages at 0x40000000
/// and 0x40001000 are kPage, their entries are at s3, and everything else is where it is.
std::string in_supervisor_mode(const std::string& supervisor) {
  return R"(
    .option norvc
    la t0, handler
    csrw mtvec, t0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 31
    csrw pmpcfg0, t0
    csrw satp, s2
    li t0, 0x800
    csrs mstatus, t0
    la t0, supervisor
    csrw mepc, t0
    mret
    .balign 4
  handler:
    csrr s10, mcause
    exit
    .org 0x200
  supervisor:
    li a0, 0x40000000
)" + supervisor;
}

class HartCheck : public ::testing::TestWithParam<Fidelity> {
 protected:
  const HartStop& run(const std::string& supervisor) {
    tables.map(HartBench::kMemoryBase, HartBench::kMemoryBase, kFlags, 1);
    tables.map(HartBench::kDeviceBase, HartBench::kDeviceBase, kFlags & ~kPteX);
    tables.map(0x40000000, kPage, kFlags);
    tables.map(0x40001000, kPage, kFlags);
    bench.hart.state().set_x(18, tables.satp(3));
    bench.hart.state().set_x(19, tables.entry_address(0x40000000));
    bench.program(in_supervisor_mode(supervisor));
    return bench.run();
  }
  static MmuParams checking() {
    MmuParams params;
    params.check = true;
    return params;
  }

  HartBench bench{GetParam() == Fidelity::Cycle ? HartBench::cycle() : HartBench::functional(),
                  checking()};
  PageTables tables{bench, HartBench::kMemoryBase + 0x100000};
};

INSTANTIATE_TEST_SUITE_P(fidelities, HartCheck,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

TEST_P(HartCheck, stops_at_a_load_through_a_copy_of_an_entry_that_is_gone) {
  const HartStop& stop = run(R"(
    ld t0, 8(a0)
    sd x0, 0(s3)
    j 1f
    .org 0x240
  1: ld t0, 8(a0)
    li s11, 1
    li s11, 2
    exit
  )");
  ASSERT_EQ(stop.reason, StopReason::StaleTranslation) << describe(stop);
  ASSERT_TRUE(stop.stale.has_value());
  EXPECT_EQ(stop.stale->pc.value, HartBench::kMemoryBase + 0x240);
  EXPECT_EQ(stop.stale->translation.address.value, 0x40000008U);
  EXPECT_EQ(stop.stale->translation.asid, 3U);
  EXPECT_EQ(stop.stale->translation.current, 0U);
  EXPECT_EQ(stop.stale->translation.used, 0x20002000U | kFlags);
  EXPECT_EQ(bench.x(27), 0U) << "the run ends with the instruction";
  EXPECT_NE(describe(stop).find("no longer mapped"), std::string::npos) << describe(stop);
}

TEST_P(HartCheck, stops_at_a_store_through_a_copy_that_still_has_w) {
  const HartStop& stop = run(R"(
    sd t0, 8(a0)
    ld t1, 0(s3)
    andi t1, t1, ~4
    sd t1, 0(s3)
    ld t0, 8(a0)               # reading is allowed
    j 1f
    .org 0x240
  1: sd t0, 8(a0)
    exit
  )");
  ASSERT_EQ(stop.reason, StopReason::StaleTranslation) << describe(stop);
  EXPECT_EQ(stop.stale->pc.value, HartBench::kMemoryBase + 0x240);
  EXPECT_EQ(stop.stale->translation.kind, Staleness::Forbidden);
}

TEST_P(HartCheck, stops_at_a_fetch_through_a_copy_of_an_entry_that_has_moved) {
  bench.write(kPage, 0x00008067, 4);  // ret
  bench.write(kPage + kPageBytes, 0x00008067, 4);
  const HartStop& stop = run(R"(
    li a1, 0x40001000
    jalr x1, (a1)
    ld t1, 8(s3)
    addi t1, t1, 0x400         # the next page
    sd t1, 8(s3)
    jalr x1, (a1)
    exit
  )");
  ASSERT_EQ(stop.reason, StopReason::StaleTranslation) << describe(stop);
  EXPECT_EQ(stop.stale->pc.value, 0x40001000U);
  EXPECT_EQ(stop.stale->translation.access, AccessType::Fetch);
  EXPECT_EQ(stop.stale->translation.kind, Staleness::Moved);
}

TEST_P(HartCheck, lets_a_fenced_change_pass) {
  const HartStop& stop = run(R"(
    sd t0, 8(a0)
    sd x0, 0(s3)
    sfence.vma a0
    sd t0, 8(a0)
    exit
  )");
  EXPECT_EQ(stop.reason, StopReason::Requested) << describe(stop);
  EXPECT_EQ(bench.x(26), 15U) << "a store page fault";
}

}  // namespace
}  // namespace faultline
