// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a signal of the waves can show, and the names of its values.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

/// A signal's value: a number, none (VCD's z: no row is open), or not known (x: nobody has said
/// yet).
struct WaveValue {
  enum class Kind : std::uint8_t { Unknown, None, Number };
  Kind kind = Kind::Unknown;
  std::uint64_t bits = 0;  ///< 0 unless it is a Number

  constexpr WaveValue() = default;
  constexpr explicit WaveValue(std::uint64_t number) : kind(Kind::Number), bits(number) {}
  [[nodiscard]] static constexpr WaveValue none() {
    WaveValue value;
    value.kind = Kind::None;
    return value;
  }
  bool operator==(const WaveValue&) const = default;
};

/// The names of an enumeration's values, for people and for GTKWave's translate filters.
struct ValueNames {
  std::string filter;              ///< file name in waves/filters
  std::vector<std::string> names;  ///< by value; empty: no such value
};

/// One line of a wave viewer.
struct WaveSignal {
  std::string path;                   ///< scopes and name, with dots: "board.hart0.pc"
  unsigned bits = 1;                  ///< 1 to 64
  const ValueNames* names = nullptr;  ///< null: a plain number
};

}  // namespace faultline
