// SPDX-License-Identifier: Apache-2.0
// What an observer hears of a fault, from the access that missed to the same access retired.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/mmu/pte.h"
#include "tests/support/hart_bench.h"

namespace faultline {
namespace {

/// Writes down what it is told, and stops listening after the replay.
class Listener : public HartObserver {
 public:
  bool fault_raised(const FaultEvent& event) override {
    log.push_back("fault " + hex(event.access.pc) + " " + hex(event.access.address));
    fault = event;
    if (event.access.walk != nullptr) fault_reads = event.access.walk->read_count;
    return true;
  }
  bool jumped(Cycles now, VirtAddr target, const CallRegisters& registers) override {
    log.push_back("jump " + hex(target) + " ra " + hex(VirtAddr{registers.ra}));
    arguments = registers;
    in_order(now);
    return true;
  }
  bool trapped(Cycles now, std::uint64_t cause, VirtAddr) override {
    log.push_back("trap " + std::to_string(cause));
    in_order(now);
    return true;
  }
  std::optional<AwaitedAccess> returned(Cycles now, VirtAddr target, Privilege to) override {
    log.push_back("return " + hex(target) + " " + to_string(to));
    in_order(now);
    return AwaitedAccess{fault.access.pc, fault.access.address, fault.access.access};
  }
  bool replayed(Cycles now, const ObservedAccess& access) override {
    log.push_back("replay " + hex(access.pc) + " " + hex(access.address));
    replay = access;
    if (access.walk != nullptr) replay_reads = access.walk->read_count;
    in_order(now);
    return false;
  }
  void fidelity_changed(Cycles, bool) override {}
  void marked(Cycles, unsigned marker) override {
    log.push_back("marker " + std::to_string(marker));
  }

  std::vector<std::string> log;
  FaultEvent fault{};
  ObservedAccess replay{};
  CallRegisters arguments{};
  int fault_reads = -1;
  int replay_reads = -1;
  Cycles last = 0;

 private:
  static std::string hex(VirtAddr a) {
    char text[20];
    std::snprintf(text, sizeof text, "%lx", a.value);
    return text;
  }
  void in_order(Cycles now) {
    EXPECT_GE(now, last);
    last = now;
  }
};

class Observer : public ::testing::TestWithParam<Fidelity> {};
/// Wants to hear of three instructions.
class Stepper : public Listener {
 public:
  bool reached(Cycles now, VirtAddr pc, Privilege privilege) override {
    EXPECT_TRUE(cycles.empty() || now > cycles.back());
    EXPECT_EQ(privilege, Privilege::Machine);
    cycles.push_back(now);
    pcs.push_back(pc.value - HartBench::kMemoryBase);
    return pcs.size() < 3;
  }

  std::vector<Cycles> cycles;
  std::vector<std::uint64_t> pcs;
};

TEST_P(Observer, hears_of_every_instruction_from_a_count_on_until_it_has_enough) {
  HartBench bench(GetParam() == Fidelity::Cycle ? HartBench::cycle() : HartBench::functional());
  Stepper stepper;
  bench.hart.set_observer(&stepper);
  bench.hart.observe_instructions_from(~std::uint64_t{0}, 2);
  bench.program(R"(
    .option norvc
    li t0, 1
    li t1, 2
    j 1f
    nop
  1: add t2, t0, t1
    add t3, t2, t1
    add t4, t3, t1
    exit
  )");
  bench.run();
  EXPECT_THAT(stepper.pcs, ::testing::ElementsAre(8, 16, 20));
}

INSTANTIATE_TEST_SUITE_P(fidelities, Observer,
                         ::testing::Values(Fidelity::Functional, Fidelity::Cycle),
                         [](const auto& chosen) {
                           return chosen.param == Fidelity::Cycle ? "cycle" : "functional";
                         });

TEST_P(Observer, hears_a_fault_from_its_access_to_its_replay) {
  HartBench bench(GetParam() == Fidelity::Cycle ? HartBench::cycle() : HartBench::functional());
  Listener listener;
  bench.hart.set_observer(&listener);
  PageTables tables(bench, HartBench::kMemoryBase + 0x100000);
  tables.map(HartBench::kMemoryBase, HartBench::kMemoryBase,
             kPteV | kPteR | kPteW | kPteX | kPteA | kPteD, 1);
  tables.map(HartBench::kDeviceBase, HartBench::kDeviceBase, kPteV | kPteR | kPteW | kPteA | kPteD);
  bench.hart.state().set_x(18, tables.satp());
  bench.hart.state().set_x(19, tables.entry_address(0x40000000));
  bench.program(R"(
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
    jal x1, 1f               # nobody listens yet
  1: mret
    .org 0x80
  handler:
    li a1, 0x222
    jal x1, helper
    mret
    .org 0x100
  helper:
    li t0, 0x200020cf        # the page at 0x80008000: V R W A D, not U
    addi t0, t0, -8
    sd t0, 0(s3)
    sfence.vma
    ret
    .org 0x200
  supervisor:
    slti x0, x0, 0x102
    li a0, 0x40000018
    j 2f
    .org 0x220
  2: sd a0, 0(a0)
    jal x1, 1f               # nobody listens any more
  1: exit
  )");
  const HartStop& stop = bench.run();
  EXPECT_EQ(stop.reason, StopReason::Requested) << describe(stop);
  EXPECT_THAT(listener.log,
              ::testing::ElementsAre("marker 258", "fault 80000220 40000018",
                                     "jump 80000100 ra 80000088", "jump 80000088 ra 80000088",
                                     "return 80000220 S", "replay 80000220 40000018"));
  EXPECT_EQ(listener.fault.access.abort.status, AbortStatus::Translation);
  EXPECT_EQ(listener.fault.access.access, AccessType::Store);
  EXPECT_EQ(listener.arguments.a0, 0x40000018U);
  EXPECT_EQ(listener.arguments.a1, 0x222U);
  EXPECT_EQ(listener.replay.abort.status, AbortStatus::None);
  EXPECT_EQ(listener.replay.pte, 0x200020c7U);
  EXPECT_LE(listener.fault.access.times.done, listener.fault.trap_entered);
  if (GetParam() == Fidelity::Cycle) {
    EXPECT_EQ(listener.fault_reads, 3);
    EXPECT_EQ(listener.replay_reads, 3);  // the fence has emptied the walk caches, too
    EXPECT_GT(listener.replay.times.done, listener.replay.times.start);
  } else {
    EXPECT_EQ(listener.replay.times.done, listener.replay.times.start);
  }
  EXPECT_EQ(bench.read(0x80008018), 0x40000018U);
}

}  // namespace
}  // namespace faultline
