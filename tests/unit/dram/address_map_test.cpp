// SPDX-License-Identifier: Apache-2.0
#include "models/dram/address_map.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace faultline {
namespace {

TEST(address_map, neighbouring_lines_alternate_channels_then_bank_groups_by_default) {
  DramParams params;
  params.channels = 2;
  const AddressMap map(params);
  EXPECT_EQ(map.locate(0), (DramLocation{}));
  EXPECT_EQ(map.locate(1), (DramLocation{.channel = 1}));
  EXPECT_EQ(map.locate(2), (DramLocation{.bank_group = 1}));
  EXPECT_EQ(map.locate(8), (DramLocation{.column = 1}));
  EXPECT_EQ(map.locate(8 * 128), (DramLocation{.bank = 1}));
  EXPECT_EQ(map.locate(8 * 128 * 4), (DramLocation{.row = 1}));
}

TEST(address_map, takes_the_fields_in_the_configured_order) {
  DramParams params;
  params.ranks = 2;
  params.address_order = "rank-row-column-bank-bankgroup-channel";
  const AddressMap map(params);
  EXPECT_EQ(map.locate(1), (DramLocation{.bank_group = 1}));
  EXPECT_EQ(map.locate(4), (DramLocation{.bank = 1}));
  EXPECT_EQ(map.locate(16), (DramLocation{.column = 1}));
  EXPECT_EQ(map.locate(16 * 128), (DramLocation{.row = 1}));
  EXPECT_EQ(map.locate((std::uint64_t{8} << 30) / 64), (DramLocation{.rank = 1}));
}

TEST(address_map, line_of_is_the_inverse_of_locate_up_to_the_capacity) {
  for (const unsigned density : {4U, 8U, 16U}) {
    DramParams params;
    params.density_gbit = density;
    params.channels = 4;
    params.ranks = 2;
    const AddressMap map(params);
    const std::uint64_t lines = params.capacity_bytes() / kLineBytes;
    for (std::uint64_t line = 0; line < lines; line += 9'999'991) {
      EXPECT_EQ(map.line_of(map.locate(line)), line);
    }
    EXPECT_EQ(map.line_of(map.locate(lines - 1)), lines - 1);
    EXPECT_EQ(map.locate(lines - 1).row, density * 8192U - 1);
  }
}

TEST(address_map, bank_hash_spreads_rows_of_one_bank_over_all_banks) {
  DramParams params;
  const AddressMap plain(params);
  params.bank_hash = true;
  const AddressMap map(params);
  EXPECT_EQ(map.locate(5), plain.locate(5)) << "row 0";
  constexpr std::uint64_t kLinesPerRowOfAllBanks = 16 * 128;
  std::set<std::tuple<unsigned, unsigned>> banks;
  for (std::uint64_t row = 0; row < 16; ++row) {
    const std::uint64_t line = row * kLinesPerRowOfAllBanks;
    const DramLocation location = map.locate(line);
    EXPECT_EQ(location.row, row);
    EXPECT_EQ(location.bank, row % 4);
    EXPECT_EQ(location.bank_group, row / 4);
    EXPECT_EQ(map.line_of(location), line);
    EXPECT_EQ(plain.locate(line).bank, 0U);
    banks.emplace(location.bank_group, location.bank);
  }
  EXPECT_EQ(banks.size(), 16U);
  for (std::uint64_t line = 0; line < params.capacity_bytes() / kLineBytes; line += 9'999'991) {
    EXPECT_EQ(map.line_of(map.locate(line)), line);
  }
}

TEST(address_map, refuses_an_order_that_is_not_each_field_once) {
  EXPECT_TRUE(AddressMap::parse("channel-column-bankgroup-bank-rank-row"));
  for (const char* order :
       {"", "row", "row-rank-bank-column-bankgroup", "row-rank-bank-column-bankgroup-channel-row",
        "row-row-bank-column-bankgroup-channel", "row-rank-bank-column-group-channel",
        "row-rank-bank-column-bankgroup-channel-", "row rank bank column bankgroup channel"}) {
    EXPECT_FALSE(AddressMap::parse(order)) << order;
  }
}

}  // namespace
}  // namespace faultline
