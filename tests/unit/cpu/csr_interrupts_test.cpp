// SPDX-License-Identifier: Apache-2.0
// Pending and enabled interrupts: lines, software bits, delegation, priority (RISC-V
// Privileged 1.12, 3.1.9), and the supervisor timer of Sstc 1.0.

#include <optional>

#include "tests/unit/cpu/csr_fixture.h"

namespace faultline {
namespace {

constexpr std::uint64_t kSsip = interrupt_bit(Interrupt::SupervisorSoftware);
constexpr std::uint64_t kStip = interrupt_bit(Interrupt::SupervisorTimer);
constexpr std::uint64_t kSeip = interrupt_bit(Interrupt::SupervisorExternal);
constexpr std::uint64_t kMtip = interrupt_bit(Interrupt::MachineTimer);

class CsrInterrupts : public CsrTest {
 protected:
  /// The interrupt to be taken, or none.
  std::optional<Interrupt> next(Privilege privilege) const {
    const std::uint64_t cause = csr.pending_interrupt(privilege);
    if (cause == CsrFile::kNoInterrupt) return std::nullopt;
    return static_cast<Interrupt>(cause & ~kCauseInterrupt);
  }
};

TEST_F(CsrInterrupts, lines_show_in_mip_and_software_cannot_change_them) {
  csr.set_line(Interrupt::MachineTimer, true);
  EXPECT_EQ(get(CsrAddress::Mip), kMtip);
  EXPECT_EQ(written(CsrAddress::Mip, 0), kMtip);
  csr.set_line(Interrupt::MachineTimer, false);
  EXPECT_EQ(written(CsrAddress::Mip, kAllOnes), kSsip | kStip | kSeip);
}

TEST_F(CsrInterrupts, a_set_of_mip_does_not_latch_the_external_line) {
  csr.set_line(Interrupt::SupervisorExternal, true);
  const CsrResult result =
      csr.access(CsrAddress::Mip, CsrOperation::Set, kSsip, Privilege::Machine);
  EXPECT_EQ(result.value, kSeip);
  EXPECT_EQ(get(CsrAddress::Mip), kSeip | kSsip);
  csr.set_line(Interrupt::SupervisorExternal, false);
  EXPECT_EQ(get(CsrAddress::Mip), kSsip);
}

TEST_F(CsrInterrupts, sip_shows_delegated_interrupts_and_changes_the_software_one) {
  set(CsrAddress::Mip, kSsip | kStip | kSeip);
  EXPECT_EQ(get(CsrAddress::Sip), 0U);
  EXPECT_EQ(written(CsrAddress::Sip, 0), 0U);
  EXPECT_EQ(get(CsrAddress::Mip), kSsip | kStip | kSeip);
  set(CsrAddress::Mideleg, kAllOnes);
  EXPECT_EQ(get(CsrAddress::Sip), kSsip | kStip | kSeip);
  EXPECT_EQ(written(CsrAddress::Sip, 0), kStip | kSeip);
}

TEST_F(CsrInterrupts, priority_is_mei_msi_mti_sei_ssi_sti) {
  set(CsrAddress::Mie, kAllOnes);
  set(CsrAddress::Mip, kAllOnes);
  const Interrupt lines[] = {Interrupt::MachineExternal, Interrupt::MachineSoftware,
                             Interrupt::MachineTimer};
  for (const Interrupt line : lines) csr.set_line(line, true);
  for (const Interrupt line : lines) {
    EXPECT_EQ(next(Privilege::User), line);
    csr.set_line(line, false);
  }
  EXPECT_EQ(next(Privilege::User), Interrupt::SupervisorExternal);
  set(CsrAddress::Mip, kSsip | kStip);
  EXPECT_EQ(next(Privilege::User), Interrupt::SupervisorSoftware);
  set(CsrAddress::Mip, kStip);
  EXPECT_EQ(next(Privilege::User), Interrupt::SupervisorTimer);
  set(CsrAddress::Mip, 0);
  EXPECT_EQ(next(Privilege::User), std::nullopt);
}

TEST_F(CsrInterrupts, a_disabled_interrupt_neither_wakes_nor_traps) {
  csr.set_line(Interrupt::MachineTimer, true);
  EXPECT_FALSE(csr.wakes());
  EXPECT_EQ(next(Privilege::User), std::nullopt);
  set(CsrAddress::Mie, kMtip);
  EXPECT_TRUE(csr.wakes());
}

TEST_F(CsrInterrupts, machine_interrupts_need_mie_in_m_mode_only) {
  csr.set_line(Interrupt::MachineTimer, true);
  set(CsrAddress::Mie, kMtip);
  EXPECT_TRUE(csr.wakes());
  EXPECT_EQ(next(Privilege::Machine), std::nullopt);
  EXPECT_EQ(next(Privilege::Supervisor), Interrupt::MachineTimer);
  EXPECT_EQ(next(Privilege::User), Interrupt::MachineTimer);
  set(CsrAddress::Mstatus, mstatus::kMie);
  EXPECT_EQ(next(Privilege::Machine), Interrupt::MachineTimer);
}

TEST_F(CsrInterrupts, delegated_interrupts_need_sie_in_s_mode_and_never_reach_m_mode) {
  set(CsrAddress::Mideleg, kAllOnes);
  set(CsrAddress::Mie, kAllOnes);
  set(CsrAddress::Mip, kSsip);
  set(CsrAddress::Mstatus, mstatus::kMie);
  EXPECT_EQ(next(Privilege::Machine), std::nullopt);
  EXPECT_EQ(next(Privilege::Supervisor), std::nullopt);
  EXPECT_EQ(next(Privilege::User), Interrupt::SupervisorSoftware);
  set(CsrAddress::Mstatus, mstatus::kSie | mstatus::kMie);
  EXPECT_EQ(next(Privilege::Machine), std::nullopt);
  EXPECT_EQ(next(Privilege::Supervisor), Interrupt::SupervisorSoftware);
}

TEST_F(CsrInterrupts, interrupts_for_m_mode_come_before_delegated_ones) {
  set(CsrAddress::Mideleg, kSeip);
  set(CsrAddress::Mie, kAllOnes);
  set(CsrAddress::Mip, kSeip | kStip);
  EXPECT_EQ(next(Privilege::User), Interrupt::SupervisorTimer);
}

// --- Sstc ---

TEST_F(CsrInterrupts, stip_follows_stimecmp_once_stce_is_set) {
  set(CsrAddress::Stimecmp, 100);
  mtime = 200;
  EXPECT_EQ(get(CsrAddress::Mip), 0U);
  EXPECT_EQ(set(CsrAddress::Menvcfg, envcfg::kStce), CsrEffects::kInterrupts);
  EXPECT_EQ(get(CsrAddress::Mip), kStip);
  mtime = 99;
  EXPECT_EQ(get(CsrAddress::Mip), 0U);
  mtime = 100;
  EXPECT_EQ(get(CsrAddress::Mip), kStip);
  EXPECT_EQ(set(CsrAddress::Stimecmp, 101), CsrEffects::kInterrupts);
  EXPECT_EQ(get(CsrAddress::Mip), 0U);
}

TEST_F(CsrInterrupts, stip_is_read_only_under_stce) {
  set(CsrAddress::Mip, kStip);
  set(CsrAddress::Menvcfg, envcfg::kStce);
  EXPECT_EQ(get(CsrAddress::Mip), 0U);
  EXPECT_EQ(written(CsrAddress::Mip, kStip), 0U);
  set(CsrAddress::Menvcfg, 0);
  EXPECT_EQ(get(CsrAddress::Mip), kStip);
}

TEST_F(CsrInterrupts, the_deadline_is_stimecmp_until_it_is_reached) {
  set(CsrAddress::Stimecmp, 100);
  EXPECT_EQ(csr.next_stimecmp_deadline(), CsrFile::kNever);
  set(CsrAddress::Menvcfg, envcfg::kStce);
  mtime = 99;
  EXPECT_EQ(csr.next_stimecmp_deadline(), 100U);
  mtime = 100;
  EXPECT_EQ(csr.next_stimecmp_deadline(), CsrFile::kNever);
}

TEST_F(CsrInterrupts, stimecmp_never_fires_before_it_is_written) {
  set(CsrAddress::Menvcfg, envcfg::kStce);
  mtime = kAllOnes - 1;
  EXPECT_EQ(get(CsrAddress::Mip), 0U);
  EXPECT_EQ(csr.next_stimecmp_deadline(), CsrFile::kNever);
}

}  // namespace
}  // namespace faultline
