// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/leaf.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

constexpr AccessType kAccesses[] = {AccessType::Fetch, AccessType::Load, AccessType::Store,
                                    AccessType::Amo};

TranslationContext context_of(Privilege privilege, bool sum = false, bool mxr = false) {
  TranslationContext context;
  context.privilege = privilege;
  context.sum = sum;
  context.mxr = mxr;
  return context;
}

AbortStatus permission(std::uint64_t flags, AccessType access, const TranslationContext& context) {
  return check_permission(static_cast<std::uint8_t>(flags), access, context);
}

TEST(Leaf, fast_test_agrees_with_the_steps_for_every_flag_access_and_context) {
  for (const Privilege privilege : {Privilege::User, Privilege::Supervisor}) {
    for (unsigned modes = 0; modes < 4; ++modes) {
      const TranslationContext context = context_of(privilege, (modes & 1) != 0, (modes & 2) != 0);
      for (const AccessType access : kAccesses) {
        for (unsigned flags = 0; flags < 256; ++flags) {
          const auto f = static_cast<std::uint8_t>(flags);
          const bool slow = (f & kPteV) != 0 && !needs_update(f, access) &&
                            check_permission(f, access, context) == AbortStatus::None;
          ASSERT_EQ(LeafTest(access, context).passes(f), slow)
              << to_string(privilege) << " " << to_string(access) << " flags " << flags << " modes "
              << modes;
        }
      }
    }
  }
}

TEST(Leaf, default_test_passes_nothing) {
  for (unsigned flags = 0; flags < 256; ++flags) {
    EXPECT_FALSE(LeafTest().passes(static_cast<std::uint8_t>(flags)));
  }
}

TEST(Leaf, user_needs_a_user_page) {
  const TranslationContext user = context_of(Privilege::User);
  EXPECT_EQ(permission(kPteR | kPteU, AccessType::Load, user), AbortStatus::None);
  EXPECT_EQ(permission(kPteR, AccessType::Load, user), AbortStatus::Permission);
}

TEST(Leaf, supervisor_reaches_user_pages_with_sum_but_never_fetches_from_them) {
  const std::uint64_t flags = kPteR | kPteW | kPteX | kPteU;
  const TranslationContext without = context_of(Privilege::Supervisor);
  const TranslationContext with = context_of(Privilege::Supervisor, true);
  EXPECT_EQ(permission(flags, AccessType::Load, without), AbortStatus::Permission);
  EXPECT_EQ(permission(flags, AccessType::Store, without), AbortStatus::Permission);
  EXPECT_EQ(permission(flags, AccessType::Load, with), AbortStatus::None);
  EXPECT_EQ(permission(flags, AccessType::Amo, with), AbortStatus::None);
  EXPECT_EQ(permission(flags, AccessType::Fetch, with), AbortStatus::Permission);
}

TEST(Leaf, mxr_makes_executable_pages_readable_not_writable) {
  const TranslationContext plain = context_of(Privilege::Supervisor);
  const TranslationContext mxr = context_of(Privilege::Supervisor, false, true);
  EXPECT_EQ(permission(kPteX, AccessType::Load, plain), AbortStatus::Permission);
  EXPECT_EQ(permission(kPteX, AccessType::Load, mxr), AbortStatus::None);
  EXPECT_EQ(permission(kPteX, AccessType::Store, mxr), AbortStatus::Permission);
  EXPECT_EQ(permission(kPteR, AccessType::Fetch, mxr), AbortStatus::Permission);
}

TEST(Leaf, address_keeps_the_low_bits_of_its_page_size) {
  Leaf leaf;
  leaf.page = PhysAddr{0x8000'0000};
  leaf.page_shift = 12;
  EXPECT_EQ(leaf.address_of(VirtAddr{0x1234'5678}).value, 0x8000'0678U);
  leaf.page_shift = 21;
  EXPECT_EQ(leaf.address_of(VirtAddr{0x1234'5678}).value, 0x8014'5678U);
  leaf.page_shift = 30;
  EXPECT_EQ(leaf.address_of(VirtAddr{0x1234'5678}).value, 0x9234'5678U);
}

}  // namespace
}  // namespace faultline
