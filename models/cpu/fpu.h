// SPDX-License-Identifier: Apache-2.0
#pragma once

// Floating-point arithmetic of the F and D extensions (version 2.2; RISC-V Volume I, version
// 20191213, chapters 11 and 12) over IEEE 754-2008: every operation in all five rounding modes,
// with exact flags. Operands and results are bit patterns, and the results do not depend on the
// host: they are computed with integers (fpu.cpp). The one exception is proved safe where it is
// taken: where the sticky inexact flag is set already and the mode is round-to-nearest-even, the
// host's binary32 and binary64 arithmetic gives the result, and a result well inside the normal
// range cannot have raised any other flag. Not modelled: traps on floating-point exceptions (RISC-V
// has none), formats other than single and double.

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>

namespace faultline::fpu {

/// Rounding modes as in instructions and fcsr.frm (Volume I, table 11.1).
enum class RoundingMode : std::uint8_t {
  NearestEven = 0,
  TowardZero = 1,
  Down = 2,
  Up = 3,
  NearestMaxMagnitude = 4,
};

/// True for the encodings that are rounding modes; 5 and 6 are reserved, 7 in an instruction means
/// frm.
[[nodiscard]] constexpr bool is_rounding_mode(unsigned encoding) {
  return encoding <= 4;
}

/// Accrued exceptions: the bits of fcsr.fflags (Volume I, table 11.2). Operations only ever set
/// bits.
using Flags = std::uint8_t;
inline constexpr Flags kInexact = 1;
inline constexpr Flags kUnderflow = 2;
inline constexpr Flags kOverflow = 4;
inline constexpr Flags kDivideByZero = 8;
inline constexpr Flags kInvalid = 16;

/// A single (binary32) as its bit pattern.
struct F32 {
  using Bits = std::uint32_t;
  using Host = float;
  static constexpr unsigned kFractionBits = 23;
  static constexpr unsigned kExponentBits = 8;
  Bits bits = 0;
  bool operator==(const F32&) const = default;  // same bits, not IEEE equality
};

/// A double (binary64) as its bit pattern.
struct F64 {
  using Bits = std::uint64_t;
  using Host = double;
  static constexpr unsigned kFractionBits = 52;
  static constexpr unsigned kExponentBits = 11;
  Bits bits = 0;
  bool operator==(const F64&) const = default;
};

/// Masks and constants of a format.
template <typename F>
struct Format {
  using Bits = typename F::Bits;
  static constexpr unsigned kWidth = 1 + F::kExponentBits + F::kFractionBits;
  static constexpr Bits kSign = Bits{1} << (kWidth - 1);
  static constexpr Bits kFraction = (Bits{1} << F::kFractionBits) - 1;
  static constexpr Bits kQuiet = Bits{1} << (F::kFractionBits - 1);
  static constexpr unsigned kExponentMax = (1U << F::kExponentBits) - 1;
  static constexpr Bits kInfinity = Bits{kExponentMax} << F::kFractionBits;
  /// The result of every operation that makes a NaN (Volume I, 11.3).
  static constexpr F kCanonicalNan{kInfinity | kQuiet};

  static constexpr unsigned exponent(F a) {
    return static_cast<unsigned>(a.bits >> F::kFractionBits) & kExponentMax;
  }
  static constexpr bool sign(F a) { return (a.bits & kSign) != 0; }
  static constexpr bool is_nan(F a) { return (a.bits & ~kSign) > kInfinity; }
  static constexpr bool is_signaling(F a) { return is_nan(a) && (a.bits & kQuiet) == 0; }
  static constexpr bool is_zero(F a) { return (a.bits & ~kSign) == 0; }
};

// --- Registers (Volume I, 12.2) ---

/// The single in an f register: the canonical NaN unless it is properly boxed (upper half all
/// ones).
[[nodiscard]] constexpr F32 unbox(std::uint64_t reg) {
  return (reg >> 32) == 0xFFFF'FFFF ? F32{static_cast<std::uint32_t>(reg)}
                                    : Format<F32>::kCanonicalNan;
}
/// The f register that holds a single.
[[nodiscard]] constexpr std::uint64_t box(F32 a) {
  return 0xFFFF'FFFF'0000'0000 | a.bits;
}

// --- Integer implementation (fpu.cpp); exact in every mode, used by the inline functions below ---

namespace exact {
template <typename F>
F add(F a, F b, RoundingMode mode, Flags& flags);
template <typename F>
F multiply(F a, F b, RoundingMode mode, Flags& flags);
template <typename F>
F divide(F a, F b, RoundingMode mode, Flags& flags);
template <typename F>
F square_root(F a, RoundingMode mode, Flags& flags);
template <typename F>
F multiply_add(F a, F b, F c, RoundingMode mode, Flags& flags);
}  // namespace exact

namespace detail {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
static_assert(FLT_EVAL_METHOD == 0, "the host must round each operation to its own format");

/// True if the host may compute: its mode is the wanted one (nobody changes the host's from the
/// default) and an inexact result would set no new flag.
[[nodiscard]] inline bool host_may_compute(RoundingMode mode, Flags flags) {
  return mode == RoundingMode::NearestEven && (flags & kInexact) != 0;
}

/// True if a result of the host cannot have raised a flag but inexact: it is finite and so far from
/// the subnormals that it was not tiny before rounding. Infinities and NaNs are out of range, so no
/// operand was a NaN and nothing was invalid, divided by zero or overflowed.
template <typename F>
[[nodiscard]] bool is_plain(F result) {
  return Format<F>::exponent(result) - 2 < Format<F>::kExponentMax - 2;
}

template <typename F>
[[nodiscard]] typename F::Host to_host(F a) {
  return std::bit_cast<typename F::Host>(a.bits);
}
template <typename F>
[[nodiscard]] F from_host(typename F::Host a) {
  return F{std::bit_cast<typename F::Bits>(a)};
}

}  // namespace detail

// --- Arithmetic (Volume I, 11.6): fadd, fsub, fmul, fdiv, fsqrt ---

template <typename F>
[[nodiscard]] inline F negate(F a) {
  return F{static_cast<typename F::Bits>(a.bits ^ Format<F>::kSign)};
}

/// a + b
template <typename F>
[[nodiscard]] inline F add(F a, F b, RoundingMode mode, Flags& flags) {
  if (detail::host_may_compute(mode, flags)) {
    const F result = detail::from_host<F>(detail::to_host(a) + detail::to_host(b));
    if (detail::is_plain(result)) return result;
  }
  return exact::add(a, b, mode, flags);
}

/// a - b
template <typename F>
[[nodiscard]] inline F subtract(F a, F b, RoundingMode mode, Flags& flags) {
  return add(a, negate(b), mode, flags);
}

/// a * b
template <typename F>
[[nodiscard]] inline F multiply(F a, F b, RoundingMode mode, Flags& flags) {
  if (detail::host_may_compute(mode, flags)) {
    const F result = detail::from_host<F>(detail::to_host(a) * detail::to_host(b));
    if (detail::is_plain(result)) return result;
  }
  return exact::multiply(a, b, mode, flags);
}

/// a / b
template <typename F>
[[nodiscard]] inline F divide(F a, F b, RoundingMode mode, Flags& flags) {
  if (detail::host_may_compute(mode, flags)) {
    const F result = detail::from_host<F>(detail::to_host(a) / detail::to_host(b));
    if (detail::is_plain(result)) return result;
  }
  return exact::divide(a, b, mode, flags);
}

/// The square root of a.
template <typename F>
[[nodiscard]] inline F square_root(F a, RoundingMode mode, Flags& flags) {
  if (detail::host_may_compute(mode, flags)) {
    const F result = detail::from_host<F>(std::sqrt(detail::to_host(a)));
    if (detail::is_plain(result)) return result;
  }
  return exact::square_root(a, mode, flags);
}

/// a * b + c with one rounding: fmadd. fmsub is (a, b, -c), fnmsub (-a, b, c), fnmadd (-a, b, -c);
/// inf * 0 is invalid even if c is a quiet NaN.
template <typename F>
[[nodiscard]] inline F multiply_add(F a, F b, F c, RoundingMode mode, Flags& flags) {
  if (detail::host_may_compute(mode, flags)) {
    const F result =
        detail::from_host<F>(std::fma(detail::to_host(a), detail::to_host(b), detail::to_host(c)));
    if (detail::is_plain(result)) return result;
  }
  return exact::multiply_add(a, b, c, mode, flags);
}

// --- Minimum, maximum, comparison, sign injection, classification (Volume I, 11.5 to 11.9) ---

/// fmin, fmax: IEEE 754-2019 minimumNumber and maximumNumber: -0 < +0; one NaN gives the other
/// operand, two the canonical NaN; a signaling NaN is invalid.
template <typename F>
[[nodiscard]] F minimum(F a, F b, Flags& flags);
template <typename F>
[[nodiscard]] F maximum(F a, F b, Flags& flags);

/// feq: quiet; only signaling NaNs are invalid.
template <typename F>
[[nodiscard]] bool equal(F a, F b, Flags& flags);
/// flt: signaling; any NaN is invalid.
template <typename F>
[[nodiscard]] bool less(F a, F b, Flags& flags);
/// fle: signaling; any NaN is invalid.
template <typename F>
[[nodiscard]] bool less_or_equal(F a, F b, Flags& flags);

/// fsgnj: a with the sign of b. NaNs are not canonicalised.
template <typename F>
[[nodiscard]] inline F copy_sign(F a, F b) {
  return F{
      static_cast<typename F::Bits>((a.bits & ~Format<F>::kSign) | (b.bits & Format<F>::kSign))};
}
/// fsgnjn
template <typename F>
[[nodiscard]] inline F copy_sign_negated(F a, F b) {
  return copy_sign(a, negate(b));
}
/// fsgnjx
template <typename F>
[[nodiscard]] inline F xor_sign(F a, F b) {
  return F{static_cast<typename F::Bits>(a.bits ^ (b.bits & Format<F>::kSign))};
}

/// fclass: one of ten bits (Volume I, table 11.5).
template <typename F>
[[nodiscard]] std::uint64_t classify(F a);

// --- Conversions (Volume I, 11.7 and 12.5) ---

/// fcvt.{w,wu,l,lu}.{s,d}: `Integer` is int32_t, uint32_t, int64_t or uint64_t. What does not fit
/// after rounding is invalid (and not inexact) and gives the nearest end of the range; a NaN gives
/// the largest. The hart sign-extends 32-bit results, unsigned ones too.
template <typename Integer, typename F>
[[nodiscard]] Integer to_integer(F a, RoundingMode mode, Flags& flags);

/// fcvt.{s,d}.{w,wu,l,lu}
template <typename F, typename Integer>
[[nodiscard]] F from_integer(Integer a, RoundingMode mode, Flags& flags);

/// fcvt.d.s: exact.
[[nodiscard]] F64 to_double(F32 a, Flags& flags);
/// fcvt.s.d
[[nodiscard]] F32 to_single(F64 a, RoundingMode mode, Flags& flags);

// --- Inline bodies ---

template <typename F>
inline bool equal(F a, F b, Flags& flags) {
  using Fmt = Format<F>;
  if (Fmt::is_nan(a) || Fmt::is_nan(b)) [[unlikely]] {
    if (Fmt::is_signaling(a) || Fmt::is_signaling(b)) flags |= kInvalid;
    return false;
  }
  return detail::to_host(a) == detail::to_host(b);
}

template <typename F>
inline bool less(F a, F b, Flags& flags) {
  if (Format<F>::is_nan(a) || Format<F>::is_nan(b)) [[unlikely]] {
    flags |= kInvalid;
    return false;
  }
  return detail::to_host(a) < detail::to_host(b);
}

template <typename F>
inline bool less_or_equal(F a, F b, Flags& flags) {
  if (Format<F>::is_nan(a) || Format<F>::is_nan(b)) [[unlikely]] {
    flags |= kInvalid;
    return false;
  }
  return detail::to_host(a) <= detail::to_host(b);
}

}  // namespace faultline::fpu
