// SPDX-License-Identifier: Apache-2.0
// Arithmetic against MPFR: every operation in every rounding mode, on the cross product of the
// special values and on seeded random operands. Each case runs twice: with no flag set (integer
// arithmetic) and with the inexact flag set already (the host's arithmetic where it is allowed);
// both must agree with MPFR.

#include <gtest/gtest.h>

#include <string>

#include "models/cpu/fpu.h"
#include "tests/unit/cpu/fpu_operands.h"
#include "tests/unit/cpu/fpu_oracle.h"

namespace faultline::fpu {
namespace {

constexpr std::uint64_t kSeed = 20260101;
constexpr int kRandomOperands = 100'000;  // times five modes, times two formats, for each operation

template <typename F>
F compute(Operation operation, F a, F b, F c, RoundingMode mode, Flags& flags) {
  switch (operation) {
    case Operation::Add:
      return add(a, b, mode, flags);
    case Operation::Subtract:
      return subtract(a, b, mode, flags);
    case Operation::Multiply:
      return multiply(a, b, mode, flags);
    case Operation::Divide:
      return divide(a, b, mode, flags);
    case Operation::SquareRoot:
      return square_root(a, mode, flags);
    case Operation::MultiplyAdd:
      return multiply_add(a, b, c, mode, flags);
  }
  return a;
}

/// Returns false, with a failure that shows the case, if implementation and oracle differ.
template <typename F>
bool agrees(Operation operation, F a, F b, F c) {
  Oracle<F> oracle(operation, a, b, c);
  for (const RoundingMode mode : kAllModes) {
    const Verdict<F> expected = oracle.rounded(mode);
    for (const Flags before : {Flags{0}, kInexact}) {
      Flags flags = before;
      const F result = compute(operation, a, b, c, mode, flags);
      if (result == expected.result && flags == (expected.flags | before)) continue;
      ADD_FAILURE() << std::hex << "operands " << +a.bits << ' ' << +b.bits << ' ' << +c.bits
                    << ", mode " << static_cast<int>(mode) << ", flags before " << +before
                    << ": got " << +result.bits << " flags " << +flags << ", expected "
                    << +expected.result.bits << " flags " << +(expected.flags | before);
      return false;
    }
  }
  return true;
}

template <typename F>
class FpuArithmetic : public ::testing::Test {
 protected:
  void check_unary(Operation operation) {
    for (const F a : special_values<F>()) ASSERT_TRUE(agrees(operation, a, F{}, F{}));
    OperandSource<F> source(kSeed);
    for (int i = 0; i < kRandomOperands; ++i) {
      ASSERT_TRUE(agrees(operation, source.any(), F{}, F{}));
    }
  }

  void check_binary(Operation operation) {
    for (const F a : special_values<F>()) {
      for (const F b : special_values<F>()) ASSERT_TRUE(agrees(operation, a, b, F{}));
    }
    OperandSource<F> source(kSeed);
    for (int i = 0; i < kRandomOperands; ++i) {
      const F a = source.any();
      const F b = i % 2 == 0 ? source.any() : source.close_to(a);
      ASSERT_TRUE(agrees(operation, a, b, F{}));
    }
  }
};

using Formats = ::testing::Types<F32, F64>;
TYPED_TEST_SUITE(FpuArithmetic, Formats);

TYPED_TEST(FpuArithmetic, sums_agree_with_mpfr) {
  this->check_binary(Operation::Add);
}

TYPED_TEST(FpuArithmetic, differences_agree_with_mpfr) {
  this->check_binary(Operation::Subtract);
}

TYPED_TEST(FpuArithmetic, products_agree_with_mpfr) {
  this->check_binary(Operation::Multiply);
}

TYPED_TEST(FpuArithmetic, quotients_agree_with_mpfr) {
  this->check_binary(Operation::Divide);
}

TYPED_TEST(FpuArithmetic, square_roots_agree_with_mpfr) {
  this->check_unary(Operation::SquareRoot);
}

TYPED_TEST(FpuArithmetic, fused_products_of_special_values_agree_with_mpfr) {
  const auto values = special_values<TypeParam>();
  for (const TypeParam a : values) {
    for (const TypeParam b : values) {
      for (const TypeParam c : values) ASSERT_TRUE(agrees(Operation::MultiplyAdd, a, b, c));
    }
  }
}

TYPED_TEST(FpuArithmetic, fused_products_of_random_operands_agree_with_mpfr) {
  OperandSource<TypeParam> source(kSeed);
  for (int i = 0; i < kRandomOperands; ++i) {
    const TypeParam a = source.any();
    const TypeParam b = source.any();
    TypeParam c = source.any();
    if (i % 2 == 0) {  // c near a * b: cancellation, and products that only the fused form keeps
      Flags ignored = 0;
      c = source.close_to(multiply(a, b, RoundingMode::NearestEven, ignored));
    }
    ASSERT_TRUE(agrees(Operation::MultiplyAdd, a, b, c));
  }
}

}  // namespace
}  // namespace faultline::fpu
