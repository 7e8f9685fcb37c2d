// SPDX-License-Identifier: Apache-2.0
// Who may access which register (RISC-V Privileged 1.12, 2.1 and the registers' own sections).

#include <set>

#include "tests/unit/cpu/csr_fixture.h"

namespace faultline {
namespace {

using CsrAccess = CsrTest;

/// All registers of this hart, independently of its implementation.
std::set<unsigned> existing_registers() {
  std::set<unsigned> all = {0x001, 0x002, 0x003,                                            // F
                            0x100, 0x104, 0x105, 0x106, 0x10A, 0x140, 0x141, 0x142, 0x143,  // S
                            0x144, 0x14D, 0x180,                                            //
                            0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30A, 0x320,  // M
                            0x340, 0x341, 0x342, 0x343, 0x344, 0x3A0, 0x3A2,                //
                            0xB00, 0xB02, 0xF11, 0xF12, 0xF13, 0xF14, 0xF15};
  for (unsigned i = 0; i < 16; ++i) all.insert(0x3B0 + i);  // pmpaddr
  for (unsigned i = 0; i < 32; ++i) all.insert(0xC00 + i);  // cycle, time, instret, hpmcounter
  for (unsigned i = 3; i < 32; ++i) all.insert(0xB00 + i);  // mhpmcounter
  for (unsigned i = 3; i < 32; ++i) all.insert(0x320 + i);  // mhpmevent
  return all;
}

TEST_F(CsrAccess, exactly_the_registers_of_this_hart_exist) {
  set(CsrAddress::Mstatus, mstatus::kFsInitial);
  const std::set<unsigned> existing = existing_registers();
  for (unsigned address = 0; address < 0x1000; ++address) {
    EXPECT_EQ(readable(static_cast<CsrAddress>(address), Privilege::Machine),
              existing.count(address) == 1)
        << std::hex << address;
  }
}

TEST_F(CsrAccess, registers_with_address_bits_11_10_set_are_read_only) {
  for (const CsrAddress address : {CsrAddress::Mhartid, CsrAddress::Mvendorid, CsrAddress::Cycle,
                                   CsrAddress::Time, CsrAddress::Hpmcounter31}) {
    EXPECT_TRUE(readable(address, Privilege::Machine));
    EXPECT_FALSE(writable(address, Privilege::Machine));
    EXPECT_FALSE(csr.access(address, CsrOperation::Set, 0, Privilege::Machine).legal);
    EXPECT_FALSE(csr.access(address, CsrOperation::Clear, 0, Privilege::Machine).legal);
  }
}

TEST_F(CsrAccess, address_bits_9_8_give_the_lowest_privilege) {
  EXPECT_FALSE(readable(CsrAddress::Mstatus, Privilege::Supervisor));
  EXPECT_FALSE(readable(CsrAddress::Mhartid, Privilege::Supervisor));
  EXPECT_FALSE(readable(CsrAddress::Sstatus, Privilege::User));
  EXPECT_TRUE(readable(CsrAddress::Sstatus, Privilege::Supervisor));
  EXPECT_TRUE(readable(CsrAddress::Sstatus, Privilege::Machine));
}

TEST_F(CsrAccess, illegal_writes_change_nothing) {
  set(CsrAddress::Mscratch, 7);
  EXPECT_FALSE(writable(CsrAddress::Mscratch, Privilege::Supervisor));
  EXPECT_EQ(get(CsrAddress::Mscratch), 7U);
}

TEST_F(CsrAccess, float_registers_are_illegal_while_fs_is_off) {
  EXPECT_FALSE(readable(CsrAddress::Fcsr, Privilege::Machine));
  EXPECT_FALSE(csr.fp_enabled());
  EXPECT_EQ(set(CsrAddress::Mstatus, mstatus::kFsInitial), CsrEffects::kFloat);
  EXPECT_TRUE(csr.fp_enabled());
  EXPECT_TRUE(readable(CsrAddress::Fcsr, Privilege::User));
  EXPECT_TRUE(writable(CsrAddress::Frm, Privilege::User));
}

TEST_F(CsrAccess, tvm_keeps_s_mode_from_satp) {
  EXPECT_TRUE(readable(CsrAddress::Satp, Privilege::Supervisor));
  set(CsrAddress::Mstatus, mstatus::kTvm);
  EXPECT_FALSE(readable(CsrAddress::Satp, Privilege::Supervisor));
  EXPECT_FALSE(writable(CsrAddress::Satp, Privilege::Supervisor));
  EXPECT_TRUE(readable(CsrAddress::Satp, Privilege::Machine));
  EXPECT_TRUE(csr.tvm());
}

TEST_F(CsrAccess, mcounteren_and_scounteren_open_counters_one_by_one) {
  const CsrAddress counters[] = {CsrAddress::Cycle, CsrAddress::Time, CsrAddress::Instret,
                                 CsrAddress::Hpmcounter3, CsrAddress::Hpmcounter31};
  for (const CsrAddress address : counters) {
    const std::uint64_t bit = std::uint64_t{1} << (static_cast<unsigned>(address) & 31);
    set(CsrAddress::Mcounteren, ~bit);
    set(CsrAddress::Scounteren, kAllOnes);
    EXPECT_TRUE(readable(address, Privilege::Machine));
    EXPECT_FALSE(readable(address, Privilege::Supervisor));
    EXPECT_FALSE(readable(address, Privilege::User));
    set(CsrAddress::Mcounteren, bit);
    set(CsrAddress::Scounteren, ~bit);
    EXPECT_TRUE(readable(address, Privilege::Supervisor));
    EXPECT_FALSE(readable(address, Privilege::User));
    set(CsrAddress::Scounteren, bit);
    EXPECT_TRUE(readable(address, Privilege::User));
  }
}

TEST_F(CsrAccess, stimecmp_needs_stce_and_the_time_enable_below_m) {
  EXPECT_TRUE(writable(CsrAddress::Stimecmp, Privilege::Machine));
  EXPECT_FALSE(writable(CsrAddress::Stimecmp, Privilege::Supervisor));
  set(CsrAddress::Menvcfg, envcfg::kStce);
  EXPECT_FALSE(writable(CsrAddress::Stimecmp, Privilege::Supervisor));
  set(CsrAddress::Mcounteren, 1U << counter::kTime);
  EXPECT_TRUE(writable(CsrAddress::Stimecmp, Privilege::Supervisor));
  EXPECT_FALSE(writable(CsrAddress::Stimecmp, Privilege::User));
  set(CsrAddress::Menvcfg, 0);
  EXPECT_FALSE(writable(CsrAddress::Stimecmp, Privilege::Supervisor));
}

TEST(CsrAccessWithoutSstc, stimecmp_does_not_exist) {
  Pmp pmp;
  CsrFile csr({.sstc = false}, pmp);
  EXPECT_FALSE(csr.read(CsrAddress::Stimecmp, Privilege::Machine).legal);
  EXPECT_TRUE(csr.write(CsrAddress::Menvcfg, kAllOnes, Privilege::Machine).legal);
  EXPECT_EQ(csr.read(CsrAddress::Menvcfg, Privilege::Machine).value, envcfg::kFiom | envcfg::kAdue);
}

TEST_F(CsrAccess, set_and_clear_return_the_old_value_and_change_single_bits) {
  set(CsrAddress::Mscratch, 0b1100);
  CsrResult result =
      csr.access(CsrAddress::Mscratch, CsrOperation::Set, 0b0110, Privilege::Machine);
  EXPECT_EQ(result.value, 0b1100U);
  result = csr.access(CsrAddress::Mscratch, CsrOperation::Clear, 0b0101, Privilege::Machine);
  EXPECT_EQ(result.value, 0b1110U);
  EXPECT_EQ(get(CsrAddress::Mscratch), 0b1010U);
}

}  // namespace
}  // namespace faultline
