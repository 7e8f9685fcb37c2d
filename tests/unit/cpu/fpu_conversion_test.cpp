// SPDX-License-Identifier: Apache-2.0
// Conversions between formats and integers against MPFR, and the specification's table of the ends
// of the integer ranges (RISC-V Volume I 20191213, table 11.4).

#include <gtest/gtest.h>

#include <limits>

#include "models/cpu/fpu.h"
#include "tests/unit/cpu/fpu_operands.h"
#include "tests/unit/cpu/fpu_oracle.h"

namespace faultline::fpu {
namespace {

constexpr std::uint64_t kSeed = 20260102;
constexpr int kRandomOperands = 30'000;

template <typename Integer>
void assign_integer(Real& to, Integer value) {
  if constexpr (std::is_signed_v<Integer>) {
    mpfr_set_si(to.get(), value, MPFR_RNDN);
  } else {
    mpfr_set_ui(to.get(), value, MPFR_RNDN);
  }
}

template <typename Integer>
struct IntegerVerdict {
  Integer result = 0;
  Flags flags = 0;
};

template <typename Integer, typename F>
IntegerVerdict<Integer> expected_integer(F a, RoundingMode mode) {
  using Limits = std::numeric_limits<Integer>;
  Real value;
  assign(value, a);
  if (mpfr_nan_p(value.get()) != 0) return {Limits::max(), kInvalid};
  Real rounded;
  Real lowest;
  Real highest;
  round_to_integer(rounded, value, mode);
  assign_integer(lowest, Limits::min());
  assign_integer(highest, Limits::max());
  if (mpfr_less_p(rounded.get(), lowest.get()) != 0) return {Limits::min(), kInvalid};
  if (mpfr_greater_p(rounded.get(), highest.get()) != 0) return {Limits::max(), kInvalid};
  const Flags flags = mpfr_equal_p(rounded.get(), value.get()) != 0 ? Flags{0} : kInexact;
  if constexpr (std::is_signed_v<Integer>) {
    return {static_cast<Integer>(mpfr_get_si(rounded.get(), MPFR_RNDN)), flags};
  } else {
    return {static_cast<Integer>(mpfr_get_ui(rounded.get(), MPFR_RNDN)), flags};
  }
}

template <typename Integer, typename F>
bool to_integer_agrees(F a) {
  for (const RoundingMode mode : kAllModes) {
    const auto expected = expected_integer<Integer>(a, mode);
    Flags flags = 0;
    const auto result = to_integer<Integer>(a, mode, flags);
    if (result == expected.result && flags == expected.flags) continue;
    ADD_FAILURE() << std::hex << "operand " << +a.bits << ", mode " << static_cast<int>(mode)
                  << ": got " << result << " flags " << +flags << ", expected " << expected.result
                  << " flags " << +expected.flags;
    return false;
  }
  return true;
}

template <typename F, typename Integer>
bool from_integer_agrees(Integer a) {
  Real value;
  assign_integer(value, a);
  for (const RoundingMode mode : kAllModes) {
    const Verdict<F> expected = a == 0 ? Verdict<F>{} : round_to_format<F>(value, mode);
    Flags flags = 0;
    const F result = from_integer<F>(a, mode, flags);
    if (result == expected.result && flags == expected.flags) continue;
    ADD_FAILURE() << "operand " << a << ", mode " << static_cast<int>(mode) << std::hex << ": got "
                  << +result.bits << " flags " << +flags << ", expected " << +expected.result.bits
                  << " flags " << +expected.flags;
    return false;
  }
  return true;
}

template <typename Pair>
class FpuIntegers : public ::testing::Test {};

template <typename FormatType, typename IntegerType>
struct Conversion {
  using F = FormatType;
  using Integer = IntegerType;
};

using Conversions = ::testing::Types<Conversion<F32, std::int32_t>, Conversion<F32, std::uint32_t>,
                                     Conversion<F32, std::int64_t>, Conversion<F32, std::uint64_t>,
                                     Conversion<F64, std::int32_t>, Conversion<F64, std::uint32_t>,
                                     Conversion<F64, std::int64_t>, Conversion<F64, std::uint64_t>>;
TYPED_TEST_SUITE(FpuIntegers, Conversions);

TYPED_TEST(FpuIntegers, conversions_to_integers_agree_with_mpfr) {
  using F = typename TypeParam::F;
  using Integer = typename TypeParam::Integer;
  for (const F a : special_values<F>()) ASSERT_TRUE((to_integer_agrees<Integer>(a)));
  OperandSource<F> source(kSeed);
  for (int i = 0; i < kRandomOperands; ++i) {
    ASSERT_TRUE((to_integer_agrees<Integer>(source.any())));
  }
}

TYPED_TEST(FpuIntegers, numbers_around_the_ends_of_the_range_round_before_they_saturate) {
  using F = typename TypeParam::F;
  using Integer = typename TypeParam::Integer;
  Flags ignored = 0;
  for (const Integer end :
       {std::numeric_limits<Integer>::min(), Integer{0}, std::numeric_limits<Integer>::max()}) {
    const F centre = from_integer<F>(end, RoundingMode::Down, ignored);
    for (typename F::Bits step = 0; step < 64; ++step) {
      ASSERT_TRUE((to_integer_agrees<Integer>(F{centre.bits + step})));
      ASSERT_TRUE((to_integer_agrees<Integer>(F{centre.bits - step})));
    }
    // A quarter, a half and three quarters beyond each end.
    for (int quarters = -8; quarters <= 8; ++quarters) {
      const F offset = divide(from_integer<F>(quarters, RoundingMode::NearestEven, ignored),
                              from_integer<F>(4, RoundingMode::NearestEven, ignored),
                              RoundingMode::NearestEven, ignored);
      ASSERT_TRUE(
          (to_integer_agrees<Integer>(add(centre, offset, RoundingMode::NearestEven, ignored))));
    }
  }
}

TYPED_TEST(FpuIntegers, conversions_from_integers_agree_with_mpfr) {
  using F = typename TypeParam::F;
  using Integer = typename TypeParam::Integer;
  OperandSource<F> source(kSeed);
  for (int i = 0; i < kRandomOperands; ++i) {
    const auto shift = static_cast<unsigned>(source.bits() % 64);
    const auto dense = static_cast<Integer>(source.bits() >> shift);
    const auto tie = static_cast<Integer>((source.bits() << shift) | (std::uint64_t{1} << shift));
    ASSERT_TRUE((from_integer_agrees<F>(dense)));
    ASSERT_TRUE((from_integer_agrees<F>(tie)));
  }
  ASSERT_TRUE((from_integer_agrees<F>(Integer{0})));
  ASSERT_TRUE((from_integer_agrees<F>(std::numeric_limits<Integer>::min())));
  ASSERT_TRUE((from_integer_agrees<F>(std::numeric_limits<Integer>::max())));
}

bool to_single_agrees(F64 a) {
  Real value;
  assign(value, a);
  for (const RoundingMode mode : kAllModes) {
    Verdict<F32> expected;
    if (mpfr_nan_p(value.get()) != 0) {
      expected = {Format<F32>::kCanonicalNan, Format<F64>::is_signaling(a) ? kInvalid : Flags{0}};
    } else if (mpfr_regular_p(value.get()) == 0) {
      expected.result = detail::from_host<F32>(static_cast<float>(detail::to_host(a)));
    } else {
      expected = round_to_format<F32>(value, mode);
    }
    Flags flags = 0;
    const F32 result = to_single(a, mode, flags);
    if (result == expected.result && flags == expected.flags) continue;
    ADD_FAILURE() << std::hex << "operand " << a.bits << ", mode " << static_cast<int>(mode)
                  << ": got " << result.bits << " flags " << +flags << ", expected "
                  << expected.result.bits << " flags " << +expected.flags;
    return false;
  }
  return true;
}

TEST(FpuFormats, narrowing_agrees_with_mpfr) {
  for (const F64 a : special_values<F64>()) ASSERT_TRUE(to_single_agrees(a));
  OperandSource<F64> source(kSeed);
  for (int i = 0; i < kRandomOperands; ++i) {
    ASSERT_TRUE(to_single_agrees(source.any()));
    // Exponents around those of the singles, down to below their smallest subnormal.
    const std::uint64_t exponent = 1023 - 160 + source.bits() % 300;
    const std::uint64_t fraction = source.bits() >> 12;
    const std::uint64_t few_bits = fraction & ~(~std::uint64_t{0} >> (12 + source.bits() % 52));
    ASSERT_TRUE(to_single_agrees(F64{(exponent << 52) | fraction}));
    ASSERT_TRUE(to_single_agrees(F64{(exponent << 52) | few_bits}));
  }
}

TEST(FpuFormats, widening_is_exact_and_narrows_back_to_the_same_bits) {
  OperandSource<F32> source(kSeed);
  for (int i = 0; i < kRandomOperands; ++i) {
    const F32 a = source.any();
    Flags flags = 0;
    const F64 wide = to_double(a, flags);
    if (Format<F32>::is_nan(a)) {
      ASSERT_EQ(wide, Format<F64>::kCanonicalNan);
      ASSERT_EQ(flags, Format<F32>::is_signaling(a) ? kInvalid : 0);
      continue;
    }
    ASSERT_EQ(detail::to_host(wide), static_cast<double>(detail::to_host(a)));
    ASSERT_EQ(to_single(wide, RoundingMode::TowardZero, flags), a);
    ASSERT_EQ(flags, 0);
  }
}

TEST(FpuIntegerRanges, nan_and_infinities_give_the_ends_of_the_range) {
  constexpr F64 kInfinity{Format<F64>::kInfinity};
  Flags flags = 0;
  EXPECT_EQ((to_integer<std::int32_t>(Format<F64>::kCanonicalNan, RoundingMode::Up, flags)),
            INT32_MAX);
  EXPECT_EQ(flags, kInvalid);
  EXPECT_EQ(
      (to_integer<std::uint64_t>(negate(Format<F64>::kCanonicalNan), RoundingMode::Up, flags)),
      UINT64_MAX);
  EXPECT_EQ((to_integer<std::int64_t>(negate(kInfinity), RoundingMode::Up, flags)), INT64_MIN);
  EXPECT_EQ((to_integer<std::uint32_t>(negate(kInfinity), RoundingMode::Up, flags)), 0U);
  EXPECT_EQ((to_integer<std::uint32_t>(kInfinity, RoundingMode::Up, flags)), UINT32_MAX);
}

}  // namespace
}  // namespace faultline::fpu
