// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic on powers of two and on addresses. All functions are total on the stated domain and
// constexpr.

#include <cstdint>

[[nodiscard]] constexpr std::uint64_t min(std::uint64_t a, std::uint64_t b) {
  return a < b ? a : b;
}
[[nodiscard]] constexpr std::uint64_t max(std::uint64_t a, std::uint64_t b) {
  return a > b ? a : b;
}

/// x rounded down to a multiple of the power of two `align`.
[[nodiscard]] constexpr std::uint64_t align_down(std::uint64_t x, std::uint64_t align) {
  return x & ~(align - 1);
}

/// x rounded up to a multiple of the power of two `align`; wraps to 0 above 2^64 - align.
[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t x, std::uint64_t align) {
  return align_down(x + align - 1, align);
}

[[nodiscard]] constexpr bool is_aligned(std::uint64_t x, std::uint64_t align) {
  return (x & (align - 1)) == 0;
}

/// True for 1, 2, 4, 8, ...
[[nodiscard]] constexpr bool is_power_of_two(std::uint64_t x) {
  return x != 0 && (x & (x - 1)) == 0;
}

/// floor(log2(x)); x must not be 0. By halving the range: the base ISA has no instruction for it.
[[nodiscard]] constexpr unsigned log2_floor(std::uint64_t x) {
  unsigned result = 0;
  for (unsigned step = 32; step != 0; step /= 2) {
    if ((x >> step) != 0) {
      x >>= step;
      result += step;
    }
  }
  return result;
}

/// ceil(log2(x)); x must not be 0.
[[nodiscard]] constexpr unsigned log2_ceil(std::uint64_t x) {
  return x == 1 ? 0 : log2_floor(x - 1) + 1;
}
