// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cpu/fpu_oracle.h"

#include <algorithm>

namespace faultline::fpu {
namespace {

template <typename F>
constexpr int kBias = (1 << (F::kExponentBits - 1)) - 1;

F32 encode(const Real& value, F32 /*format*/) {
  return detail::from_host<F32>(mpfr_get_flt(value.get(), MPFR_RNDN));
}
F64 encode(const Real& value, F64 /*format*/) {
  return detail::from_host<F64>(mpfr_get_d(value.get(), MPFR_RNDN));
}

/// Rounds `value` to a multiple of 2^quantum.
void round_to_multiple(Real& to, const Real& value, long quantum, RoundingMode mode) {
  Real scaled;
  mpfr_div_2si(scaled.get(), value.get(), quantum, MPFR_RNDN);
  round_to_integer(to, scaled, mode);
  mpfr_mul_2si(to.get(), to.get(), quantum, MPFR_RNDN);
}

template <typename F>
F overflowed(bool sign, RoundingMode mode) {
  const bool largest =
      mode == RoundingMode::TowardZero || mode == (sign ? RoundingMode::Up : RoundingMode::Down);
  const F magnitude{largest ? Format<F>::kInfinity - 1 : Format<F>::kInfinity};
  return sign ? negate(magnitude) : magnitude;
}

}  // namespace

void assign(Real& to, F32 a) {
  mpfr_set_flt(to.get(), detail::to_host(a), MPFR_RNDN);
}
void assign(Real& to, F64 a) {
  mpfr_set_d(to.get(), detail::to_host(a), MPFR_RNDN);
}

void round_to_integer(Real& to, const Real& value, RoundingMode mode) {
  switch (mode) {
    case RoundingMode::NearestEven:
      mpfr_rint(to.get(), value.get(), MPFR_RNDN);
      break;
    case RoundingMode::TowardZero:
      mpfr_trunc(to.get(), value.get());
      break;
    case RoundingMode::Down:
      mpfr_floor(to.get(), value.get());
      break;
    case RoundingMode::Up:
      mpfr_ceil(to.get(), value.get());
      break;
    case RoundingMode::NearestMaxMagnitude:
      mpfr_round(to.get(), value.get());
      break;
  }
}

template <typename F>
Verdict<F> round_to_format(const Real& value, RoundingMode mode) {
  constexpr long kPrecision = F::kFractionBits + 1;
  constexpr long kMinExponent = 1 - kBias<F>;
  const bool sign = mpfr_signbit(value.get()) != 0;
  const long exponent = mpfr_get_exp(value.get()) - 1;  // MPFR's significands are below 1

  Real unbounded;
  round_to_multiple(unbounded, value, exponent - kPrecision + 1, mode);
  const bool tiny =
      mpfr_cmpabs_ui(unbounded.get(), 0) == 0 || mpfr_get_exp(unbounded.get()) - 1 < kMinExponent;

  Real result;
  round_to_multiple(result, value, std::max(exponent, kMinExponent) - kPrecision + 1, mode);
  if (mpfr_zero_p(result.get()) == 0 && mpfr_get_exp(result.get()) - 1 > kBias<F>) {
    return {overflowed<F>(sign, mode), kOverflow | kInexact};
  }
  Verdict<F> verdict;
  if (mpfr_equal_p(result.get(), value.get()) == 0) {
    verdict.flags = tiny ? kUnderflow | kInexact : kInexact;
  }
  mpfr_setsign(result.get(), result.get(), sign, MPFR_RNDN);
  verdict.result = encode(result, F{});
  return verdict;
}

template <typename F>
Oracle<F>::Oracle(Operation operation, F a, F b, F c) : operation_(operation), operands_{a, b, c} {
  assign(a_, a);
  assign(b_, b);
  assign(c_, c);
  const int inexact = evaluate(MPFR_RNDZ);
  // Round to odd: what was cut off shows in the last bit, as a bit beyond every bit that rounding
  // looks at.
  if (inexact != 0 && mpfr_min_prec(value_.get()) < Real::kPrecision) {
    mpfr_signbit(value_.get()) != 0 ? mpfr_nextbelow(value_.get()) : mpfr_nextabove(value_.get());
  }
}

template <typename F>
int Oracle<F>::evaluate(mpfr_rnd_t mode) {
  switch (operation_) {
    case Operation::Add:
      return mpfr_add(value_.get(), a_.get(), b_.get(), mode);
    case Operation::Subtract:
      return mpfr_sub(value_.get(), a_.get(), b_.get(), mode);
    case Operation::Multiply:
      return mpfr_mul(value_.get(), a_.get(), b_.get(), mode);
    case Operation::Divide:
      return mpfr_div(value_.get(), a_.get(), b_.get(), mode);
    case Operation::SquareRoot:
      return mpfr_sqrt(value_.get(), a_.get(), mode);
    case Operation::MultiplyAdd:
      return mpfr_fma(value_.get(), a_.get(), b_.get(), c_.get(), mode);
  }
  return 0;
}

template <typename F>
Verdict<F> Oracle<F>::rounded(RoundingMode mode) {
  using Fmt = Format<F>;
  const unsigned arity =
      operation_ == Operation::MultiplyAdd ? 3 : (operation_ == Operation::SquareRoot ? 1 : 2);
  const auto any = [&](auto predicate) {
    return std::any_of(operands_, operands_ + arity, predicate);
  };
  const bool nan_operand = any(Fmt::is_nan);
  const bool zero_times_infinity = operation_ == Operation::MultiplyAdd &&
                                   ((mpfr_inf_p(a_.get()) != 0 && mpfr_zero_p(b_.get()) != 0) ||
                                    (mpfr_zero_p(a_.get()) != 0 && mpfr_inf_p(b_.get()) != 0));
  if (mpfr_nan_p(value_.get()) != 0) {
    const bool invalid = !nan_operand || zero_times_infinity || any(Fmt::is_signaling);
    return {Fmt::kCanonicalNan, invalid ? kInvalid : Flags{0}};
  }
  if (mpfr_inf_p(value_.get()) != 0) {
    const bool from_zero = operation_ == Operation::Divide && mpfr_inf_p(a_.get()) == 0;
    return {encode(value_, F{}), from_zero ? kDivideByZero : Flags{0}};
  }
  if (mpfr_zero_p(value_.get()) != 0) {
    evaluate(mode == RoundingMode::Down ? MPFR_RNDD : MPFR_RNDN);  // only the sign depends on it
    return {encode(value_, F{}), 0};
  }
  return round_to_format<F>(value_, mode);
}

template class Oracle<F32>;
template class Oracle<F64>;
template Verdict<F32> round_to_format<F32>(const Real&, RoundingMode);
template Verdict<F64> round_to_format<F64>(const Real&, RoundingMode);

}  // namespace faultline::fpu
