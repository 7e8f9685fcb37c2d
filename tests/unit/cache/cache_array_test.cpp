// SPDX-License-Identifier: Apache-2.0
#include "models/cache/cache_array.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace faultline {
namespace {

/// Brings a line in, as a fill that takes no time does.
CacheArray::Reservation bring(CacheArray& array, LineNumber line, bool dirty = false) {
  const CacheArray::Reservation reservation = array.reserve(line);
  array.settle(reservation.slot, dirty);
  return reservation;
}

TEST(CacheArray, line_hits_only_after_it_has_arrived) {
  CacheArray array(4, 2, ReplacementKind::Lru, 1);
  EXPECT_FALSE(array.hit(5, false));
  const CacheArray::Reservation reservation = array.reserve(5);
  EXPECT_FALSE(array.hit(5, false));
  EXPECT_EQ(array.search(5), CacheArray::kNoSlot);
  array.settle(reservation.slot, false);
  EXPECT_TRUE(array.hit(5, false));
  EXPECT_EQ(array.search(5), reservation.slot);
  EXPECT_EQ(array.line_in(reservation.slot), 5U);
}

TEST(CacheArray, line_stays_in_its_set) {
  CacheArray array(4, 2, ReplacementKind::Lru, 1);
  for (LineNumber line = 0; line < 8; ++line) {
    EXPECT_EQ(bring(array, line).slot / 2, line % 4);
  }
  for (LineNumber line = 0; line < 8; ++line) EXPECT_TRUE(array.hit(line, false));
}

TEST(CacheArray, lines_that_differ_in_the_highest_bit_are_different) {
  CacheArray array(4, 2, ReplacementKind::Lru, 1);
  constexpr LineNumber kHigh = LineNumber{1} << 57;
  bring(array, 0);
  EXPECT_FALSE(array.hit(kHigh, false));
  bring(array, kHigh);
  EXPECT_TRUE(array.hit(kHigh, false));
  EXPECT_TRUE(array.hit(0, false));
}

TEST(CacheArray, store_hit_makes_a_line_dirty_and_a_load_hit_does_not) {
  CacheArray array(1, 2, ReplacementKind::Lru, 1);
  const CacheArray::Slot slot = bring(array, 7).slot;
  array.hit(7, false);
  EXPECT_FALSE(array.is_dirty(slot));
  array.hit(7, true);
  EXPECT_TRUE(array.is_dirty(slot));
  array.hit(7, false);
  EXPECT_TRUE(array.is_dirty(slot));
}

TEST(CacheArray, victim_is_reported_with_its_dirt) {
  CacheArray array(1, 2, ReplacementKind::Lru, 1);
  EXPECT_FALSE(bring(array, 0, true).evicted);
  EXPECT_FALSE(bring(array, 1, false).evicted);
  const CacheArray::Reservation first = bring(array, 2);
  EXPECT_TRUE(first.evicted);
  EXPECT_TRUE(first.dirty);
  EXPECT_EQ(first.victim, 0U);
  const CacheArray::Reservation second = bring(array, 3);
  EXPECT_TRUE(second.evicted);
  EXPECT_FALSE(second.dirty);
  EXPECT_EQ(second.victim, 1U);
}

TEST(CacheArray, new_line_does_not_inherit_the_dirt_of_its_slot) {
  CacheArray array(1, 1, ReplacementKind::Lru, 1);
  bring(array, 0, true);
  const CacheArray::Slot slot = bring(array, 1, false).slot;
  EXPECT_FALSE(array.is_dirty(slot));
}

TEST(CacheArray, pending_line_is_no_victim) {
  CacheArray array(1, 2, ReplacementKind::Lru, 1);
  const CacheArray::Slot pending = array.reserve(0).slot;
  bring(array, 1);
  // Line 0 is the oldest, but pending.
  EXPECT_EQ(array.reserve(2).victim, 1U);
  EXPECT_EQ(array.reserve(3).slot, CacheArray::kNoSlot);
  array.settle(pending, false);
  EXPECT_EQ(array.reserve(3).victim, 0U);
}

TEST(CacheArray, dropped_slot_is_taken_first) {
  CacheArray array(1, 4, ReplacementKind::Lru, 1);
  for (LineNumber line = 0; line < 4; ++line) bring(array, line);
  const CacheArray::Slot slot = array.search(2);
  array.drop(slot);
  EXPECT_FALSE(array.hit(2, false));
  EXPECT_FALSE(array.is_present(slot));
  const CacheArray::Reservation reservation = bring(array, 9);
  EXPECT_EQ(reservation.slot, slot);
  EXPECT_FALSE(reservation.evicted);
}

TEST(CacheArray, least_recently_used_line_leaves) {
  CacheArray array(1, 4, ReplacementKind::Lru, 1);
  for (LineNumber line = 0; line < 4; ++line) bring(array, line);
  array.hit(0, false);
  array.hit(0, false);
  array.hit(2, false);
  EXPECT_EQ(bring(array, 4).victim, 1U);
  EXPECT_EQ(bring(array, 5).victim, 3U);
  EXPECT_EQ(bring(array, 6).victim, 0U);
}

/// A cache array as one would first write it: it looks at every way and always touches.
class PlainArray {
 public:
  PlainArray(unsigned sets, unsigned ways, ReplacementKind kind, std::uint64_t seed)
      : sets_(sets),
        ways_(ways),
        lines_(sets * ways, kNone),
        replacement_(kind, sets, ways, seed) {}

  bool hit(LineNumber line) {
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(line % sets_ * ways_);
    const auto found = std::find(first, first + ways_, line);
    if (found == first + ways_) return false;
    replacement_.touch(set_of(line), static_cast<unsigned>(found - first));
    return true;
  }
  LineNumber bring(LineNumber line) {
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(line % sets_ * ways_);
    auto slot = std::find(first, first + ways_, kNone);
    if (slot == first + ways_) slot = first + replacement_.victim(set_of(line));
    replacement_.fill(set_of(line), static_cast<unsigned>(slot - first));
    return std::exchange(*slot, line);
  }
  static constexpr LineNumber kNone = ~LineNumber{0};

 private:
  [[nodiscard]] unsigned set_of(LineNumber line) const {
    return static_cast<unsigned>(line % sets_);
  }
  unsigned sets_, ways_;
  std::vector<LineNumber> lines_;
  Replacement replacement_;
};

class CacheArrayReplacement : public ::testing::TestWithParam<ReplacementKind> {};

INSTANTIATE_TEST_SUITE_P(All, CacheArrayReplacement,
                         ::testing::Values(ReplacementKind::Lru, ReplacementKind::TreePlru,
                                           ReplacementKind::Fifo, ReplacementKind::Random));

TEST_P(CacheArrayReplacement, looking_at_the_last_used_way_first_changes_no_victim) {
  CacheArray array(4, 8, GetParam(), 3);
  PlainArray plain(4, 8, GetParam(), 3);
  std::mt19937_64 random(1);
  LineNumber line = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    if (random() % 3 != 0) line = random() % 64;
    const bool hit = array.hit(line, false);
    ASSERT_EQ(hit, plain.hit(line));
    if (hit) continue;
    const CacheArray::Reservation reservation = bring(array, line);
    const LineNumber victim = plain.bring(line);
    ASSERT_EQ(reservation.evicted, victim != PlainArray::kNone);
    if (reservation.evicted) {
      ASSERT_EQ(reservation.victim, victim);
    }
  }
}

}  // namespace
}  // namespace faultline
