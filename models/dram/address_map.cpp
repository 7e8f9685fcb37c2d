// SPDX-License-Identifier: Apache-2.0
#include "models/dram/address_map.h"

#include <bit>

namespace faultline {

namespace {

std::optional<AddressMap::Field> field_of(std::string_view name) {
  using Field = AddressMap::Field;
  constexpr std::array<std::pair<std::string_view, Field>, AddressMap::kFields> kNames = {{
      {"row", Field::Row},
      {"rank", Field::Rank},
      {"bank", Field::Bank},
      {"bankgroup", Field::BankGroup},
      {"column", Field::Column},
      {"channel", Field::Channel},
  }};
  for (const auto& [known, field] : kNames) {
    if (name == known) return field;
  }
  return std::nullopt;
}

unsigned log2_of(std::uint64_t power_of_two) {
  return static_cast<unsigned>(std::countr_zero(power_of_two));
}

/// Rows of a bank: the rank's bytes divided among its banks and their 8 KiB rows.
std::uint64_t rows_of(const DramParams& params) {
  const std::uint64_t rank_bytes = std::uint64_t{params.density_gbit} << 30;
  return rank_bytes / (kBankGroups * kBanksPerGroup * kLinesPerRow * kLineBytes);
}

}  // namespace

std::optional<AddressMap::Order> AddressMap::parse(std::string_view order) {
  Order fields{};
  unsigned seen = 0;
  for (Field& field : fields) {
    const std::size_t end = order.find('-');
    const std::optional<Field> found = field_of(order.substr(0, end));
    if (!found || (seen >> static_cast<unsigned>(*found) & 1) != 0) return std::nullopt;
    seen |= 1U << static_cast<unsigned>(*found);
    field = *found;
    const bool last = &field == &fields.back();
    if ((end == std::string_view::npos) != last) return std::nullopt;
    if (!last) order.remove_prefix(end + 1);
  }
  return fields;
}

AddressMap::AddressMap(const DramParams& params)
    : hashed_row_bits_(params.bank_hash ? kBankGroups * kBanksPerGroup - 1 : 0) {
  std::array<unsigned, kFields> widths{};
  const auto width = [&](Field field) -> unsigned& { return widths[static_cast<unsigned>(field)]; };
  width(Field::Row) = log2_of(rows_of(params));
  width(Field::Rank) = log2_of(params.ranks);
  width(Field::Bank) = log2_of(kBanksPerGroup);
  width(Field::BankGroup) = log2_of(kBankGroups);
  width(Field::Column) = log2_of(kLinesPerRow);
  width(Field::Channel) = log2_of(params.channels);

  const Order order = parse(params.address_order).value();
  unsigned shift = 0;
  for (auto field = order.rbegin(); field != order.rend(); ++field) {
    bits_[static_cast<unsigned>(*field)] = {shift, (std::uint64_t{1} << width(*field)) - 1};
    shift += width(*field);
  }
}

std::uint64_t AddressMap::line_of(const DramLocation& place_of_line) const {
  const DramLocation location = hashed(place_of_line);
  const auto place = [&](Field field, std::uint64_t value) {
    const Bits& bits = bits_[static_cast<unsigned>(field)];
    return (value & bits.mask) << bits.shift;
  };
  return place(Field::Row, location.row) | place(Field::Rank, location.rank) |
         place(Field::Bank, location.bank) | place(Field::BankGroup, location.bank_group) |
         place(Field::Column, location.column) | place(Field::Channel, location.channel);
}

}  // namespace faultline
