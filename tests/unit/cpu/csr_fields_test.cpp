// SPDX-License-Identifier: Apache-2.0
// WARL rules: what of a register software can change, and what reads back (RISC-V Privileged 1.12).

#include "tests/unit/cpu/csr_fixture.h"

namespace faultline {
namespace {

using CsrFields = CsrTest;

TEST_F(CsrFields, identification_is_constant) {
  EXPECT_EQ(get(CsrAddress::Misa), 0x8000'0000'0014'112DU);  // RV64 ACDFIMSU
  EXPECT_EQ(written(CsrAddress::Misa, 0), 0x8000'0000'0014'112DU);
  EXPECT_EQ(get(CsrAddress::Mhartid), 0U);
  EXPECT_EQ(get(CsrAddress::Mconfigptr), 0U);
}

TEST(CsrHartId, is_the_parameter) {
  Pmp pmp;
  CsrFile csr({.hart_id = 3}, pmp);
  EXPECT_EQ(csr.read(CsrAddress::Mhartid, Privilege::Machine).value, 3U);
}

TEST_F(CsrFields, mstatus_keeps_its_fields_and_fixes_the_register_widths) {
  EXPECT_EQ(get(CsrAddress::Mstatus), 0x0000'000A'0000'0000U);  // UXL = SXL = 64 bits
  EXPECT_EQ(written(CsrAddress::Mstatus, kAllOnes), 0x8000'000A'007E'79AAU);
  EXPECT_EQ(written(CsrAddress::Mstatus, 0), 0x0000'000A'0000'0000U);
}

TEST_F(CsrFields, mpp_keeps_its_mode_when_the_reserved_one_is_written) {
  const std::uint64_t supervisor = std::uint64_t{1} << mstatus::kMppShift;
  const std::uint64_t reserved = std::uint64_t{2} << mstatus::kMppShift;
  set(CsrAddress::Mstatus, supervisor);
  EXPECT_EQ(
      written(CsrAddress::Mstatus, reserved | mstatus::kMie) & (mstatus::kMpp | mstatus::kMie),
      supervisor | mstatus::kMie);
}

TEST_F(CsrFields, sstatus_is_a_view_of_mstatus) {
  set(CsrAddress::Mstatus, kAllOnes);
  EXPECT_EQ(get(CsrAddress::Sstatus), 0x8000'0002'000C'6122U);
  set(CsrAddress::Sstatus, 0);
  EXPECT_EQ(get(CsrAddress::Mstatus), 0x0000'000A'0072'1888U);
  EXPECT_EQ(written(CsrAddress::Sstatus, kAllOnes), 0x8000'0002'000C'6122U);
}

TEST_F(CsrFields, sd_says_that_the_float_state_is_dirty) {
  set(CsrAddress::Mstatus, mstatus::kFsInitial);
  EXPECT_EQ(get(CsrAddress::Mstatus) & mstatus::kSd, 0U);
  EXPECT_EQ(set(CsrAddress::Fflags, 1), CsrEffects::kFloat);
  EXPECT_EQ(get(CsrAddress::Mstatus) & (mstatus::kSd | mstatus::kFs), mstatus::kSd | mstatus::kFs);
  set(CsrAddress::Mstatus, mstatus::kFsInitial);
  static_cast<void>(get(CsrAddress::Fcsr));
  EXPECT_EQ(get(CsrAddress::Mstatus) & mstatus::kFs, mstatus::kFsInitial);
}

TEST_F(CsrFields, fcsr_consists_of_frm_and_fflags) {
  set(CsrAddress::Mstatus, mstatus::kFsInitial);
  EXPECT_EQ(written(CsrAddress::Fcsr, kAllOnes), 0xFFU);
  EXPECT_EQ(get(CsrAddress::Frm), 7U);
  EXPECT_EQ(get(CsrAddress::Fflags), 0x1FU);
  EXPECT_EQ(written(CsrAddress::Frm, 0xF3), 3U);
  EXPECT_EQ(written(CsrAddress::Fflags, 0xE2), 2U);
  EXPECT_EQ(get(CsrAddress::Fcsr), 0x62U);
  EXPECT_EQ(csr.frm(), 3U);
  csr.fflags() |= 1;
  EXPECT_EQ(get(CsrAddress::Fflags), 3U);
}

TEST_F(CsrFields, trap_vectors_refuse_reserved_modes) {
  for (const CsrAddress address : {CsrAddress::Mtvec, CsrAddress::Stvec}) {
    EXPECT_EQ(written(address, 0x8000'1001), 0x8000'1001U);
    EXPECT_EQ(written(address, 0x8000'2002), 0x8000'1001U);
    EXPECT_EQ(written(address, 0x8000'2003), 0x8000'1001U);
    EXPECT_EQ(written(address, 0x8000'2004), 0x8000'2004U);
  }
}

TEST_F(CsrFields, epc_is_even) {
  EXPECT_EQ(written(CsrAddress::Mepc, kAllOnes), kAllOnes - 1);
  EXPECT_EQ(written(CsrAddress::Sepc, 0x8000'0003), 0x8000'0002U);
}

TEST_F(CsrFields, plain_registers_hold_64_bits) {
  for (const CsrAddress address :
       {CsrAddress::Mscratch, CsrAddress::Sscratch, CsrAddress::Mcause, CsrAddress::Scause,
        CsrAddress::Mtval, CsrAddress::Stval, CsrAddress::Stimecmp}) {
    EXPECT_EQ(written(address, kAllOnes), kAllOnes);
    EXPECT_EQ(written(address, 0x0123'4567'89AB'CDEF), 0x0123'4567'89AB'CDEFU);
  }
}

TEST_F(CsrFields, delegation_covers_what_s_mode_can_take) {
  EXPECT_EQ(written(CsrAddress::Medeleg, kAllOnes), 0xB3FFU);  // not: ecall from M, reserved codes
  EXPECT_EQ(written(CsrAddress::Mideleg, kAllOnes), 0x222U);   // SSI, STI, SEI
}

TEST_F(CsrFields, interrupt_enables_exist_for_six_interrupts) {
  EXPECT_EQ(written(CsrAddress::Mie, kAllOnes), 0xAAAU);
}

TEST_F(CsrFields, sie_shows_and_changes_delegated_interrupts_only) {
  set(CsrAddress::Mie, 0xAAA);
  EXPECT_EQ(get(CsrAddress::Sie), 0U);
  set(CsrAddress::Mideleg, 0x202);
  EXPECT_EQ(get(CsrAddress::Sie), 0x202U);
  EXPECT_EQ(set(CsrAddress::Sie, 0x220), CsrEffects::kInterrupts);
  EXPECT_EQ(get(CsrAddress::Mie), 0xAA8U);
}

TEST_F(CsrFields, counter_enables_hold_32_bits) {
  EXPECT_EQ(written(CsrAddress::Mcounteren, kAllOnes), 0xFFFF'FFFFU);
  EXPECT_EQ(written(CsrAddress::Scounteren, kAllOnes), 0xFFFF'FFFFU);
}

TEST_F(CsrFields, environment_configuration_offers_what_the_hart_has) {
  EXPECT_EQ(written(CsrAddress::Menvcfg, kAllOnes), envcfg::kFiom | envcfg::kAdue | envcfg::kStce);
  EXPECT_EQ(written(CsrAddress::Senvcfg, kAllOnes), envcfg::kFiom);
}

TEST_F(CsrFields, satp_with_an_unsupported_mode_changes_nothing) {
  const std::uint64_t sv39 = std::uint64_t{8} << 60 | std::uint64_t{0x1234} << 44 | 0x8'0000;
  EXPECT_EQ(set(CsrAddress::Satp, sv39), CsrEffects::kTranslation);
  EXPECT_EQ(get(CsrAddress::Satp), sv39);
  for (const std::uint64_t mode : {1, 7, 9, 10, 11, 15}) {
    EXPECT_EQ(set(CsrAddress::Satp, mode << 60 | 5), CsrEffects::kNone);
    EXPECT_EQ(get(CsrAddress::Satp), sv39);
  }
  EXPECT_EQ(written(CsrAddress::Satp, 0), 0U);
}

TEST(CsrSatp, modes_and_asid_bits_are_parameters) {
  Pmp pmp;
  CsrFile csr({.satp_modes = {SatpMode::Bare, SatpMode::Sv48}, .asid_bits = 9}, pmp);
  static_cast<void>(csr.write(CsrAddress::Satp, std::uint64_t{8} << 60, Privilege::Machine));
  EXPECT_EQ(csr.satp(), 0U);
  static_cast<void>(csr.write(CsrAddress::Satp, 0x9FFF'F000'0000'0001, Privilege::Machine));
  EXPECT_EQ(csr.satp(), 0x901F'F000'0000'0001U);
}

TEST_F(CsrFields, translation_contexts_follow_mstatus_satp_and_menvcfg) {
  const std::uint64_t satp = std::uint64_t{8} << 60 | 0x8'0000;
  set(CsrAddress::Satp, satp);
  const std::uint64_t from_user = mstatus::kMprv | mstatus::kSum;
  EXPECT_EQ(set(CsrAddress::Mstatus, from_user), CsrEffects::kTranslation);
  EXPECT_EQ(set(CsrAddress::Menvcfg, envcfg::kAdue), CsrEffects::kTranslation);
  TranslationContext expected{
      .satp = satp, .privilege = Privilege::User, .sum = true, .adue = true};
  EXPECT_EQ(csr.data_context(Privilege::Machine), expected);
  expected.privilege = Privilege::Machine;
  EXPECT_EQ(csr.fetch_context(Privilege::Machine), expected);
  EXPECT_EQ(set(CsrAddress::Mstatus, mstatus::kMxr), CsrEffects::kTranslation);
  expected = {.satp = satp, .privilege = Privilege::Supervisor, .mxr = true, .adue = true};
  EXPECT_EQ(csr.data_context(Privilege::Supervisor), expected);
}

TEST_F(CsrFields, effects_are_reported_for_what_changed) {
  EXPECT_EQ(set(CsrAddress::Mstatus, mstatus::kMie), CsrEffects::kInterrupts);
  EXPECT_EQ(set(CsrAddress::Mstatus, mstatus::kMie), CsrEffects::kNone);
  EXPECT_EQ(set(CsrAddress::Mscratch, 1), CsrEffects::kNone);
  EXPECT_EQ(set(CsrAddress::Pmpaddr0, 1), CsrEffects::kPmp);
}

// --- PMP registers (3.7.1) ---

TEST_F(CsrFields, pmp_configuration_is_eight_bytes_a_register) {
  EXPECT_EQ(written(CsrAddress::Pmpcfg0, 0x1F1B'1714'0F0B'0901), 0x1F1B'1714'0F0B'0901U);
  EXPECT_EQ(written(CsrAddress::Pmpcfg2, 0x0000'0000'0000'001F), 0x1FU);
  EXPECT_EQ(get(CsrAddress::Pmpcfg0), 0x1F1B'1714'0F0B'0901U);
}

TEST_F(CsrFields, pmp_write_without_read_is_reserved) {
  EXPECT_EQ(written(CsrAddress::Pmpcfg0, 0x6A), 0x08U);  // W=1 with R=0, and bits 6:5
}

TEST_F(CsrFields, pmp_addresses_have_54_bits) {
  EXPECT_EQ(written(CsrAddress::Pmpaddr15, kAllOnes), (std::uint64_t{1} << 54) - 1);
}

TEST_F(CsrFields, a_locked_pmp_entry_cannot_be_changed) {
  set(CsrAddress::Pmpaddr0, 0x100);
  set(CsrAddress::Pmpcfg0, 0x91);  // L, NA4, R
  EXPECT_EQ(written(CsrAddress::Pmpcfg0, 0x1F1F), 0x1F91U);
  EXPECT_EQ(written(CsrAddress::Pmpaddr0, 0x200), 0x100U);
  EXPECT_EQ(written(CsrAddress::Pmpaddr15, 0x200), 0x200U);
}

TEST_F(CsrFields, a_locked_top_of_range_locks_the_address_below) {
  set(CsrAddress::Pmpaddr0, 0x100);
  set(nth(CsrAddress::Pmpaddr0, 1), 0x200);
  set(CsrAddress::Pmpcfg0, 0x8900);  // entry 1: L, TOR, R
  EXPECT_EQ(written(CsrAddress::Pmpaddr0, 0), 0x100U);
  EXPECT_EQ(written(CsrAddress::Pmpcfg0, 0), 0x8900U);
}

}  // namespace
}  // namespace faultline
