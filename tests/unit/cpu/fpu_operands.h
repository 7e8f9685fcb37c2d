// SPDX-License-Identifier: Apache-2.0
#pragma once

// Operands for the tests of the floating-point arithmetic: the special values of a format, and a
// seeded source of operands that are likely to hit its edges.

#include <random>
#include <vector>

#include "models/cpu/fpu.h"

namespace faultline::fpu {

/// Zeros, subnormals, the ends of the normal range, values beside powers of two, infinities and
/// NaNs of both kinds, in both signs.
template <typename F>
std::vector<F> special_values() {
  using Fmt = Format<F>;
  using Bits = typename F::Bits;
  constexpr Bits kUnit = Bits{1} << F::kFractionBits;
  constexpr Bits kOne = Fmt::kInfinity / 2 & ~Fmt::kFraction;
  const Bits magnitudes[] = {
      0,
      1,                             // smallest subnormal
      kUnit / 2,                     // in the middle of the subnormals
      Fmt::kFraction,                // largest subnormal
      kUnit,                         // smallest normal
      kUnit + 1,                     //
      kOne - 1,                      // below 1
      kOne,                          //
      kOne + 1,                      // above 1
      kOne + kUnit / 2,              // 1.5
      kOne + kUnit,                  // 2
      kOne + kUnit * 31,             // 2^31: the ends of the integers
      kOne + kUnit * 63,             //
      Fmt::kInfinity - kUnit,        // largest power of two
      Fmt::kInfinity - 1,            // largest number
      Fmt::kInfinity,                //
      Fmt::kInfinity | 1,            // signaling NaN
      Fmt::kInfinity | Fmt::kQuiet,  // canonical NaN
      Fmt::kInfinity | Fmt::kQuiet | 5,
  };
  std::vector<F> values;
  for (const Bits magnitude : magnitudes) {
    values.push_back(F{magnitude});
    values.push_back(negate(F{magnitude}));
  }
  return values;
}

template <typename F>
class OperandSource {
 public:
  explicit OperandSource(std::uint64_t seed) : random_(seed) {}

  /// Any operand: exponents over the whole range, or close to 0, or at the subnormal or the
  /// overflow edge; fractions of random bits, of few bits (ties) or of long runs (carries).
  F any() {
    using Bits = typename F::Bits;
    const auto exponent = static_cast<Bits>(draw_exponent()) << F::kFractionBits;
    const Bits sign = (random_() & 1) != 0 ? Format<F>::kSign : 0;
    return F{static_cast<Bits>(sign | exponent | draw_fraction())};
  }

  /// A value whose exponent is near that of `a`, for sums that cancel.
  F close_to(F a) {
    using Bits = typename F::Bits;
    const Bits difference = static_cast<Bits>(random_() & 3) << F::kFractionBits;
    const Bits fraction = (random_() & 1) != 0 ? draw_fraction() : a.bits & Format<F>::kFraction;
    const Bits exponent = (a.bits & Format<F>::kInfinity) ^ difference;
    const Bits sign = (random_() & 1) != 0 ? Format<F>::kSign : 0;
    return F{static_cast<Bits>(sign | exponent | fraction)};
  }

  std::uint64_t bits() { return random_(); }

 private:
  unsigned draw_exponent() {
    constexpr unsigned kMax = Format<F>::kExponentMax;
    const auto r = static_cast<unsigned>(random_() >> 32);
    switch (r & 3) {
      case 0:
        return (r >> 2) % (kMax + 1);
      case 1:
        return kMax / 2 - 4 + (r >> 2) % 72;
      case 2:
        return (r >> 2) % (F::kFractionBits + 4);
      default:
        return kMax - (r >> 2) % 4;
    }
  }

  typename F::Bits draw_fraction() {
    using Bits = typename F::Bits;
    const auto r = static_cast<Bits>(random_() >> (64 - F::kFractionBits));
    const auto position = static_cast<unsigned>(random_() % F::kFractionBits);
    switch (random_() & 3) {
      case 0:
        return Bits{1} << position;
      case 1:
        return static_cast<Bits>(Format<F>::kFraction & (~Bits{0} << position));
      case 2:
        return static_cast<Bits>((Bits{1} << position) - 1);
      default:
        return r;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace faultline::fpu
