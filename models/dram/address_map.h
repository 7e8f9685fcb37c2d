// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which channel, rank, bank, row and column a line of memory lies in. Every field takes whole
// address bits, in an order that is configured. With the bank hash, the lowest bits of the row are
// then XORed into bank and bank group, so that rows at distances of a power of two, which lie in
// one bank else, spread over all (permutation-based interleaving: Z. Zhang, Z. Zhu, X. Zhang,
// MICRO-33, 2000).

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/dram/params.h"

namespace faultline {

/// Where a line lies.
struct DramLocation {
  std::uint8_t channel = 0;
  std::uint8_t rank = 0;
  std::uint8_t bank_group = 0;
  std::uint8_t bank = 0;     ///< within its bank group
  std::uint16_t column = 0;  ///< in lines: the burst's first column divided by 8
  std::uint32_t row = 0;

  bool operator==(const DramLocation&) const = default;
};

class AddressMap {
 public:
  enum class Field : std::uint8_t { Row, Rank, Bank, BankGroup, Column, Channel };
  static constexpr unsigned kFields = 6;
  /// Fields from the most significant to the least significant.
  using Order = std::array<Field, kFields>;

  /// "row-rank-bank-column-bankgroup-channel": each of the six names once, most significant first;
  /// nothing if it is not that.
  [[nodiscard]] static std::optional<Order> parse(std::string_view order);

  /// `params` must have passed check().
  explicit AddressMap(const DramParams& params);

  /// The place of line number `line` (offset from the base of memory, divided by 64). Bits above
  /// the capacity are ignored.
  [[nodiscard]] DramLocation locate(std::uint64_t line) const {
    return hashed({
        .channel = static_cast<std::uint8_t>(extract(Field::Channel, line)),
        .rank = static_cast<std::uint8_t>(extract(Field::Rank, line)),
        .bank_group = static_cast<std::uint8_t>(extract(Field::BankGroup, line)),
        .bank = static_cast<std::uint8_t>(extract(Field::Bank, line)),
        .column = static_cast<std::uint16_t>(extract(Field::Column, line)),
        .row = static_cast<std::uint32_t>(extract(Field::Row, line)),
    });
  }
  /// The line at a place: the inverse of locate().
  [[nodiscard]] std::uint64_t line_of(const DramLocation& location) const;

 private:
  struct Bits {
    unsigned shift = 0;
    std::uint64_t mask = 0;
  };
  [[nodiscard]] std::uint64_t extract(Field field, std::uint64_t line) const {
    const Bits& bits = bits_[static_cast<unsigned>(field)];
    return line >> bits.shift & bits.mask;
  }

  /// With the bank hash applied, which is its own inverse.
  [[nodiscard]] DramLocation hashed(DramLocation location) const {
    const std::uint32_t row = location.row & hashed_row_bits_;
    location.bank = static_cast<std::uint8_t>(location.bank ^ row % kBanksPerGroup);
    location.bank_group = static_cast<std::uint8_t>(location.bank_group ^ row / kBanksPerGroup);
    return location;
  }

  std::array<Bits, kFields> bits_{};
  std::uint32_t hashed_row_bits_ = 0;  // mask; 0: no hash
};

}  // namespace faultline
