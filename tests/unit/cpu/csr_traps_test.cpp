// SPDX-License-Identifier: Apache-2.0
// Trap entry, delegation and return (RISC-V Privileged 1.12, 3.1.6 to 3.1.8, 3.3.2, 4.1.1).

#include "tests/unit/cpu/csr_fixture.h"

namespace faultline {
namespace {

using CsrTraps = CsrTest;

constexpr std::uint64_t cause_of(Exception exception) {
  return static_cast<std::uint64_t>(exception);
}
constexpr std::uint64_t cause_of(Interrupt interrupt) {
  return kCauseInterrupt | static_cast<std::uint64_t>(interrupt);
}
constexpr std::uint64_t mpp_of(Privilege privilege) {
  return static_cast<std::uint64_t>(privilege) << mstatus::kMppShift;
}

TEST_F(CsrTraps, a_trap_to_m_mode_saves_pc_cause_value_privilege_and_mie) {
  set(CsrAddress::Mtvec, 0x8000'0100);
  set(CsrAddress::Mstatus, mstatus::kMie | mstatus::kSie);
  const PrivilegedJump to = csr.enter_trap(cause_of(Exception::LoadPageFault), 0x1234,
                                           VirtAddr{0x4000}, Privilege::Supervisor);
  EXPECT_EQ(to.pc, VirtAddr{0x8000'0100});
  EXPECT_EQ(to.privilege, Privilege::Machine);
  EXPECT_EQ(get(CsrAddress::Mepc), 0x4000U);
  EXPECT_EQ(get(CsrAddress::Mcause), 13U);
  EXPECT_EQ(get(CsrAddress::Mtval), 0x1234U);
  constexpr std::uint64_t kFields =
      mstatus::kMie | mstatus::kMpie | mstatus::kMpp | mstatus::kSie | mstatus::kSpie;
  EXPECT_EQ(get(CsrAddress::Mstatus) & kFields,
            mstatus::kMpie | mstatus::kSie | mpp_of(Privilege::Supervisor));
}

TEST_F(CsrTraps, a_delegated_exception_goes_to_s_mode) {
  set(CsrAddress::Stvec, 0x8020'0100);
  set(CsrAddress::Medeleg, 1U << 15);
  set(CsrAddress::Mstatus, mstatus::kSie);
  const PrivilegedJump to = csr.enter_trap(cause_of(Exception::StorePageFault), 0x1234,
                                           VirtAddr{0x4000}, Privilege::User);
  EXPECT_EQ(to.pc, VirtAddr{0x8020'0100});
  EXPECT_EQ(to.privilege, Privilege::Supervisor);
  EXPECT_EQ(get(CsrAddress::Sepc), 0x4000U);
  EXPECT_EQ(get(CsrAddress::Scause), 15U);
  EXPECT_EQ(get(CsrAddress::Stval), 0x1234U);
  EXPECT_EQ(get(CsrAddress::Mcause), 0U);
  EXPECT_EQ(get(CsrAddress::Sstatus) & (mstatus::kSie | mstatus::kSpie | mstatus::kSpp),
            mstatus::kSpie);
}

TEST_F(CsrTraps, a_trap_out_of_s_mode_sets_spp) {
  set(CsrAddress::Medeleg, 1U << 2);
  static_cast<void>(csr.enter_trap(cause_of(Exception::IllegalInstruction), 0, VirtAddr{0},
                                   Privilege::Supervisor));
  EXPECT_EQ(get(CsrAddress::Sstatus) & mstatus::kSpp, mstatus::kSpp);
}

TEST_F(CsrTraps, traps_never_go_down) {
  set(CsrAddress::Medeleg, kAllOnes);
  set(CsrAddress::Mideleg, kAllOnes);
  EXPECT_EQ(csr.trap_target(cause_of(Exception::Breakpoint), Privilege::Machine),
            Privilege::Machine);
  EXPECT_EQ(csr.trap_target(cause_of(Exception::Breakpoint), Privilege::User),
            Privilege::Supervisor);
  EXPECT_EQ(csr.trap_target(cause_of(Interrupt::SupervisorTimer), Privilege::User),
            Privilege::Supervisor);
  EXPECT_EQ(csr.trap_target(cause_of(Interrupt::MachineTimer), Privilege::User),
            Privilege::Machine);
}

TEST_F(CsrTraps, interrupts_and_exceptions_are_delegated_separately) {
  set(CsrAddress::Medeleg, 1U << 5);
  EXPECT_EQ(csr.trap_target(cause_of(Exception::LoadAccessFault), Privilege::User),
            Privilege::Supervisor);
  EXPECT_EQ(csr.trap_target(cause_of(Interrupt::SupervisorTimer), Privilege::User),
            Privilege::Machine);
}

TEST_F(CsrTraps, vectored_mode_spreads_interrupts_and_not_exceptions) {
  set(CsrAddress::Mtvec, 0x8000'0101);
  EXPECT_EQ(
      csr.enter_trap(cause_of(Interrupt::MachineTimer), 0, VirtAddr{0}, Privilege::Machine).pc,
      VirtAddr{0x8000'011C});
  EXPECT_EQ(
      csr.enter_trap(cause_of(Exception::LoadPageFault), 0, VirtAddr{0}, Privilege::Machine).pc,
      VirtAddr{0x8000'0100});
}

TEST_F(CsrTraps, mret_restores_and_leaves_the_least_privileged_mode_behind) {
  set(CsrAddress::Mepc, 0x8020'0000);
  set(CsrAddress::Mstatus, mpp_of(Privilege::Supervisor) | mstatus::kMpie | mstatus::kMprv);
  const PrivilegedJump to = csr.mret();
  EXPECT_EQ(to.pc, VirtAddr{0x8020'0000});
  EXPECT_EQ(to.privilege, Privilege::Supervisor);
  constexpr std::uint64_t kFields = mstatus::kMie | mstatus::kMpie | mstatus::kMpp | mstatus::kMprv;
  EXPECT_EQ(get(CsrAddress::Mstatus) & kFields, mstatus::kMie | mstatus::kMpie);
}

TEST_F(CsrTraps, mret_to_m_mode_keeps_mprv) {
  set(CsrAddress::Mstatus, mpp_of(Privilege::Machine) | mstatus::kMprv);
  EXPECT_EQ(csr.mret().privilege, Privilege::Machine);
  EXPECT_EQ(get(CsrAddress::Mstatus) & (mstatus::kMprv | mstatus::kMpie | mstatus::kMie),
            mstatus::kMprv | mstatus::kMpie);
}

TEST_F(CsrTraps, sret_restores_and_clears_mprv) {
  set(CsrAddress::Sepc, 0x4000);
  set(CsrAddress::Mstatus, mstatus::kSpp | mstatus::kSie | mstatus::kMprv);
  PrivilegedJump to = csr.sret();
  EXPECT_EQ(to.pc, VirtAddr{0x4000});
  EXPECT_EQ(to.privilege, Privilege::Supervisor);
  constexpr std::uint64_t kFields = mstatus::kSie | mstatus::kSpie | mstatus::kSpp | mstatus::kMprv;
  EXPECT_EQ(get(CsrAddress::Mstatus) & kFields, mstatus::kSpie);
  to = csr.sret();
  EXPECT_EQ(to.privilege, Privilege::User);
}

}  // namespace
}  // namespace faultline
