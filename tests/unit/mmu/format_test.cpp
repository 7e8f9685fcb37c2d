// SPDX-License-Identifier: Apache-2.0
// Sv39, Sv48 and Sv57 beside each other.
#include "models/mmu/format.h"

#include <gtest/gtest.h>

#include <map>

#include "models/mmu/walk.h"

namespace faultline {
namespace {

constexpr std::uint64_t kTables = 0x8000'0000;
constexpr std::uint64_t kUserRw = kPteV | kPteR | kPteW | kPteU | kPteA | kPteD;
constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

std::uint64_t entry_of(std::uint64_t target, std::uint64_t flags) {
  return (target >> kPageShift << kPtePpnShift) | flags;
}

template <typename Format>
struct FormatTest : ::testing::Test {
  static constexpr unsigned kTop = Format::kLevels - 1;
  // Another index at each level, and the highest bit clear.
  static constexpr std::uint64_t kVa = [] {
    std::uint64_t va = 0xabc;
    for (unsigned level = 0; level < Format::kLevels; ++level) {
      va |= std::uint64_t{17 + level} << Format::page_shift(level);
    }
    return va;
  }();

  /// The page of `level` that kVa lies in becomes `leaf`.
  void map(unsigned level, std::uint64_t leaf) {
    for (unsigned i = kTop; i >= level; --i) {
      const std::uint64_t below = kTables + (i - 1) * kPageBytes;
      memory[kTables + i * kPageBytes + Format::entry_offset(VirtAddr{kVa}, i)] =
          i == level ? leaf : entry_of(below, kPteV);
      if (i == 0) break;
    }
  }
  Next run(Walk<Format>& walk) {
    Next next = walk.begin();
    for (; next == Next::Read; ++reads) next = walk.take(memory[walk.entry_address().value]);
    return next;
  }
  [[nodiscard]] static TranslationContext user() {
    return {.satp = (Format::kSatpMode << 60) | ((kTables + kTop * kPageBytes) >> kPageShift),
            .privilege = Privilege::User};
  }
  std::map<std::uint64_t, std::uint64_t> memory;
  unsigned reads = 0;
};

using Formats = ::testing::Types<Sv39, Sv48, Sv57>;
TYPED_TEST_SUITE(FormatTest, Formats);

// RISC-V Privileged 1.12, 4.4.1, 4.5.1, 4.6.1: all bits above must equal bit 38, 47, 56.
TYPED_TEST(FormatTest, canonical_addresses_repeat_their_highest_bit) {
  using Format = TypeParam;
  const std::uint64_t highest = std::uint64_t{1} << (Format::kVirtualBits - 1);
  for (const std::uint64_t va :
       {std::uint64_t{0}, highest - 1, kAllBits, kAllBits << (Format::kVirtualBits - 1)}) {
    EXPECT_TRUE(Format::is_canonical(VirtAddr{va})) << std::hex << va;
  }
  for (unsigned bit = Format::kVirtualBits - 1; bit < 64; ++bit) {
    const std::uint64_t flipped = std::uint64_t{1} << bit;
    EXPECT_FALSE(Format::is_canonical(VirtAddr{flipped})) << bit;
    EXPECT_FALSE(Format::is_canonical(VirtAddr{kAllBits ^ flipped})) << bit;
  }
  Walk<Format> walk(VirtAddr{highest}, AccessType::Load, this->user());
  EXPECT_EQ(walk.begin(), Next::Abort);
  EXPECT_EQ(walk.abort().status, AbortStatus::NonCanonical);
  EXPECT_EQ(walk.abort().level, Format::kLevels - 1);
}

TYPED_TEST(FormatTest, pages_of_every_size_translate_all_bits_inside) {
  using Format = TypeParam;
  for (unsigned level = 0; level < Format::kLevels; ++level) {
    const std::uint64_t inside = (std::uint64_t{1} << Format::page_shift(level)) - 1;
    const std::uint64_t page = 0xa5'0000'0000'0000 & ~inside;
    this->memory.clear();
    this->reads = 0;
    this->map(level, entry_of(page, kUserRw));
    Walk<Format> walk(VirtAddr{this->kVa}, AccessType::Load, this->user());
    ASSERT_EQ(this->run(walk), Next::Done) << level;
    EXPECT_EQ(this->reads, Format::kLevels - level);
    EXPECT_EQ(walk.leaf().page_shift, 12 + 9 * level);
    EXPECT_EQ(walk.leaf().address_of(VirtAddr{this->kVa}).value, page | (this->kVa & inside));
  }
}

TYPED_TEST(FormatTest, superpages_must_be_aligned_to_their_size) {
  using Format = TypeParam;
  for (unsigned level = 1; level < Format::kLevels; ++level) {
    for (unsigned bit = kPageShift; bit < Format::page_shift(level); ++bit) {
      this->memory.clear();
      this->map(level, entry_of(std::uint64_t{1} << bit, kUserRw));
      Walk<Format> walk(VirtAddr{this->kVa}, AccessType::Load, this->user());
      ASSERT_EQ(this->run(walk), Next::Abort) << level << ' ' << bit;
      EXPECT_EQ(walk.abort().status, AbortStatus::MisalignedSuperpage);
      EXPECT_EQ(walk.abort().level, level);
    }
  }
}

TYPED_TEST(FormatTest, pointers_end_at_level_zero) {
  using Format = TypeParam;
  this->map(0, entry_of(kTables, kPteV));
  Walk<Format> walk(VirtAddr{this->kVa}, AccessType::Load, this->user());
  EXPECT_EQ(this->run(walk), Next::Abort);
  EXPECT_EQ(walk.abort().status, AbortStatus::ReservedEncoding);
  EXPECT_EQ(this->reads, Format::kLevels);
}

TEST(Format, sizes_are_those_of_the_specification) {
  EXPECT_EQ(Sv39::kVirtualBits, 39U);
  EXPECT_EQ(Sv48::kVirtualBits, 48U);
  EXPECT_EQ(Sv57::kVirtualBits, 57U);
  EXPECT_EQ(Sv39::kSatpMode, static_cast<std::uint64_t>(SatpMode::Sv39));
  EXPECT_EQ(Sv48::kSatpMode, static_cast<std::uint64_t>(SatpMode::Sv48));
  EXPECT_EQ(Sv57::kSatpMode, static_cast<std::uint64_t>(SatpMode::Sv57));
  EXPECT_EQ(Sv48::page_shift(3), 39U);  // 512 GiB
  EXPECT_EQ(Sv57::page_shift(4), 48U);  // 256 TiB
}

// RISC-V Privileged 1.12, table 4.4; and 4.5 and 4.6: the smaller ones must be there.
TEST(Format, satp_takes_bare_and_all_up_to_the_largest) {
  const auto modes = [](PageTableFormat largest) {
    std::vector<unsigned> supported;
    for (unsigned mode = 0; mode < 16; ++mode) {
      if (supports_satp_mode(largest, mode)) supported.push_back(mode);
    }
    return supported;
  };
  EXPECT_EQ(modes(PageTableFormat::Sv39), (std::vector<unsigned>{0, 8}));
  EXPECT_EQ(modes(PageTableFormat::Sv48), (std::vector<unsigned>{0, 8, 9}));
  EXPECT_EQ(modes(PageTableFormat::Sv57), (std::vector<unsigned>{0, 8, 9, 10}));
}

TEST(Format, satp_tells_the_levels) {
  const auto levels = [](std::uint64_t mode) {
    return with_format_of(mode << 60, []<typename Format>() { return Format::kLevels; });
  };
  EXPECT_EQ(levels(8), 3U);
  EXPECT_EQ(levels(9), 4U);
  EXPECT_EQ(levels(10), 5U);
}

}  // namespace
}  // namespace faultline
