// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random numbers that are the same on every host: a hash of whatever names a decision, and a stream
// of numbers from a seed. (The distributions of the standard library differ between libraries.)

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace faultline {

/// The step of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
/// OOPSLA 2014).
inline constexpr std::uint64_t kGoldenGamma = 0x9e37'79b9'7f4a'7c15;

/// A well mixed function of one number: what splitmix64 makes of its state.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x += kGoldenGamma;
  x = (x ^ (x >> 30U)) * 0xbf58'476d'1ce4'e5b9;
  x = (x ^ (x >> 27U)) * 0x94d0'49bb'1331'11eb;
  return x ^ (x >> 31U);
}
/// The same of several numbers, in their order.
template <std::integral... More>
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t first,
                                          More... more) requires(sizeof...(more) > 0) {
  ((first = mix(first) ^ static_cast<std::uint64_t>(more)), ...);
  return mix(first);
}
[[nodiscard]] constexpr std::uint64_t mix(std::string_view text) {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

/// A stream of random numbers.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() { return mix(state_ += kGoldenGamma); }
  /// `n` random bits, 1 to 64.
  constexpr std::uint64_t bits(unsigned n) { return next() >> (64U - n); }
  /// 0 ... n-1; n is at least 1 and below 2^32.
  constexpr std::uint64_t below(std::uint64_t n) { return (bits(32) * n) >> 32U; }
  constexpr bool flip() { return bits(1) != 0; }
  /// True in `percent` of 100 cases.
  constexpr bool chance(unsigned percent) { return below(100) < percent; }
  /// One of the elements of an array or vector that is not empty.
  template <typename Range>
  constexpr const auto& pick(const Range& range) {
    return range[static_cast<std::size_t>(below(range.size()))];
  }
  /// An index, each with its weight; the weights' sum is not 0.
  template <std::size_t N>
  constexpr std::size_t weighted(const std::array<unsigned, N>& weights) {
    unsigned sum = 0;
    for (const unsigned w : weights) sum += w;
    auto left = static_cast<unsigned>(below(sum));
    std::size_t i = 0;
    while (left >= weights[i]) left -= weights[i++];
    return i;
  }

 private:
  std::uint64_t state_;
};

}  // namespace faultline
