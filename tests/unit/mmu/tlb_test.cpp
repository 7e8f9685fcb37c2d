// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/tlb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace faultline {
namespace {

constexpr std::uint64_t kFlags = kPteV | kPteR | kPteW | kPteA | kPteD;
constexpr std::uint64_t k2M = std::uint64_t{1} << 21;
constexpr std::uint64_t k1G = std::uint64_t{1} << 30;

Leaf leaf_of(std::uint64_t page, unsigned shift, std::uint64_t flags = kFlags) {
  Leaf leaf;
  leaf.page = PhysAddr{page};
  leaf.page_shift = static_cast<std::uint8_t>(shift);
  leaf.flags = static_cast<std::uint8_t>(flags);
  return leaf;
}

TlbParams params_of(unsigned entries, unsigned ways,
                    ReplacementKind replacement = ReplacementKind::Lru) {
  return {.entries = entries, .ways = ways, .replacement = replacement};
}

struct TlbTest : ::testing::Test {
  StatGroup stats{"tlb"};
};

TEST_F(TlbTest, hit_returns_what_was_put_in) {
  Tlb tlb(params_of(4, 0), stats);
  EXPECT_EQ(tlb.lookup(VirtAddr{0x1000}, 1), Tlb::kNone);
  tlb.insert(VirtAddr{0x1234}, 1, leaf_of(0x8000'0000, 12));
  const Tlb::Index index = tlb.lookup(VirtAddr{0x1ff8}, 1);
  ASSERT_NE(index, Tlb::kNone);
  EXPECT_EQ(tlb.leaf(index).address_of(VirtAddr{0x1ff8}).value, 0x8000'0ff8U);
  EXPECT_EQ(tlb.lookup(VirtAddr{0x2000}, 1), Tlb::kNone);
  EXPECT_EQ(tlb.stats().lookups, 3U);
  EXPECT_EQ(tlb.stats().hits, 1U);
  EXPECT_EQ(tlb.stats().misses, 2U);
}

TEST_F(TlbTest, entries_belong_to_their_asid_unless_global) {
  Tlb tlb(params_of(4, 0), stats);
  tlb.insert(VirtAddr{0x1000}, 1, leaf_of(0x8000'0000, 12));
  tlb.insert(VirtAddr{0x2000}, 1, leaf_of(0x8000'1000, 12, kFlags | kPteG));
  EXPECT_EQ(tlb.find(VirtAddr{0x1000}, 2), Tlb::kNone);
  EXPECT_NE(tlb.find(VirtAddr{0x2000}, 2), Tlb::kNone);
  EXPECT_NE(tlb.find(VirtAddr{0x2000}, 0xffff), Tlb::kNone);
}

TEST_F(TlbTest, one_address_may_be_held_for_several_asids) {
  Tlb tlb(params_of(4, 0), stats);
  tlb.insert(VirtAddr{0x1000}, 1, leaf_of(0x8000'0000, 12));
  tlb.insert(VirtAddr{0x1000}, 2, leaf_of(0x8000'1000, 12));
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x1000}, 1)).page.value, 0x8000'0000U);
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x1000}, 2)).page.value, 0x8000'1000U);
}

TEST_F(TlbTest, superpage_hits_at_every_offset_and_nowhere_else) {
  for (const unsigned ways : {0U, 2U}) {
    StatGroup group("tlb");
    Tlb tlb(params_of(8, ways), group);
    const std::uint64_t va = 5 * k1G + 3 * k2M;
    tlb.insert(VirtAddr{va + 0x12345}, 1, leaf_of(0x8020'0000, 21));
    for (std::uint64_t offset = 0; offset < k2M; offset += kPageBytes) {
      const VirtAddr at{va + offset + 0xabc};
      const Tlb::Index index = tlb.lookup(at, 1);
      ASSERT_NE(index, Tlb::kNone);
      ASSERT_EQ(tlb.leaf(index).address_of(at).value, 0x8020'0000 + offset + 0xabc);
    }
    EXPECT_EQ(tlb.find(VirtAddr{va - 1}, 1), Tlb::kNone);
    EXPECT_EQ(tlb.find(VirtAddr{va + k2M}, 1), Tlb::kNone);
  }
}

TEST_F(TlbTest, non_canonical_address_never_hits) {
  Tlb tlb(params_of(4, 0), stats);
  tlb.insert(VirtAddr{0x1000}, 1, leaf_of(0x8000'0000, 12));
  tlb.insert(VirtAddr{0xffff'ffc0'0000'0000}, 1, leaf_of(0x8000'0000, 30));
  for (unsigned bit = 38; bit < 64; ++bit) {
    EXPECT_EQ(tlb.find(VirtAddr{0x1000 | (std::uint64_t{1} << bit)}, 1), Tlb::kNone) << bit;
    EXPECT_EQ(tlb.find(VirtAddr{0xffff'ffc0'0000'0000 ^ (std::uint64_t{1} << bit)}, 1), Tlb::kNone)
        << bit;
  }
}

TEST_F(TlbTest, full_set_evicts_the_least_recently_used) {
  Tlb tlb(params_of(8, 2), stats);  // 4 sets: pages 0, 4, 8 share set 0
  tlb.insert(VirtAddr{0x0000}, 1, leaf_of(0x8000'0000, 12));
  tlb.insert(VirtAddr{0x4000}, 1, leaf_of(0x8000'1000, 12));
  tlb.insert(VirtAddr{0x1000}, 1, leaf_of(0x8000'2000, 12));
  EXPECT_NE(tlb.lookup(VirtAddr{0x0000}, 1), Tlb::kNone);
  tlb.insert(VirtAddr{0x8000}, 1, leaf_of(0x8000'3000, 12));
  EXPECT_NE(tlb.find(VirtAddr{0x0000}, 1), Tlb::kNone);
  EXPECT_EQ(tlb.find(VirtAddr{0x4000}, 1), Tlb::kNone);
  EXPECT_NE(tlb.find(VirtAddr{0x8000}, 1), Tlb::kNone);
  EXPECT_NE(tlb.find(VirtAddr{0x1000}, 1), Tlb::kNone);
}

TEST_F(TlbTest, three_ways_hold_three_pages_of_a_set) {
  Tlb tlb(params_of(12, 3), stats);
  for (unsigned i = 0; i < 12; ++i) {
    tlb.insert(VirtAddr{i * kPageBytes}, 1, leaf_of(i * kPageBytes, 12));
  }
  for (unsigned i = 0; i < 12; ++i) {
    EXPECT_NE(tlb.find(VirtAddr{i * kPageBytes}, 1), Tlb::kNone) << i;
  }
  tlb.insert(VirtAddr{12 * kPageBytes}, 1, leaf_of(0, 12));
  EXPECT_EQ(tlb.find(VirtAddr{0}, 1), Tlb::kNone);
}

TEST_F(TlbTest, new_entry_replaces_what_it_overlaps) {
  Tlb tlb(params_of(16, 4), stats);
  tlb.insert(VirtAddr{0x20'1000}, 1, leaf_of(0x8000'0000, 12));
  tlb.insert(VirtAddr{0x20'2000}, 1, leaf_of(0x8000'1000, 12));
  tlb.insert(VirtAddr{0x20'2000}, 2, leaf_of(0x8000'1000, 12));
  tlb.insert(VirtAddr{0x20'5000}, 1, leaf_of(0x8020'0000, 21));
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x20'1000}, 1)).page_shift, 21);
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x20'2000}, 1)).page_shift, 21);
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x20'2000}, 2)).page_shift, 12);
  tlb.insert(VirtAddr{0x20'5000}, 1, leaf_of(0x8000'2000, 12));
  EXPECT_EQ(tlb.find(VirtAddr{0x20'1000}, 1), Tlb::kNone);
  EXPECT_EQ(tlb.leaf(tlb.find(VirtAddr{0x20'5000}, 1)).page_shift, 12);
}

TEST_F(TlbTest, invalid_address_in_a_fence_has_no_effect) {
  Tlb tlb(params_of(4, 0), stats);
  tlb.insert(VirtAddr{0x1000}, 1, leaf_of(0x8000'0000, 12));
  tlb.fence({.has_address = true, .address = VirtAddr{0x1000 | (std::uint64_t{1} << 60)}});
  EXPECT_NE(tlb.find(VirtAddr{0x1000}, 1), Tlb::kNone);
}

// A TLB that is a list, with the architecture's rules written as they are spoken.
struct NaiveEntry {
  std::uint64_t va;  // of the page's first byte
  unsigned shift;
  Asid asid;
  bool global;

  bool covers(std::uint64_t address) const { return (address >> shift) == (va >> shift); }
  bool fenced_by(const FenceScope& scope) const {
    if (scope.has_address && !covers(scope.address.value)) return false;
    if (scope.has_asid && (global || asid != scope.asid)) return false;
    return true;
  }
};

struct Shape {
  unsigned entries, ways;
};

struct TlbFence : ::testing::TestWithParam<Shape> {};

// Few pages, so that the TLB never evicts, and what it holds is exactly what the list holds.
TEST_P(TlbFence, drops_exactly_what_a_list_would_drop) {
  std::mt19937_64 random(11);
  constexpr unsigned kShifts[] = {12, 12, 21, 30};
  for (int round = 0; round < 200; ++round) {
    StatGroup stats("tlb");
    Tlb tlb(params_of(GetParam().entries, GetParam().ways), stats);
    std::vector<NaiveEntry> list;
    const auto draw_address = [&] {
      return ((random() & 1) * k1G) + ((random() & 1) * k2M) + ((random() & 3) << 12);
    };
    for (int step = 0; step < 60; ++step) {
      if ((random() % 4) != 0) {
        const unsigned shift = kShifts[random() % 4];
        const std::uint64_t va = draw_address() >> shift << shift;
        const NaiveEntry entry{va, shift, static_cast<Asid>(random() % 3), (random() % 4) == 0};
        std::erase_if(list, [&](const NaiveEntry& e) {
          const bool same_space = e.global || entry.global || e.asid == entry.asid;
          return same_space && (e.covers(entry.va) || entry.covers(e.va));
        });
        list.push_back(entry);
        tlb.insert(VirtAddr{va}, entry.asid,
                   leaf_of(va, shift, kFlags | (entry.global ? kPteG : 0)));
      } else {
        const FenceScope scope{.has_address = (random() & 1) != 0,
                               .has_asid = (random() & 1) != 0,
                               .address = VirtAddr{draw_address() + 0x123},
                               .asid = static_cast<Asid>(random() % 3)};
        tlb.fence(scope);
        std::erase_if(list, [&](const NaiveEntry& e) { return e.fenced_by(scope); });
      }
      for (unsigned page = 0; page < 16; ++page) {
        const std::uint64_t va =
            ((page >> 3) * k1G) + (((page >> 2) & 1) * k2M) + ((page & 3) << 12);
        for (Asid asid = 0; asid < 3; ++asid) {
          const auto expected = std::find_if(list.begin(), list.end(), [&](const NaiveEntry& e) {
            return e.covers(va) && (e.global || e.asid == asid);
          });
          const Tlb::Index found = tlb.find(VirtAddr{va}, asid);
          ASSERT_EQ(found != Tlb::kNone, expected != list.end()) << "round " << round;
          if (found != Tlb::kNone) {
            ASSERT_EQ(tlb.leaf(found).page.value, expected->va);
            ASSERT_EQ(tlb.leaf(found).page_shift, expected->shift);
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TlbFence, ::testing::Values(Shape{64, 0}, Shape{512, 64}),
                         [](const auto& shape) {
                           return "ways" + std::to_string(shape.param.ways);
                         });

// The hint of the hart: entries found once are used again through matches() and touch(). Everything
// that can be seen must be as with lookup() alone.
TEST(TlbHint, leaves_the_state_of_a_full_lookup) {
  for (const ReplacementKind kind : {ReplacementKind::Lru, ReplacementKind::TreePlru,
                                     ReplacementKind::Fifo, ReplacementKind::Random}) {
    StatGroup stats_a("a");
    StatGroup stats_b("b");
    Tlb plain(params_of(16, 4, kind), stats_a);
    Tlb hinted(params_of(16, 4, kind), stats_b);
    std::vector<Tlb::Index> hints(8, 0);
    std::mt19937_64 random(3);
    for (int step = 0; step < 20000; ++step) {
      const VirtAddr va{(random() % 40) << kPageShift};
      const auto asid = static_cast<Asid>(random() % 2);
      const Tlb::Index expected = plain.lookup(va, asid);
      Tlb::Index& hint = hints[random() % hints.size()];
      Tlb::Index found = hint;
      if (hinted.matches(hint, va, asid)) {
        hinted.touch(hint);
      } else {
        found = hinted.lookup(va, asid);
        if (found != Tlb::kNone) hint = found;
      }
      ASSERT_EQ(found, expected) << step;
      if (expected == Tlb::kNone) {
        const Leaf leaf = leaf_of(va.value, (random() % 8) == 0 ? 14 : 12);
        plain.insert(va, asid, leaf);
        hinted.insert(va, asid, leaf);
      }
    }
    EXPECT_EQ(plain.stats().hits, hinted.stats().hits);
    EXPECT_EQ(plain.stats().misses, hinted.stats().misses);
    EXPECT_EQ(hinted.stats().lookups, 20000U);
    EXPECT_EQ(hinted.stats().hits + hinted.stats().misses, hinted.stats().lookups);
  }
}

}  // namespace
}  // namespace faultline
