// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace faultline {
namespace {

constexpr std::uint64_t kRoot = 0x8000'0000;
constexpr std::uint64_t kMiddle = 0x8000'1000;
constexpr std::uint64_t kLast = 0x8000'2000;
constexpr std::uint64_t kVa = 0x12'3456'7abc;  // vpn 0x48, 0x1a2, 0x167
constexpr std::uint64_t kUserRw = kPteV | kPteR | kPteW | kPteU | kPteA | kPteD;

constexpr std::uint64_t pointer(std::uint64_t table) {
  return (table >> 12 << 10) | kPteV;
}
constexpr std::uint64_t leaf(std::uint64_t page, std::uint64_t flags) {
  return (page >> 12 << 10) | flags;
}

/// Page tables in a map, and a walk over them that notes what it read.
struct WalkTest : ::testing::Test {
  WalkTest() {
    context.satp = (std::uint64_t{8} << 60) | (kRoot >> 12);
    context.privilege = Privilege::User;
    entry(2) = pointer(kMiddle);
    entry(1) = pointer(kLast);
    entry(0) = leaf(0x8765'4000, kUserRw);
  }

  /// The entry of kVa at `level`.
  std::uint64_t& entry(unsigned level) {
    constexpr std::uint64_t kTables[] = {kLast, kMiddle, kRoot};
    return memory[kTables[level] + Sv39::entry_offset(VirtAddr{kVa}, level)];
  }
  /// Empties the tables and makes the walk end at `level` with `pte`.
  void end_at(unsigned level, std::uint64_t pte) {
    entry(level) = pte;
    for (unsigned below = 0; below < level; ++below) entry(below) = 0;
  }

  Next walk(AccessType access, VirtAddr va = VirtAddr{kVa}) {
    Walk<Sv39> w(va, access, context);
    reads.clear();
    Next next = w.begin();
    while (next == Next::Read) {
      reads.push_back(w.entry_address().value);
      next = w.take(memory[w.entry_address().value]);
    }
    abort = w.abort();
    result = w.leaf();
    updated = w.updated_entry();
    return next;
  }
  void expect_abort(AbortStatus status, unsigned level, AccessType access = AccessType::Load) {
    EXPECT_EQ(walk(access), Next::Abort);
    EXPECT_STREQ(to_string(abort.status), to_string(status));
    EXPECT_EQ(abort.level, level);
    EXPECT_EQ(abort.access, access);
    EXPECT_EQ(abort.address.value, kVa);
    EXPECT_EQ(reads.size(), 3U - level);
  }

  TranslationContext context;
  std::map<std::uint64_t, std::uint64_t> memory;
  std::vector<std::uint64_t> reads;
  Abort abort;
  Leaf result;
  std::uint64_t updated = 0;
};

TEST_F(WalkTest, three_levels_end_in_a_4k_page) {
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
  EXPECT_EQ(reads,
            (std::vector<std::uint64_t>{kRoot + 0x48 * 8, kMiddle + 0x1a2 * 8, kLast + 0x167 * 8}));
  EXPECT_EQ(result.address_of(VirtAddr{kVa}).value, 0x8765'4abcU);
  EXPECT_EQ(result.page_shift, 12);
}

TEST_F(WalkTest, two_levels_end_in_a_2m_page) {
  end_at(1, leaf(0x8760'0000, kUserRw));
  EXPECT_EQ(walk(AccessType::Store), Next::Done);
  EXPECT_EQ(reads.size(), 2U);
  EXPECT_EQ(result.address_of(VirtAddr{kVa}).value, 0x8760'0000 + (kVa & 0x1f'ffff));
  EXPECT_EQ(result.page_shift, 21);
}

TEST_F(WalkTest, one_level_ends_in_a_1g_page) {
  end_at(2, leaf(0xc000'0000, kUserRw));
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
  EXPECT_EQ(reads.size(), 1U);
  EXPECT_EQ(result.address_of(VirtAddr{kVa}).value, 0xc000'0000 + (kVa & 0x3fff'ffff));
  EXPECT_EQ(result.page_shift, 30);
}

TEST_F(WalkTest, non_canonical_address_reads_nothing) {
  for (unsigned bit = 38; bit < 64; ++bit) {
    EXPECT_EQ(walk(AccessType::Load, VirtAddr{kVa ^ (std::uint64_t{1} << bit)}), Next::Abort);
    EXPECT_EQ(abort.status, AbortStatus::NonCanonical);
    EXPECT_TRUE(reads.empty());
  }
  // The upper half is canonical when all of 63:38 are set.
  memory[kRoot + (0x100 | 0x48) * 8] = pointer(kMiddle);
  EXPECT_EQ(walk(AccessType::Load, VirtAddr{kVa | 0xffff'ffc0'0000'0000}), Next::Done);
}

TEST_F(WalkTest, invalid_entry_is_a_translation_abort_at_each_level) {
  for (unsigned level = 0; level < 3; ++level) {
    end_at(level, entry(level) & ~kPteV);
    expect_abort(AbortStatus::Translation, level);
    end_at(level, ~kPteV);  // all else set: V decides first
    expect_abort(AbortStatus::Translation, level);
  }
}

TEST_F(WalkTest, write_without_read_is_reserved_at_each_level) {
  for (unsigned level = 0; level < 3; ++level) {
    for (const std::uint64_t x : {std::uint64_t{0}, kPteX}) {
      end_at(level, leaf(0xc000'0000, kPteV | kPteW | kPteA | kPteD | x));
      expect_abort(AbortStatus::ReservedEncoding, level);
    }
  }
}

TEST_F(WalkTest, bits_63_to_54_are_reserved_in_leaves_and_pointers) {
  for (unsigned level = 0; level < 3; ++level) {
    for (unsigned bit = 54; bit < 64; ++bit) {
      end_at(level, leaf(0xc000'0000, kUserRw) | (std::uint64_t{1} << bit));
      expect_abort(AbortStatus::ReservedEncoding, level);
      end_at(level, pointer(kMiddle) | (std::uint64_t{1} << bit));
      expect_abort(AbortStatus::ReservedEncoding, level);
    }
  }
}

TEST_F(WalkTest, pointer_at_the_last_level_is_reserved) {
  entry(0) = pointer(kMiddle);
  expect_abort(AbortStatus::ReservedEncoding, 0);
}

TEST_F(WalkTest, pointer_with_d_a_or_u_is_reserved) {
  for (const unsigned level : {1U, 2U}) {
    for (const std::uint64_t bit : {kPteD, kPteA, kPteU}) {
      end_at(level, pointer(kLast) | bit);
      expect_abort(AbortStatus::ReservedEncoding, level);
    }
  }
}

TEST_F(WalkTest, rsw_bits_are_ignored) {
  for (unsigned level = 0; level < 3; ++level) entry(level) |= kPteRsw;
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
}

TEST_F(WalkTest, permission_is_checked_at_each_level) {
  for (unsigned level = 0; level < 3; ++level) {
    end_at(level, leaf(0xc000'0000, kPteV | kPteR | kPteU | kPteA | kPteD));
    expect_abort(AbortStatus::Permission, level, AccessType::Store);
    expect_abort(AbortStatus::Permission, level, AccessType::Amo);
    expect_abort(AbortStatus::Permission, level, AccessType::Fetch);
    end_at(level, leaf(0xc000'0000, kUserRw & ~kPteU));
    expect_abort(AbortStatus::Permission, level);
  }
}

TEST_F(WalkTest, permission_is_judged_before_alignment_and_alignment_before_a_and_d) {
  end_at(1, leaf(0x8760'1000, kPteV | kPteR));
  expect_abort(AbortStatus::Permission, 1);
  end_at(1, leaf(0x8760'1000, kPteV | kPteR | kPteU));
  expect_abort(AbortStatus::MisalignedSuperpage, 1);
  end_at(1, leaf(0x8760'0000, kPteV | kPteR | kPteU));
  expect_abort(AbortStatus::AccessFlag, 1);
}

TEST_F(WalkTest, every_low_ppn_bit_misaligns_a_superpage) {
  for (unsigned bit = 12; bit < 30; ++bit) {
    end_at(2, leaf(0xc000'0000 | (std::uint64_t{1} << bit), kUserRw));
    expect_abort(AbortStatus::MisalignedSuperpage, 2);
  }
  end_at(2, pointer(kMiddle));
  for (unsigned bit = 12; bit < 21; ++bit) {
    end_at(1, leaf(0xc000'0000 | (std::uint64_t{1} << bit), kUserRw));
    expect_abort(AbortStatus::MisalignedSuperpage, 1);
  }
}

TEST_F(WalkTest, svade_aborts_on_clear_a_or_on_a_write_with_clear_d) {
  entry(0) = leaf(0x8765'4000, kUserRw & ~kPteA);
  expect_abort(AbortStatus::AccessFlag, 0, AccessType::Load);
  entry(0) = leaf(0x8765'4000, kUserRw & ~kPteD);
  expect_abort(AbortStatus::AccessFlag, 0, AccessType::Store);
  expect_abort(AbortStatus::AccessFlag, 0, AccessType::Amo);
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
}

TEST_F(WalkTest, svadu_asks_for_the_update_that_the_access_needs) {
  context.adue = true;
  const std::uint64_t old = leaf(0x8765'4000, kUserRw & ~(kPteA | kPteD));
  entry(0) = old;
  EXPECT_EQ(walk(AccessType::Load), Next::Update);
  EXPECT_EQ(updated, old | kPteA);
  EXPECT_EQ(walk(AccessType::Store), Next::Update);
  EXPECT_EQ(updated, old | kPteA | kPteD);
}

TEST_F(WalkTest, lost_update_reads_the_same_entry_again) {
  context.adue = true;
  Walk<Sv39> w(VirtAddr{kVa}, AccessType::Store, context);
  w.begin();
  w.take(entry(2));
  w.take(entry(1));
  const PhysAddr at = w.entry_address();
  EXPECT_EQ(w.take(leaf(0x8765'4000, kUserRw & ~kPteD)), Next::Update);
  EXPECT_EQ(w.updated(false), Next::Read);
  EXPECT_EQ(w.entry_address(), at);
  EXPECT_EQ(w.take(leaf(0x8999'9000, kUserRw & ~kPteD)), Next::Update);
  EXPECT_EQ(w.updated(true), Next::Done);
  EXPECT_EQ(w.leaf().page.value, 0x8999'9000U);
  EXPECT_EQ(w.leaf().pte, leaf(0x8999'9000, kUserRw));
}

TEST_F(WalkTest, global_pointer_makes_all_below_global) {
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
  EXPECT_EQ(result.flags & kPteG, 0U);
  for (const unsigned level : {1U, 2U}) {
    entry(level) |= kPteG;
    EXPECT_EQ(walk(AccessType::Load), Next::Done);
    EXPECT_NE(result.flags & kPteG, 0U);
    EXPECT_EQ(result.pte & kPteG, 0U) << "the entry itself is as it was";
    entry(level) &= ~kPteG;
  }
}

TEST_F(WalkTest, refused_read_is_an_access_fault_of_the_original_access) {
  Walk<Sv39> w(VirtAddr{kVa}, AccessType::Store, context);
  w.begin();
  w.take(entry(2));
  EXPECT_EQ(w.refuse(), Next::Abort);
  EXPECT_EQ(w.abort().status, AbortStatus::WalkAccessFault);
  EXPECT_EQ(w.abort().access, AccessType::Store);
  EXPECT_EQ(w.abort().level, 1);
  EXPECT_FALSE(is_page_fault(w.abort().status));
}

TEST_F(WalkTest, whole_44_bit_ppn_reaches_the_result) {
  const std::uint64_t page = 0xff'ffff'ffff'f000;
  entry(0) = leaf(page, kUserRw);
  EXPECT_EQ(walk(AccessType::Load), Next::Done);
  EXPECT_EQ(result.page.value, page);
}

}  // namespace
}  // namespace faultline
