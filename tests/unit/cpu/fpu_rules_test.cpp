// SPDX-License-Identifier: Apache-2.0
// What the F and D extensions add to IEEE 754: boxing, canonical NaNs, minimum and maximum,
// comparisons, sign injection, classification, and tininess after rounding; by hand-picked values.

#include <gtest/gtest.h>

#include "models/cpu/fpu.h"

namespace faultline::fpu {
namespace {

constexpr F32 kQuietNan = Format<F32>::kCanonicalNan;
constexpr F32 kSignalingNan{0x7F80'0001};
constexpr F32 kPayloadNan{0xFFC0'1234};
constexpr F32 kInfinity{0x7F80'0000};
constexpr F32 kOne{0x3F80'0000};
constexpr F32 kTwo{0x4000'0000};
constexpr F32 kPlusZero{0};
constexpr F32 kMinusZero{0x8000'0000};

TEST(FpuRegisters, improper_boxing_reads_as_the_canonical_nan) {
  EXPECT_EQ(unbox(box(kOne)), kOne);
  EXPECT_EQ(box(kOne), 0xFFFF'FFFF'3F80'0000U);
  EXPECT_EQ(unbox(0x0000'0000'3F80'0000), kQuietNan);
  EXPECT_EQ(unbox(0xFFFF'FFFE'3F80'0000), kQuietNan);
}

TEST(FpuNan, results_are_canonical_and_signaling_operands_invalid) {
  Flags flags = 0;
  EXPECT_EQ(add(kPayloadNan, kOne, RoundingMode::NearestEven, flags), kQuietNan);
  EXPECT_EQ(flags, 0);
  EXPECT_EQ(add(kSignalingNan, kOne, RoundingMode::NearestEven, flags), kQuietNan);
  EXPECT_EQ(flags, kInvalid);
}

TEST(FpuNan, zero_times_infinity_plus_a_quiet_nan_is_invalid) {
  Flags flags = 0;
  EXPECT_EQ(multiply_add(kPlusZero, kInfinity, kQuietNan, RoundingMode::NearestEven, flags),
            kQuietNan);
  EXPECT_EQ(flags, kInvalid);
}

TEST(FpuMinMax, zeros_are_ordered_by_sign) {
  Flags flags = 0;
  EXPECT_EQ(minimum(kPlusZero, kMinusZero, flags), kMinusZero);
  EXPECT_EQ(minimum(kMinusZero, kPlusZero, flags), kMinusZero);
  EXPECT_EQ(maximum(kPlusZero, kMinusZero, flags), kPlusZero);
  EXPECT_EQ(maximum(kMinusZero, kPlusZero, flags), kPlusZero);
  EXPECT_EQ(minimum(negate(kTwo), negate(kOne), flags), negate(kTwo));
  EXPECT_EQ(maximum(negate(kTwo), kOne, flags), kOne);
  EXPECT_EQ(flags, 0);
}

TEST(FpuMinMax, one_nan_gives_the_number_and_two_the_canonical_nan) {
  Flags flags = 0;
  EXPECT_EQ(minimum(kPayloadNan, kOne, flags), kOne);
  EXPECT_EQ(maximum(kOne, kPayloadNan, flags), kOne);
  EXPECT_EQ(maximum(kPayloadNan, kPayloadNan, flags), kQuietNan);
  EXPECT_EQ(flags, 0);
  EXPECT_EQ(minimum(kSignalingNan, kOne, flags), kOne);
  EXPECT_EQ(flags, kInvalid);
}

TEST(FpuCompare, quiet_nans_are_invalid_for_orderings_only) {
  Flags flags = 0;
  EXPECT_FALSE(equal(kQuietNan, kQuietNan, flags));
  EXPECT_EQ(flags, 0);
  EXPECT_FALSE(equal(kSignalingNan, kOne, flags));
  EXPECT_EQ(flags, kInvalid);
  flags = 0;
  EXPECT_FALSE(less(kQuietNan, kOne, flags));
  EXPECT_EQ(flags, kInvalid);
  flags = 0;
  EXPECT_FALSE(less_or_equal(kOne, kQuietNan, flags));
  EXPECT_EQ(flags, kInvalid);
}

TEST(FpuCompare, numbers_compare_by_value) {
  Flags flags = 0;
  EXPECT_TRUE(equal(kPlusZero, kMinusZero, flags));
  EXPECT_FALSE(less(kMinusZero, kPlusZero, flags));
  EXPECT_TRUE(less_or_equal(kMinusZero, kPlusZero, flags));
  EXPECT_TRUE(less(kOne, kTwo, flags));
  EXPECT_TRUE(less(negate(kInfinity), negate(kTwo), flags));
  EXPECT_TRUE(less_or_equal(kInfinity, kInfinity, flags));
  EXPECT_EQ(flags, 0);
}

TEST(FpuSign, injection_keeps_nan_payloads) {
  EXPECT_EQ(copy_sign(kPayloadNan, kOne), F32{0x7FC0'1234});
  EXPECT_EQ(copy_sign_negated(kOne, kTwo), negate(kOne));
  EXPECT_EQ(xor_sign(negate(kOne), negate(kTwo)), kOne);
  EXPECT_EQ(xor_sign(kOne, negate(kTwo)), negate(kOne));
}

TEST(FpuClassify, every_class_has_its_bit) {
  EXPECT_EQ(classify(negate(kInfinity)), 1U << 0);
  EXPECT_EQ(classify(negate(kOne)), 1U << 1);
  EXPECT_EQ(classify(F32{0x8000'0001}), 1U << 2);
  EXPECT_EQ(classify(kMinusZero), 1U << 3);
  EXPECT_EQ(classify(kPlusZero), 1U << 4);
  EXPECT_EQ(classify(F32{0x007F'FFFF}), 1U << 5);
  EXPECT_EQ(classify(F32{0x0080'0000}), 1U << 6);
  EXPECT_EQ(classify(kInfinity), 1U << 7);
  EXPECT_EQ(classify(kSignalingNan), 1U << 8);
  EXPECT_EQ(classify(kPayloadNan), 1U << 9);
  EXPECT_EQ(classify(F64{0x7FF0'0000'0000'0001}), 1U << 8);
  EXPECT_EQ(classify(F64{0x0000'0000'0000'0001}), 1U << 5);
}

// 2^-126 * (1 - 2^-25) rounds to 2^-126 even with an unbounded exponent (24 bits: up to the next
// power of two), so it is not tiny; 2^-126 * (1 - 2^-24) is a 24-bit number below 2^-126, tiny and,
// as a subnormal of 23 bits, inexact: underflow, although the result is the same.
TEST(FpuTininess, is_detected_after_rounding) {
  const F64 barely{0x380F'FFFF'F000'0000};
  const F64 tiny{0x380F'FFFF'E000'0000};
  Flags flags = 0;
  EXPECT_EQ(to_single(barely, RoundingMode::NearestEven, flags), F32{0x0080'0000});
  EXPECT_EQ(flags, kInexact);
  flags = 0;
  EXPECT_EQ(to_single(tiny, RoundingMode::NearestEven, flags), F32{0x0080'0000});
  EXPECT_EQ(flags, kInexact | kUnderflow);
}

TEST(FpuFlags, accumulate_and_are_never_cleared) {
  Flags flags = kOverflow;
  static_cast<void>(divide(kOne, kPlusZero, RoundingMode::NearestEven, flags));
  EXPECT_EQ(flags, kOverflow | kDivideByZero);
  static_cast<void>(add(kOne, kOne, RoundingMode::NearestEven, flags));
  EXPECT_EQ(flags, kOverflow | kDivideByZero);
}

TEST(FpuRounding, five_encodings_are_modes) {
  for (unsigned encoding = 0; encoding < 8; ++encoding) {
    EXPECT_EQ(is_rounding_mode(encoding), encoding < 5) << encoding;
  }
}

}  // namespace
}  // namespace faultline::fpu
