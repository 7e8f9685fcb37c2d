// SPDX-License-Identifier: Apache-2.0
#pragma once

// Arithmetic on powers of two and on addresses. All functions are total on the stated domain and
// constexpr.

#include <bit>
#include <cstdint>

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

/// floor(log2(x)); x must not be 0.
[[nodiscard]] constexpr unsigned log2_floor(std::uint64_t x) {
  return 63u - static_cast<unsigned>(std::countl_zero(x));
}

/// ceil(log2(x)); x must not be 0.
[[nodiscard]] constexpr unsigned log2_ceil(std::uint64_t x) {
  return x == 1 ? 0 : log2_floor(x - 1) + 1;
}
