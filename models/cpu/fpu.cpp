// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/fpu.h"

#include <cassert>
#include <utility>

namespace faultline::fpu {
namespace {

__extension__ using Wide = unsigned __int128;

enum class Kind : std::uint8_t { Zero, Finite, Infinity, Nan };

/// A number taken apart. Finite: its magnitude is significand * 2^(exponent - 63), and the top bit
/// of the significand is set, for subnormals too.
struct Unpacked {
  Kind kind = Kind::Zero;
  bool sign = false;
  int exponent = 0;
  std::uint64_t significand = 0;
};

template <typename F>
constexpr int kBias = static_cast<int>(Format<F>::kExponentMax / 2);
template <typename F>
constexpr int kMinExponent = 1 - kBias<F>;
/// Bits of a 64-bit significand that do not fit into the format.
template <typename F>
constexpr unsigned kExcessBits = 63 - F::kFractionBits;

template <typename F>
Unpacked unpack(F a) {
  using Fmt = Format<F>;
  const std::uint64_t fraction = a.bits & Fmt::kFraction;
  const unsigned exponent = Fmt::exponent(a);
  Unpacked result{.sign = Fmt::sign(a)};
  if (exponent == Fmt::kExponentMax) {
    result.kind = fraction == 0 ? Kind::Infinity : Kind::Nan;
  } else if (exponent != 0) {
    result.kind = Kind::Finite;
    result.exponent = static_cast<int>(exponent) - kBias<F>;
    result.significand = (std::uint64_t{1} << 63) | (fraction << kExcessBits<F>);
  } else if (fraction != 0) {
    const int shift = std::countl_zero(fraction);
    result.kind = Kind::Finite;
    result.exponent = kMinExponent<F> + static_cast<int>(kExcessBits<F>) - shift;
    result.significand = fraction << shift;
  }
  return result;
}

template <typename F>
F zero(bool sign) {
  return F{sign ? Format<F>::kSign : 0};
}

template <typename F>
F infinity(bool sign) {
  return F{zero<F>(sign).bits | Format<F>::kInfinity};
}

template <typename F>
F invalid(Flags& flags) {
  flags |= kInvalid;
  return Format<F>::kCanonicalNan;
}

/// The result of an operation on operands of which at least one is a NaN.
template <typename F, typename... Operands>
F propagate_nan(Flags& flags, Operands... operands) {
  if ((Format<Operands>::is_signaling(operands) || ...)) flags |= kInvalid;
  return Format<F>::kCanonicalNan;
}

// --- Rounding ---

/// Shifts right; bits that fall out set the lowest bit, so that "exact", "below half", "half" and
/// "above half" stay apart.
template <typename Word>
Word shift_right_jam(Word value, unsigned count) {
  constexpr unsigned kBits = sizeof(Word) * 8;
  if (count == 0) return value;
  if (count >= kBits) return value != 0 ? 1 : 0;
  const bool lost = (value << (kBits - count)) != 0;
  return (value >> count) | (lost ? 1 : 0);
}

/// True if a magnitude is rounded up whose kept part is `odd` or not and whose discarded part is
/// `discarded`, with `half` standing for half a unit in the last place.
bool rounds_up(bool sign, bool odd, std::uint64_t discarded, std::uint64_t half,
               RoundingMode mode) {
  switch (mode) {
    case RoundingMode::NearestEven:
      return discarded > half || (discarded == half && odd);
    case RoundingMode::NearestMaxMagnitude:
      return discarded >= half;
    case RoundingMode::Down:
      return sign && discarded != 0;
    case RoundingMode::Up:
      return !sign && discarded != 0;
    case RoundingMode::TowardZero:
      break;
  }
  return false;
}

struct Rounded {
  std::uint64_t value = 0;  ///< F's precision; one bit longer after a carry
  bool inexact = false;
};

template <typename F>
Rounded round_to_precision(bool sign, std::uint64_t significand, RoundingMode mode) {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << (kExcessBits<F> - 1);
  const std::uint64_t kept = significand >> kExcessBits<F>;
  const std::uint64_t discarded = significand & (2 * kHalf - 1);
  const bool up = rounds_up(sign, (kept & 1) != 0, discarded, kHalf, mode);
  return {kept + (up ? 1 : 0), discarded != 0};
}

template <typename F>
F overflow(bool sign, RoundingMode mode, Flags& flags) {
  flags |= kOverflow | kInexact;
  const bool to_largest = mode == RoundingMode::TowardZero ||
                          (mode == RoundingMode::Down && !sign) ||
                          (mode == RoundingMode::Up && sign);
  F result = infinity<F>(sign);
  if (to_largest) --result.bits;
  return result;
}

/// Rounds significand * 2^(exponent - 63), top bit set and the lowest bit sticky, to the format.
/// Tininess is detected after rounding (Volume I, 11.2): a result is tiny if it would be below the
/// smallest normal number when rounded to F's precision with an unbounded exponent.
template <typename F>
F round_pack(bool sign, int exponent, std::uint64_t significand, RoundingMode mode, Flags& flags) {
  using Bits = typename F::Bits;
  Rounded rounded = round_to_precision<F>(sign, significand, mode);
  Bits magnitude = 0;
  if (exponent < kMinExponent<F>) {
    const bool carried = (rounded.value >> (F::kFractionBits + 1)) != 0;
    const bool tiny = exponent < kMinExponent<F> - 1 || !carried;
    const auto deficit = static_cast<unsigned>(kMinExponent<F> - exponent);
    rounded = round_to_precision<F>(sign, shift_right_jam(significand, deficit), mode);
    if (tiny && rounded.inexact) flags |= kUnderflow;
    magnitude = static_cast<Bits>(rounded.value);  // a carry makes the smallest normal number
  } else {
    const int biased = exponent + kBias<F>;
    if (biased >= static_cast<int>(Format<F>::kExponentMax)) return overflow<F>(sign, mode, flags);
    // The leading one of the value adds the 1 that is missing here, a carry adds another.
    magnitude = static_cast<Bits>(biased - 1) << F::kFractionBits;
    magnitude = static_cast<Bits>(magnitude + rounded.value);
    if (magnitude >= Format<F>::kInfinity) return overflow<F>(sign, mode, flags);
  }
  if (rounded.inexact) flags |= kInexact;
  return F{zero<F>(sign).bits | magnitude};
}

/// As above for a significand of 128 bits, not 0, of which any bit may be the top one: the
/// magnitude is significand * 2^(exponent - 127).
template <typename F>
F round_pack(bool sign, int exponent, Wide significand, RoundingMode mode, Flags& flags) {
  assert(significand != 0);
  const auto high = static_cast<std::uint64_t>(significand >> 64);
  const int shift = high != 0 ? std::countl_zero(high)
                              : 64 + std::countl_zero(static_cast<std::uint64_t>(significand));
  const Wide normal = significand << shift;
  const auto kept = static_cast<std::uint64_t>(shift_right_jam(normal, 64));
  return round_pack<F>(sign, exponent - shift, kept, mode, flags);
}

// --- Sums, shared by addition and fused multiply-addition ---

/// One term of a sum: magnitude = significand * 2^(exponent - 126); bit 126 is the top bit, bit 127
/// room for a carry. A significand of 0 is zero.
struct Term {
  bool sign = false;
  int exponent = 0;
  Wide significand = 0;
};

constexpr int kExponentOfZero = -100'000;  // below that of any product

Term to_term(const Unpacked& x) {
  if (x.kind == Kind::Zero) return {x.sign, kExponentOfZero, 0};
  return {x.sign, x.exponent, Wide{x.significand} << 63};
}

/// The sum of two terms. The smaller one loses bits only if it lies two or more binary places below
/// the larger, and then the difference loses one leading place at most: the sticky bit stays below
/// the rounding.
template <typename F>
F round_sum(Term x, Term y, RoundingMode mode, Flags& flags) {
  if (std::pair(x.exponent, x.significand) < std::pair(y.exponent, y.significand)) std::swap(x, y);
  const auto distance = static_cast<unsigned>(x.exponent - y.exponent);
  const Wide aligned = shift_right_jam(y.significand, distance);
  const Wide sum = x.sign == y.sign ? x.significand + aligned : x.significand - aligned;
  if (sum == 0) return zero<F>(x.sign == y.sign ? x.sign : mode == RoundingMode::Down);
  return round_pack<F>(x.sign, x.exponent + 1, sum, mode, flags);
}

/// The largest integer whose square is not above `radicand`; `radicand` becomes the remainder.
std::uint64_t integer_square_root(Wide& radicand) {
  Wide root = 0;
  for (Wide bit = Wide{1} << 126; bit != 0; bit >>= 2) {
    const Wide trial = root + bit;
    root >>= 1;
    if (radicand >= trial) {
      radicand -= trial;
      root += bit;
    }
  }
  return static_cast<std::uint64_t>(root);
}

}  // namespace

namespace exact {

template <typename F>
F add(F a, F b, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  const Unpacked y = unpack(b);
  if (x.kind == Kind::Nan || y.kind == Kind::Nan) return propagate_nan<F>(flags, a, b);
  if (x.kind == Kind::Infinity) {
    return y.kind == Kind::Infinity && x.sign != y.sign ? invalid<F>(flags) : a;
  }
  if (y.kind == Kind::Infinity) return b;
  return round_sum<F>(to_term(x), to_term(y), mode, flags);
}

template <typename F>
F multiply(F a, F b, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  const Unpacked y = unpack(b);
  const bool sign = x.sign != y.sign;
  if (x.kind == Kind::Nan || y.kind == Kind::Nan) return propagate_nan<F>(flags, a, b);
  if (x.kind == Kind::Infinity || y.kind == Kind::Infinity) {
    return x.kind == Kind::Zero || y.kind == Kind::Zero ? invalid<F>(flags) : infinity<F>(sign);
  }
  if (x.kind == Kind::Zero || y.kind == Kind::Zero) return zero<F>(sign);
  const Wide product = Wide{x.significand} * y.significand;
  return round_pack<F>(sign, x.exponent + y.exponent + 1, product, mode, flags);
}

template <typename F>
F divide(F a, F b, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  const Unpacked y = unpack(b);
  const bool sign = x.sign != y.sign;
  if (x.kind == Kind::Nan || y.kind == Kind::Nan) return propagate_nan<F>(flags, a, b);
  if (x.kind == Kind::Infinity) {
    return y.kind == Kind::Infinity ? invalid<F>(flags) : infinity<F>(sign);
  }
  if (y.kind == Kind::Infinity) return zero<F>(sign);
  if (y.kind == Kind::Zero) {
    if (x.kind == Kind::Zero) return invalid<F>(flags);
    flags |= kDivideByZero;
    return infinity<F>(sign);
  }
  if (x.kind == Kind::Zero) return zero<F>(sign);
  // The quotient lies in (2^62, 2^64); a double needs 53 bits of it and the sticky bit.
  const Wide dividend = Wide{x.significand} << 63;
  const Wide quotient = dividend / y.significand;
  const bool remainder = quotient * y.significand != dividend;
  const Wide sticky = (quotient << 1) | (remainder ? 1 : 0);
  return round_pack<F>(sign, x.exponent - y.exponent + 63, sticky, mode, flags);
}

template <typename F>
F square_root(F a, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  if (x.kind == Kind::Nan) return propagate_nan<F>(flags, a);
  if (x.kind == Kind::Zero) return a;
  if (x.sign) return invalid<F>(flags);
  if (x.kind == Kind::Infinity) return a;
  const bool odd = (x.exponent & 1) != 0;
  Wide radicand = Wide{x.significand}
                  << (odd ? 64 : 63);  // in [2^126, 2^128): the root has 64 bits
  std::uint64_t root = integer_square_root(radicand);
  if (radicand != 0) root |= 1;
  return round_pack<F>(false, (x.exponent - (odd ? 1 : 0)) / 2, root, mode, flags);
}

template <typename F>
F multiply_add(F a, F b, F c, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  const Unpacked y = unpack(b);
  const Unpacked z = unpack(c);
  const bool infinite = x.kind == Kind::Infinity || y.kind == Kind::Infinity;
  const bool vanishes = x.kind == Kind::Zero || y.kind == Kind::Zero;
  if (infinite && vanishes) return invalid<F>(flags);
  if (x.kind == Kind::Nan || y.kind == Kind::Nan || z.kind == Kind::Nan) {
    return propagate_nan<F>(flags, a, b, c);
  }
  const bool sign = x.sign != y.sign;
  if (infinite) {
    return z.kind == Kind::Infinity && z.sign != sign ? invalid<F>(flags) : infinity<F>(sign);
  }
  if (z.kind == Kind::Infinity) return c;
  Term product{sign, kExponentOfZero, 0};
  if (!vanishes) {
    product = {sign, x.exponent + y.exponent, Wide{x.significand} * y.significand};
    if ((product.significand >> 127) != 0) {  // exact: both significands end in zeros
      product.significand >>= 1;
      ++product.exponent;
    }
  }
  return round_sum<F>(product, to_term(z), mode, flags);
}

}  // namespace exact

// --- Minimum, maximum, classification ---

namespace {

/// Orders numbers as integers, -0 below +0.
template <typename F>
bool ordered_below(F a, F b) {
  if (Format<F>::sign(a) != Format<F>::sign(b)) return Format<F>::sign(a);
  return Format<F>::sign(a) ? a.bits > b.bits : a.bits < b.bits;
}

template <typename F>
F select(F a, F b, bool want_first, Flags& flags) {
  const bool a_nan = Format<F>::is_nan(a);
  const bool b_nan = Format<F>::is_nan(b);
  if (a_nan || b_nan) {
    const F nan = propagate_nan<F>(flags, a, b);
    if (a_nan && b_nan) return nan;
    return a_nan ? b : a;
  }
  return want_first ? a : b;
}

}  // namespace

template <typename F>
F minimum(F a, F b, Flags& flags) {
  return select(a, b, ordered_below(a, b), flags);
}

template <typename F>
F maximum(F a, F b, Flags& flags) {
  return select(a, b, ordered_below(b, a), flags);
}

template <typename F>
std::uint64_t classify(F a) {
  using Fmt = Format<F>;
  if (Fmt::is_nan(a)) return Fmt::is_signaling(a) ? 1U << 8 : 1U << 9;
  const bool sign = Fmt::sign(a);
  if (Fmt::exponent(a) == Fmt::kExponentMax) return sign ? 1U << 0 : 1U << 7;
  if (Fmt::is_zero(a)) return sign ? 1U << 3 : 1U << 4;
  if (Fmt::exponent(a) == 0) return sign ? 1U << 2 : 1U << 5;
  return sign ? 1U << 1 : 1U << 6;
}

// --- Conversions ---

template <typename Integer, typename F>
Integer to_integer(F a, RoundingMode mode, Flags& flags) {
  using Limits = std::numeric_limits<Integer>;
  const Unpacked x = unpack(a);
  if (x.kind == Kind::Zero) return 0;
  const bool negative = x.sign && x.kind != Kind::Nan;
  const Integer saturated = negative ? Limits::min() : Limits::max();
  if (x.kind != Kind::Finite || x.exponent > 63) {
    flags |= kInvalid;
    return saturated;
  }
  // Fixed point: the integer in the upper 64 bits, the fraction in the lower.
  const Wide fixed =
      shift_right_jam(Wide{x.significand} << 64, static_cast<unsigned>(63 - x.exponent));
  const auto fraction = static_cast<std::uint64_t>(fixed);
  Wide magnitude = fixed >> 64;
  if (rounds_up(negative, (magnitude & 1) != 0, fraction, std::uint64_t{1} << 63, mode))
    ++magnitude;
  const Wide limit =
      negative ? Wide{0} - static_cast<Wide>(Limits::min()) : static_cast<Wide>(Limits::max());
  if (magnitude > limit) {
    flags |= kInvalid;
    return saturated;
  }
  if (fraction != 0) flags |= kInexact;
  return static_cast<Integer>(negative ? Wide{0} - magnitude : magnitude);
}

template <typename F, typename Integer>
F from_integer(Integer a, RoundingMode mode, Flags& flags) {
  if (a == 0) return zero<F>(false);
  const bool negative = a < 0;
  auto magnitude = static_cast<std::uint64_t>(a);
  if (negative) magnitude = 0 - magnitude;
  const int shift = std::countl_zero(magnitude);
  return round_pack<F>(negative, 63 - shift, magnitude << shift, mode, flags);
}

namespace {

template <typename To, typename From>
To convert(From a, RoundingMode mode, Flags& flags) {
  const Unpacked x = unpack(a);
  switch (x.kind) {
    case Kind::Nan:
      return propagate_nan<To>(flags, a);
    case Kind::Infinity:
      return infinity<To>(x.sign);
    case Kind::Zero:
      return zero<To>(x.sign);
    case Kind::Finite:
      break;
  }
  return round_pack<To>(x.sign, x.exponent, x.significand, mode, flags);
}

}  // namespace

F64 to_double(F32 a, Flags& flags) {
  return convert<F64>(a, RoundingMode::NearestEven, flags);
}

F32 to_single(F64 a, RoundingMode mode, Flags& flags) {
  return convert<F32>(a, mode, flags);
}

// --- What the header promises ---

#define FAULTLINE_FPU_CONVERSIONS(F, Integer)                    \
  template Integer to_integer<Integer>(F, RoundingMode, Flags&); \
  template F from_integer<F>(Integer, RoundingMode, Flags&);

#define FAULTLINE_FPU_FORMAT(F)                                  \
  template F exact::add(F, F, RoundingMode, Flags&);             \
  template F exact::multiply(F, F, RoundingMode, Flags&);        \
  template F exact::divide(F, F, RoundingMode, Flags&);          \
  template F exact::square_root(F, RoundingMode, Flags&);        \
  template F exact::multiply_add(F, F, F, RoundingMode, Flags&); \
  template F minimum(F, F, Flags&);                              \
  template F maximum(F, F, Flags&);                              \
  template std::uint64_t classify(F);                            \
  FAULTLINE_FPU_CONVERSIONS(F, std::int32_t)                     \
  FAULTLINE_FPU_CONVERSIONS(F, std::uint32_t)                    \
  FAULTLINE_FPU_CONVERSIONS(F, std::int64_t)                     \
  FAULTLINE_FPU_CONVERSIONS(F, std::uint64_t)

FAULTLINE_FPU_FORMAT(F32)
FAULTLINE_FPU_FORMAT(F64)

#undef FAULTLINE_FPU_FORMAT
#undef FAULTLINE_FPU_CONVERSIONS

}  // namespace faultline::fpu
