// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the integer instructions compute (RISC-V Unprivileged 20191213, chapters 2, 5, 7 and 8), as
// functions of their operands. No state, no time, no memory.

#include <algorithm>
#include <cstdint>
#include <limits>

#include "models/cpu/instruction.h"

namespace faultline {

/// A 32-bit result in a 64-bit register.
[[nodiscard]] constexpr std::uint64_t sign_extend_word(std::uint64_t value) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

/// Division rounds towards zero; by zero it gives all ones, and the most negative number by -1
/// itself (table 7.1).
template <typename T>
[[nodiscard]] constexpr T divide(T a, T b) {
  if (b == 0) return static_cast<T>(-1);
  if constexpr (std::numeric_limits<T>::is_signed) {
    if (a == std::numeric_limits<T>::min() && b == -1) return a;
  }
  return static_cast<T>(a / b);
}

/// The remainder has the dividend's sign; by zero it is the dividend, and on overflow 0
/// (table 7.1).
template <typename T>
[[nodiscard]] constexpr T remainder(T a, T b) {
  if (b == 0) return a;
  if constexpr (std::numeric_limits<T>::is_signed) {
    if (b == -1) return 0;
  }
  return static_cast<T>(a % b);
}

/// The result of an operation of shape AluReg, AluImm, Mul or Div; for immediate forms `b` is the
/// sign-extended immediate.
template <Op kOp>
[[nodiscard]] constexpr std::uint64_t evaluate(std::uint64_t a, std::uint64_t b) {
  const auto sa = static_cast<std::int64_t>(a);
  const auto sb = static_cast<std::int64_t>(b);
  const auto wa = static_cast<std::uint32_t>(a);
  const auto wb = static_cast<std::uint32_t>(b);
  const auto swa = static_cast<std::int32_t>(wa);
  const auto swb = static_cast<std::int32_t>(wb);
  const auto signed_result = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const auto high = [](auto product) { return static_cast<std::uint64_t>(product >> 64); };
  __extension__ using Wide = __int128;
  __extension__ using UnsignedWide = unsigned __int128;

  switch (kOp) {
    case Op::Add:
    case Op::Addi:
      return a + b;
    case Op::Sub:
      return a - b;
    case Op::Slt:
    case Op::Slti:
      return sa < sb;
    case Op::Sltu:
    case Op::Sltiu:
      return a < b;
    case Op::Xor:
    case Op::Xori:
      return a ^ b;
    case Op::Or:
    case Op::Ori:
      return a | b;
    case Op::And:
    case Op::Andi:
      return a & b;
    case Op::Sll:
    case Op::Slli:
      return a << (b & 63);
    case Op::Srl:
    case Op::Srli:
      return a >> (b & 63);
    case Op::Sra:
    case Op::Srai:
      return signed_result(sa >> (b & 63));
    case Op::Addw:
    case Op::Addiw:
      return sign_extend_word(a + b);
    case Op::Subw:
      return sign_extend_word(a - b);
    case Op::Sllw:
    case Op::Slliw:
      return sign_extend_word(wa << (b & 31));
    case Op::Srlw:
    case Op::Srliw:
      return sign_extend_word(wa >> (b & 31));
    case Op::Sraw:
    case Op::Sraiw:
      return signed_result(swa >> (b & 31));
    case Op::Mul:
      return a * b;
    case Op::Mulw:
      return sign_extend_word(a * b);
    case Op::Mulh:
      return high(Wide{sa} * Wide{sb});
    case Op::Mulhsu:
      return high(Wide{sa} * static_cast<Wide>(b));
    case Op::Mulhu:
      return high(UnsignedWide{a} * UnsignedWide{b});
    case Op::Div:
      return signed_result(divide(sa, sb));
    case Op::Divu:
      return divide(a, b);
    case Op::Rem:
      return signed_result(remainder(sa, sb));
    case Op::Remu:
      return remainder(a, b);
    case Op::Divw:
      return signed_result(divide(swa, swb));
    case Op::Divuw:
      return sign_extend_word(divide(wa, wb));
    case Op::Remw:
      return signed_result(remainder(swa, swb));
    case Op::Remuw:
      return sign_extend_word(remainder(wa, wb));
    default:
      return 0;
  }
}

/// Whether a conditional branch is taken.
template <Op kOp>
[[nodiscard]] constexpr bool taken(std::uint64_t a, std::uint64_t b) {
  switch (kOp) {
    case Op::Beq:
      return a == b;
    case Op::Bne:
      return a != b;
    case Op::Blt:
      return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
    case Op::Bge:
      return static_cast<std::int64_t>(a) >= static_cast<std::int64_t>(b);
    case Op::Bltu:
      return a < b;
    case Op::Bgeu:
      return a >= b;
    default:
      return false;
  }
}

/// Bytes that a load, store or atomic operation moves.
[[nodiscard]] constexpr unsigned access_bytes(Op op) {
  switch (op) {
    case Op::Lb:
    case Op::Lbu:
    case Op::Sb:
      return 1;
    case Op::Lh:
    case Op::Lhu:
    case Op::Sh:
      return 2;
    case Op::Ld:
    case Op::Sd:
    case Op::Fld:
    case Op::Fsd:
    case Op::LrD:
    case Op::ScD:
      return 8;
    default:
      return op >= Op::AmoswapD && op <= Op::AmomaxuD ? 8 : 4;
  }
}

/// The register value of a load whose bytes are `value`, zero-extended. Singles are NaN-boxed
/// (12.2).
template <Op kOp>
[[nodiscard]] constexpr std::uint64_t extend_loaded(std::uint64_t value) {
  switch (kOp) {
    case Op::Lb:
      return static_cast<std::uint64_t>(static_cast<std::int8_t>(value));
    case Op::Lh:
      return static_cast<std::uint64_t>(static_cast<std::int16_t>(value));
    case Op::Flw:
      return value | 0xFFFF'FFFF'0000'0000;
    case Op::Lbu:
    case Op::Lhu:
    case Op::Lwu:
    case Op::Ld:
    case Op::Fld:
    case Op::LrD:
      return value;
    default:
      return access_bytes(kOp) == 8 ? value : sign_extend_word(value);
  }
}

/// What an AMO writes, from memory's value (zero-extended) and rs2 (8.4).
template <Op kOp>
[[nodiscard]] constexpr std::uint64_t amo_result(std::uint64_t memory, std::uint64_t operand) {
  const auto sm = static_cast<std::int64_t>(memory);
  const auto so = static_cast<std::int64_t>(operand);
  const auto wm = static_cast<std::uint32_t>(memory);
  const auto wo = static_cast<std::uint32_t>(operand);
  const auto swm = static_cast<std::int32_t>(wm);
  const auto swo = static_cast<std::int32_t>(wo);
  switch (kOp) {
    case Op::AmoswapW:
    case Op::AmoswapD:
      return operand;
    case Op::AmoaddW:
    case Op::AmoaddD:
      return memory + operand;
    case Op::AmoxorW:
    case Op::AmoxorD:
      return memory ^ operand;
    case Op::AmoandW:
    case Op::AmoandD:
      return memory & operand;
    case Op::AmoorW:
    case Op::AmoorD:
      return memory | operand;
    case Op::AmominW:
      return static_cast<std::uint32_t>(std::min(swm, swo));
    case Op::AmomaxW:
      return static_cast<std::uint32_t>(std::max(swm, swo));
    case Op::AmominuW:
      return std::min(wm, wo);
    case Op::AmomaxuW:
      return std::max(wm, wo);
    case Op::AmominD:
      return static_cast<std::uint64_t>(std::min(sm, so));
    case Op::AmomaxD:
      return static_cast<std::uint64_t>(std::max(sm, so));
    case Op::AmominuD:
      return std::min(memory, operand);
    case Op::AmomaxuD:
      return std::max(memory, operand);
    default:
      return 0;
  }
}

}  // namespace faultline
