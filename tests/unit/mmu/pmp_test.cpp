// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/pmp.h"

#include <gtest/gtest.h>

#include <random>

namespace faultline {
namespace {

constexpr std::uint8_t kTor = 1 << 3;
constexpr std::uint8_t kNa4 = 2 << 3;
constexpr std::uint8_t kNapot = 3 << 3;
constexpr std::uint8_t kRwx = kPmpR | kPmpW | kPmpX;
constexpr auto kS = Privilege::Supervisor;
constexpr auto kM = Privilege::Machine;

/// Sets the configuration byte of one entry as a read-modify-write of its CSR.
void configure(Pmp& pmp, unsigned entry, std::uint8_t config) {
  const unsigned shift = 8 * (entry % 8);
  const std::uint64_t others = pmp.config(entry / 8) & ~(std::uint64_t{0xff} << shift);
  pmp.write_config(entry / 8, others | (std::uint64_t{config} << shift));
}

std::uint64_t napot(std::uint64_t base, std::uint64_t bytes) {
  return (base >> 2) | ((bytes >> 3) - 1);
}

bool loads(const Pmp& pmp, std::uint64_t address, unsigned bytes = 1, Privilege privilege = kS) {
  return pmp.allows(PhysAddr{address}, bytes, AccessType::Load, privilege);
}

TEST(Pmp, without_entries_only_machine_mode_may_access) {
  const Pmp pmp;
  EXPECT_TRUE(loads(pmp, 0x8000'0000, 8, kM));
  EXPECT_FALSE(loads(pmp, 0x8000'0000, 8, kS));
  EXPECT_FALSE(loads(pmp, 0x8000'0000, 8, Privilege::User));
}

TEST(Pmp, all_ones_napot_opens_everything) {
  Pmp pmp;
  pmp.write_address(0, ~std::uint64_t{0});
  configure(pmp, 0, kNapot | kRwx);
  EXPECT_EQ(pmp.address(0), (std::uint64_t{1} << 54) - 1);
  EXPECT_TRUE(loads(pmp, 0, 8));
  EXPECT_TRUE(loads(pmp, (std::uint64_t{1} << 56) - 8, 8));
  EXPECT_EQ(pmp.page_permissions(PhysAddr{0x1000}, kS), kRwx);
}

TEST(Pmp, napot_matches_exactly_its_range) {
  Pmp pmp;
  pmp.write_address(0, napot(0x8000'1000, 0x1000));
  configure(pmp, 0, kNapot | kPmpR);
  EXPECT_FALSE(loads(pmp, 0x8000'0fff));
  EXPECT_TRUE(loads(pmp, 0x8000'1000));
  EXPECT_TRUE(loads(pmp, 0x8000'1fff));
  EXPECT_FALSE(loads(pmp, 0x8000'2000));
  EXPECT_FALSE(pmp.allows(PhysAddr{0x8000'1000}, 1, AccessType::Store, kS));
  EXPECT_FALSE(pmp.allows(PhysAddr{0x8000'1000}, 2, AccessType::Fetch, kS));
}

TEST(Pmp, smallest_napot_is_eight_bytes) {
  Pmp pmp;
  pmp.write_address(0, napot(0x8000'0008, 8));
  configure(pmp, 0, kNapot | kPmpR);
  EXPECT_FALSE(loads(pmp, 0x8000'0007));
  EXPECT_TRUE(loads(pmp, 0x8000'0008, 8));
  EXPECT_FALSE(loads(pmp, 0x8000'0010));
}

TEST(Pmp, na4_matches_four_bytes) {
  Pmp pmp;
  pmp.write_address(3, 0x8000'0004 >> 2);
  configure(pmp, 3, kNa4 | kPmpR);
  EXPECT_FALSE(loads(pmp, 0x8000'0003));
  EXPECT_TRUE(loads(pmp, 0x8000'0004, 4));
  EXPECT_FALSE(loads(pmp, 0x8000'0008));
}

TEST(Pmp, tor_starts_at_the_entry_below_whatever_its_mode) {
  Pmp pmp;
  pmp.write_address(4, 0x8000'0000 >> 2);  // OFF, only a base
  pmp.write_address(5, 0x8000'3000 >> 2);
  configure(pmp, 5, kTor | kPmpR);
  EXPECT_FALSE(loads(pmp, 0x7fff'ffff));
  EXPECT_TRUE(loads(pmp, 0x8000'0000));
  EXPECT_TRUE(loads(pmp, 0x8000'2fff));
  EXPECT_FALSE(loads(pmp, 0x8000'3000));
}

TEST(Pmp, tor_of_entry_0_starts_at_0_and_an_inverted_one_matches_nothing) {
  Pmp pmp;
  pmp.write_address(0, 0x1000 >> 2);
  configure(pmp, 0, kTor | kPmpR);
  pmp.write_address(1, 0x800 >> 2);
  configure(pmp, 1, kTor | kPmpR);  // from 0x1000 down to 0x800
  EXPECT_TRUE(loads(pmp, 0, 8));
  EXPECT_TRUE(loads(pmp, 0xfff));
  EXPECT_FALSE(loads(pmp, 0x1000));
}

TEST(Pmp, lowest_matching_entry_decides) {
  Pmp pmp;
  pmp.write_address(0, napot(0x8000'1000, 0x1000));
  configure(pmp, 0, kNapot);  // no access
  pmp.write_address(1, ~std::uint64_t{0});
  configure(pmp, 1, kNapot | kRwx);
  EXPECT_TRUE(loads(pmp, 0x8000'0fff));
  EXPECT_FALSE(loads(pmp, 0x8000'1000));
  EXPECT_TRUE(loads(pmp, 0x8000'2000));
}

TEST(Pmp, partial_match_fails_even_in_machine_mode) {
  Pmp pmp;
  pmp.write_address(0, napot(0x8000'1000, 0x1000));
  configure(pmp, 0, kNapot | kRwx);
  pmp.write_address(1, ~std::uint64_t{0});
  configure(pmp, 1, kNapot | kRwx);
  EXPECT_FALSE(loads(pmp, 0x8000'0ffc, 8, kS));
  EXPECT_FALSE(loads(pmp, 0x8000'0ffc, 8, kM));
  EXPECT_FALSE(loads(pmp, 0x8000'1ffc, 8, kM));
  EXPECT_TRUE(loads(pmp, 0x8000'0ff8, 8, kS));
}

TEST(Pmp, machine_mode_is_bound_by_locked_entries_only) {
  Pmp pmp;
  pmp.write_address(0, napot(0x8000'1000, 0x1000));
  configure(pmp, 0, kNapot);
  EXPECT_TRUE(loads(pmp, 0x8000'1000, 8, kM));
  configure(pmp, 0, kNapot | kPmpL);
  EXPECT_FALSE(loads(pmp, 0x8000'1000, 8, kM));
}

TEST(Pmp, lock_protects_configuration_and_address) {
  Pmp pmp;
  pmp.write_address(2, 0x100);
  configure(pmp, 2, kNa4 | kPmpL | kPmpR);
  pmp.write_address(2, 0x200);
  configure(pmp, 2, 0);
  EXPECT_EQ(pmp.address(2), 0x100U);
  EXPECT_EQ(pmp.config(0), std::uint64_t{kNa4 | kPmpL | kPmpR} << 16);
  pmp.write_address(1, 0x50);  // not the base of a TOR entry: free
  EXPECT_EQ(pmp.address(1), 0x50U);
}

TEST(Pmp, locked_tor_also_protects_its_base) {
  Pmp pmp;
  pmp.write_address(7, 0x100);
  pmp.write_address(8, 0x200);
  configure(pmp, 8, kTor | kPmpL | kPmpR);
  pmp.write_address(7, 0x180);
  EXPECT_EQ(pmp.address(7), 0x100U);
  pmp.reset();
  pmp.write_address(7, 0x180);
  EXPECT_EQ(pmp.address(7), 0x180U);
}

TEST(Pmp, reserved_write_only_reads_back_without_write) {
  Pmp pmp;
  configure(pmp, 9, kNapot | kPmpW | kPmpX | 0x60);
  EXPECT_EQ(pmp.config(1), std::uint64_t{kNapot | kPmpX} << 8);
}

TEST(Pmp, amo_needs_read_and_write) {
  Pmp pmp;
  pmp.write_address(0, ~std::uint64_t{0});
  configure(pmp, 0, kNapot | kPmpR);
  EXPECT_FALSE(pmp.allows(PhysAddr{0}, 8, AccessType::Amo, kS));
  configure(pmp, 0, kNapot | kPmpR | kPmpW);
  EXPECT_TRUE(pmp.allows(PhysAddr{0}, 8, AccessType::Amo, kS));
}

TEST(Pmp, every_write_changes_the_generation) {
  Pmp pmp;
  const std::uint64_t before = pmp.generation();
  pmp.write_address(0, 1);
  const std::uint64_t between = pmp.generation();
  configure(pmp, 0, kNa4);
  EXPECT_NE(before, between);
  EXPECT_NE(between, pmp.generation());
}

TEST(Pmp, page_permissions_agree_with_single_accesses) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    Pmp pmp;
    for (unsigned i = 0; i < Pmp::kEntries; ++i) {
      pmp.write_address(i, (random() & 0x3fff) | ((random() & 1) != 0 ? 0x3ff : 0));
    }
    for (unsigned i = 0; i < 2; ++i) pmp.write_config(i, random() & random());
    const std::uint64_t page = (random() & 0xf) << kPageShift;
    for (const Privilege privilege : {Privilege::User, kS, kM}) {
      const std::uint8_t whole = pmp.page_permissions(PhysAddr{page}, privilege);
      if (whole == Pmp::kMixed) continue;
      for (std::uint64_t offset = 0; offset < kPageBytes; offset += 4) {
        const PhysAddr at{page + offset};
        ASSERT_EQ(pmp.allows(at, 4, AccessType::Load, privilege), (whole & kPmpR) != 0);
        ASSERT_EQ(pmp.allows(at, 4, AccessType::Store, privilege), (whole & kPmpW) != 0);
        ASSERT_EQ(pmp.allows(at, 4, AccessType::Fetch, privilege), (whole & kPmpX) != 0);
      }
    }
  }
}

}  // namespace
}  // namespace faultline
