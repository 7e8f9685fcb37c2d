// SPDX-License-Identifier: Apache-2.0
#pragma once

// An independent judge for the floating-point arithmetic: results and flags computed with MPFR,
// which shares nothing with the implementation. An operation is evaluated once, with far more bits
// than the format and a sticky last bit (round to odd), and then rounded to the format's grid by
// MPFR's round-to-integer functions.

#include <mpfr.h>

#include "models/cpu/fpu.h"

namespace faultline::fpu {

inline constexpr RoundingMode kAllModes[] = {RoundingMode::NearestEven, RoundingMode::TowardZero,
                                             RoundingMode::Down, RoundingMode::Up,
                                             RoundingMode::NearestMaxMagnitude};

/// A number of MPFR that frees itself; 320 bits hold every product of two doubles and more.
class Real {
 public:
  static constexpr mpfr_prec_t kPrecision = 320;
  Real() { mpfr_init2(value_, kPrecision); }
  ~Real() { mpfr_clear(value_); }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  [[nodiscard]] mpfr_ptr get() { return value_; }
  [[nodiscard]] mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
};

enum class Operation { Add, Subtract, Multiply, Divide, SquareRoot, MultiplyAdd };

template <typename F>
struct Verdict {
  F result{};
  Flags flags = 0;
};

/// The value of an operation on given operands (b and c are ignored where the operation has none),
/// ready to be rounded in any mode.
template <typename F>
class Oracle {
 public:
  Oracle(Operation operation, F a, F b, F c);
  /// The result that the specification wants in `mode`.
  [[nodiscard]] Verdict<F> rounded(RoundingMode mode);

 private:
  int evaluate(mpfr_rnd_t mode);

  Operation operation_;
  F operands_[3];
  Real a_, b_, c_, value_;
};

/// Sets `to` to the value of `a`.
void assign(Real& to, F32 a);
void assign(Real& to, F64 a);
/// Rounds `value` to an integer in `to`.
void round_to_integer(Real& to, const Real& value, RoundingMode mode);
/// Rounds a value that is neither NaN, infinite nor 0 to a format.
template <typename F>
Verdict<F> round_to_format(const Real& value, RoundingMode mode);

}  // namespace faultline::fpu
