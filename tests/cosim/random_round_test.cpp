// SPDX-License-Identifier: Apache-2.0
// Random rounds: the same from the same key, and what makes them fit for two engines.

#include <gtest/gtest.h>

#include <set>

#include "models/mmu/format.h"
#include "models/mmu/pte.h"
#include "platform/cosim/random_tables.h"
#include "platform/cosim/round.h"

namespace faultline {
namespace {

MmuParams params_of(PageTableFormat format) {
  MmuParams params;
  params.format = format;
  return params;
}

Round round_of(std::uint64_t seed, const char* design, std::uint64_t number) {
  return Round({.seed = seed, .design = design, .number = number},
               params_of(PageTableFormat::Sv48));
}

TEST(Random, numbers_are_the_same_everywhere) {
  EXPECT_EQ(mix(std::uint64_t{0}), 0xe220'a839'7b1d'cdafU) << "the first of splitmix64, seed 0";
  Random random(7);
  std::array<unsigned, 10> seen{};
  for (unsigned i = 0; i < 1000; ++i) ++seen[static_cast<std::size_t>(random.below(10))];
  for (const unsigned count : seen) EXPECT_GT(count, 50U);
}

TEST(Random, weights_are_kept) {
  Random random(7);
  std::array<unsigned, 3> seen{};
  for (unsigned i = 0; i < 1000; ++i) ++seen[random.weighted(std::array{0U, 1U, 3U})];
  EXPECT_EQ(seen[0], 0U);
  EXPECT_NEAR(seen[1], 250, 60);
}

TEST(Round, equal_keys_make_equal_rounds) {
  const Round a = round_of(1, "d", 5);
  const Round b = round_of(1, "d", 5);
  EXPECT_EQ(a.memory(), b.memory());
  EXPECT_EQ(a.base(), b.base());
  ASSERT_EQ(a.initiators().size(), b.initiators().size());
  for (std::size_t i = 0; i < a.initiators().size(); ++i) {
    for (std::size_t k = 0; k < a.initiators()[i].size(); ++k) {
      EXPECT_EQ(a.initiators()[i][k].request.address, b.initiators()[i][k].request.address);
      EXPECT_EQ(a.initiators()[i][k].request.context, b.initiators()[i][k].request.context);
    }
  }
  EXPECT_EQ(a.latency(a.base(), 100), b.latency(b.base(), 100));
}

TEST(Round, each_part_of_the_key_makes_another) {
  const Round a = round_of(1, "d", 5);
  EXPECT_NE(a.memory(), round_of(2, "d", 5).memory());
  EXPECT_NE(a.memory(), round_of(1, "e", 5).memory());
  EXPECT_NE(a.memory(), round_of(1, "d", 6).memory());
}

TEST(Round, address_spaces_are_of_all_formats_up_to_the_largest) {
  std::set<unsigned> levels;
  for (unsigned i = 0; i < 20; ++i) {
    const Round round({.seed = 1, .design = "d", .number = i}, params_of(PageTableFormat::Sv57));
    for (const auto& walks : round.initiators()) {
      for (const PlannedWalk& walk : walks) {
        EXPECT_NE(walk.request.context.privilege, Privilege::Machine);
        levels.insert(levels_of_mode(walk.request.context.satp));
      }
    }
  }
  EXPECT_EQ(levels, (std::set<unsigned>{3, 4, 5}));
}

/// Entries to whose order of accesses answers are sensitive are known as such from the beginning,
/// whatever software and rivals write meanwhile.
TEST(Round, only_contended_entries_ever_need_an_update) {
  const auto needs_update = [](std::uint64_t pte) {
    return (pte & kPteV) != 0 && (pte & (kPteR | kPteX)) != 0 &&
           (pte & (kPteA | kPteD)) != (kPteA | kPteD);
  };
  unsigned rewrites = 0;
  for (unsigned number = 0; number < 10; ++number) {
    const Round round = round_of(3, "d", number);
    for (std::size_t i = 0; i < round.memory().size(); ++i) {
      const PhysAddr address = round.base() + i * sizeof(std::uint64_t);
      EXPECT_EQ(round.contended(address), needs_update(round.memory()[i]));
    }
    for (unsigned i = 0; i < 200; ++i) {
      const Happening happening = round.happening(i);
      if (happening.kind != Happening::Kind::Rewrite) continue;
      ++rewrites;
      EXPECT_TRUE(round.contended(happening.address) || !needs_update(happening.value));
    }
  }
  EXPECT_GT(rewrites, 100U);
}

TEST(Round, memory_takes_at_least_a_cycle_and_no_longer_than_its_temper) {
  const Round round = round_of(4, "d", 0);
  for (Cycles cycle = 0; cycle < 1000; ++cycle) {
    EXPECT_GE(round.latency(round.base(), cycle), 1U);
    EXPECT_LE(round.latency(round.base(), cycle), round.temper().latency_cycles);
  }
}

TEST(RandomTables, pointers_mostly_lead_to_tables_of_the_next_level) {
  Random random(9);
  const TableSpace space{.base = PhysAddr{0x8000'0000},
                         .pages = 60,
                         .unreachable = 4,
                         .device = PhysAddr{0x1000'0000},
                         .levels = 5};
  const auto indices = random_indices(random);
  const auto entries = random_tables(random, space, indices);
  unsigned pointers = 0;
  unsigned well = 0;
  for (unsigned page = 0; page < space.pages; ++page) {
    const unsigned level = level_of_table(page, space.levels);
    if (level == 0) continue;
    for (const std::uint16_t index : indices) {
      const DecodedPte pte = Sv57::decode(entries[page * kEntriesPerTable + index]);
      if (pte.kind != DecodedPte::Kind::Pointer) continue;
      ++pointers;
      const std::uint64_t target = (pte.target.value - space.base.value) / kPageBytes;
      if (target < space.pages &&
          level_of_table(static_cast<unsigned>(target), space.levels) == level - 1) {
        ++well;
      }
    }
  }
  EXPECT_GT(pointers, 200U);
  EXPECT_GT(well, pointers * 8 / 10);
  EXPECT_LT(well, pointers) << "some stray, some loop";
}

}  // namespace
}  // namespace faultline
