// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the F and D instructions compute: operands from registers, the result as a register's 64
// bits, flags into fflags (RISC-V Unprivileged 20191213, chapters 11 and 12; fpu.h has the
// arithmetic).

#include <cstdint>
#include <type_traits>

#include "models/cpu/execute_integer.h"
#include "models/cpu/fpu.h"
#include "models/cpu/instruction.h"

namespace faultline {

/// The operands of one floating-point instruction: raw register values.
struct FloatOperands {
  std::uint64_t a, b, c;
  fpu::RoundingMode mode;
};

/// True if the instruction has a rounding mode, so that a reserved frm makes it illegal (11.2).
[[nodiscard]] constexpr bool has_rounding_mode(Op op) {
  switch (op) {
    case Op::FsgnjS:
    case Op::FsgnjnS:
    case Op::FsgnjxS:
    case Op::FminS:
    case Op::FmaxS:
    case Op::FleS:
    case Op::FltS:
    case Op::FeqS:
    case Op::FclassS:
    case Op::FmvXW:
    case Op::FmvWX:
    case Op::FsgnjD:
    case Op::FsgnjnD:
    case Op::FsgnjxD:
    case Op::FminD:
    case Op::FmaxD:
    case Op::FleD:
    case Op::FltD:
    case Op::FeqD:
    case Op::FclassD:
    case Op::FmvXD:
    case Op::FmvDX:
      return false;
    default:
      return true;
  }
}

namespace detail {

template <typename F>
[[nodiscard]] inline F from_register(std::uint64_t reg) {
  if constexpr (std::is_same_v<F, fpu::F32>) {
    return fpu::unbox(reg);
  } else {
    return F{reg};
  }
}

[[nodiscard]] inline std::uint64_t to_register(fpu::F32 value) {
  return fpu::box(value);
}
[[nodiscard]] inline std::uint64_t to_register(fpu::F64 value) {
  return value.bits;
}

/// Integer results: 32-bit ones are sign-extended, unsigned ones too (11.7).
[[nodiscard]] inline std::uint64_t extend(std::int32_t value) {
  return static_cast<std::uint64_t>(std::int64_t{value});
}
[[nodiscard]] inline std::uint64_t extend(std::uint32_t value) {
  return sign_extend_word(value);
}
[[nodiscard]] inline std::uint64_t extend(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}
[[nodiscard]] inline std::uint64_t extend(std::uint64_t value) {
  return value;
}

template <typename F, typename Integer>
[[nodiscard]] inline std::uint64_t convert_to(const FloatOperands& in, fpu::Flags& flags) {
  return extend(fpu::to_integer<Integer>(from_register<F>(in.a), in.mode, flags));
}
template <typename F, typename Integer>
[[nodiscard]] inline std::uint64_t convert_from(const FloatOperands& in, fpu::Flags& flags) {
  return to_register(fpu::from_integer<F>(static_cast<Integer>(in.a), in.mode, flags));
}

/// The operations that exist in both formats, by the single's name.
template <typename F, Op kOp>
[[nodiscard]] inline std::uint64_t evaluate_format(const FloatOperands& in, fpu::Flags& flags) {
  const F a = from_register<F>(in.a);
  const F b = from_register<F>(in.b);
  const F c = from_register<F>(in.c);
  switch (kOp) {
    case Op::FmaddS:
      return to_register(fpu::multiply_add(a, b, c, in.mode, flags));
    case Op::FmsubS:
      return to_register(fpu::multiply_add(a, b, fpu::negate(c), in.mode, flags));
    case Op::FnmsubS:
      return to_register(fpu::multiply_add(fpu::negate(a), b, c, in.mode, flags));
    case Op::FnmaddS:
      return to_register(fpu::multiply_add(fpu::negate(a), b, fpu::negate(c), in.mode, flags));
    case Op::FaddS:
      return to_register(fpu::add(a, b, in.mode, flags));
    case Op::FsubS:
      return to_register(fpu::subtract(a, b, in.mode, flags));
    case Op::FmulS:
      return to_register(fpu::multiply(a, b, in.mode, flags));
    case Op::FdivS:
      return to_register(fpu::divide(a, b, in.mode, flags));
    case Op::FsqrtS:
      return to_register(fpu::square_root(a, in.mode, flags));
    case Op::FsgnjS:
      return to_register(fpu::copy_sign(a, b));
    case Op::FsgnjnS:
      return to_register(fpu::copy_sign_negated(a, b));
    case Op::FsgnjxS:
      return to_register(fpu::xor_sign(a, b));
    case Op::FminS:
      return to_register(fpu::minimum(a, b, flags));
    case Op::FmaxS:
      return to_register(fpu::maximum(a, b, flags));
    case Op::FleS:
      return fpu::less_or_equal(a, b, flags);
    case Op::FltS:
      return fpu::less(a, b, flags);
    case Op::FeqS:
      return fpu::equal(a, b, flags);
    case Op::FclassS:
      return fpu::classify(a);
    case Op::FcvtWS:
      return convert_to<F, std::int32_t>(in, flags);
    case Op::FcvtWuS:
      return convert_to<F, std::uint32_t>(in, flags);
    case Op::FcvtLS:
      return convert_to<F, std::int64_t>(in, flags);
    case Op::FcvtLuS:
      return convert_to<F, std::uint64_t>(in, flags);
    case Op::FcvtSW:
      return convert_from<F, std::int32_t>(in, flags);
    case Op::FcvtSWu:
      return convert_from<F, std::uint32_t>(in, flags);
    case Op::FcvtSL:
      return convert_from<F, std::int64_t>(in, flags);
    case Op::FcvtSLu:
      return convert_from<F, std::uint64_t>(in, flags);
    default:
      return 0;
  }
}

/// The single's operation that a double's corresponds to: the list in instruction.h has them in the
/// same order.
[[nodiscard]] constexpr Op single_of(Op op) {
  return static_cast<Op>(static_cast<unsigned>(op) - static_cast<unsigned>(Op::FmaddD) +
                         static_cast<unsigned>(Op::FmaddS));
}
static_assert(single_of(Op::FclassD) == Op::FclassS && single_of(Op::FcvtDLu) == Op::FcvtSLu &&
              single_of(Op::FmvDX) == Op::FmvWX);

}  // namespace detail

/// The result of an operation of shape Float, as the 64 bits of its destination register.
template <Op kOp>
[[nodiscard]] inline std::uint64_t evaluate_float(const FloatOperands& in, fpu::Flags& flags) {
  if constexpr (kOp == Op::FmvXW) {
    return sign_extend_word(in.a);
  } else if constexpr (kOp == Op::FmvWX) {
    return fpu::box(fpu::F32{static_cast<std::uint32_t>(in.a)});
  } else if constexpr (kOp == Op::FmvXD || kOp == Op::FmvDX) {
    return in.a;
  } else if constexpr (kOp == Op::FcvtSD) {
    return fpu::box(fpu::to_single(fpu::F64{in.a}, in.mode, flags));
  } else if constexpr (kOp == Op::FcvtDS) {
    return fpu::to_double(fpu::unbox(in.a), flags).bits;
  } else if constexpr (kOp >= Op::FmaddD) {
    return detail::evaluate_format<fpu::F64, detail::single_of(kOp)>(in, flags);
  } else {
    return detail::evaluate_format<fpu::F32, kOp>(in, flags);
  }
}

}  // namespace faultline
