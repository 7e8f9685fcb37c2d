// SPDX-License-Identifier: Apache-2.0
// Tables of bins and their rules.

#include "platform/cosim/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/cosim/walk_bins.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CoverTable table() {
  return {"name", "question", {"a", "b"}, {"x", "y"}};
}

TEST(CoverTable, a_bin_that_a_design_reaches_is_missing_until_it_is_hit) {
  CoverTable t = table();
  t.widen([](std::size_t row, std::size_t) { return row == 0 ? Reach{} : Reach::never("no b"); });
  EXPECT_EQ(t.reachable(), 2U);
  EXPECT_THAT(t.missing(), ElementsAre("a, x", "a, y"));
  t.hit(0, 1, 3);
  EXPECT_EQ(t.reached(), 1U);
  EXPECT_THAT(t.missing(), ElementsAre("a, x"));
  EXPECT_EQ(t.least().name, "a, x");
  t.hit(0, 0);
  EXPECT_THAT(t.missing(), IsEmpty());
  EXPECT_EQ(t.least().hits, 1U);
}

TEST(CoverTable, what_one_design_reaches_is_reachable) {
  CoverTable t = table();
  t.widen([](std::size_t, std::size_t) { return Reach::never("first"); });
  t.widen(
      [](std::size_t row, std::size_t) { return row == 0 ? Reach{} : Reach::unlikely("second"); });
  t.widen([](std::size_t, std::size_t) { return Reach::never("third"); });
  EXPECT_EQ(t.bin(0, 0).reach.kind, Reach::Kind::Reachable);
  EXPECT_EQ(t.bin(1, 0).reach.kind, Reach::Kind::Unlikely);
  EXPECT_STREQ(t.bin(1, 0).reach.reason, "second");
}

TEST(CoverTable, a_hit_of_what_can_never_be_is_told_and_of_the_unlikely_is_not) {
  CoverTable t = table();
  t.widen([](std::size_t row, std::size_t) {
    return row == 0 ? Reach::never("never") : Reach::unlikely("seldom");
  });
  t.hit(0, 1);
  t.hit(1, 1);
  EXPECT_THAT(t.impossible(), ElementsAre("a, y"));
  EXPECT_THAT(t.missing(), IsEmpty());
}

TEST(WalkBins, rules_follow_the_design) {
  using namespace walk_bins;
  auto tables = make_tables();
  MmuParams params;
  widen(tables, params);
  const auto kind = [&](Table table, std::size_t row, std::size_t column) {
    return tables[table].bin(row, column).reach.kind;
  };
  constexpr std::size_t kLevel3Load = 3 * 4 + 1;
  EXPECT_EQ(kind(Outcome, kLevel3Load, 0), Reach::Kind::Never) << "Sv39";
  EXPECT_EQ(kind(Moments, TwoEnds, 0), Reach::Kind::Never) << "one engine";
  EXPECT_EQ(kind(WalkCaches, 0, Eviction), Reach::Kind::Unlikely) << "16 entries";
  EXPECT_EQ(kind(Canonical, 0, 0), Reach::Kind::Reachable);
  EXPECT_EQ(kind(Canonical, 2, 0), Reach::Kind::Never);
  params.format = PageTableFormat::Sv57;
  params.walker.count = 2;
  widen(tables, params);
  EXPECT_EQ(kind(Outcome, kLevel3Load, 0), Reach::Kind::Reachable);
  EXPECT_EQ(kind(Moments, TwoEnds, 0), Reach::Kind::Reachable);
  EXPECT_EQ(kind(Canonical, 2, 0), Reach::Kind::Never) << "bit 38 is translated";
}

}  // namespace
}  // namespace faultline
