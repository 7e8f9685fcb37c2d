// SPDX-License-Identifier: Apache-2.0
// The compressed instructions as 4-byte ones (RISC-V Unprivileged 20191213, chapter 16,
// tables 16.5-16.7).

#include "models/cpu/decode.h"

namespace faultline {

namespace {

constexpr std::uint32_t kZero = 0;
constexpr std::uint32_t kLink = 1;
constexpr std::uint32_t kStack = 2;

/// Bits high..low of a parcel, moved so that the lowest of them lands at `to`.
constexpr std::uint32_t field(std::uint32_t c, unsigned high, unsigned low, unsigned to = 0) {
  return ((c >> low) & ((1u << (high - low + 1)) - 1)) << to;
}

constexpr std::uint32_t sign_extend(std::uint32_t value, unsigned bits) {
  const unsigned shift = 32 - bits;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(value << shift) >> shift);
}

// The registers of the three-bit fields are x8..x15.
constexpr std::uint32_t rd_full(std::uint32_t c) {
  return field(c, 11, 7);
}
constexpr std::uint32_t rs2_full(std::uint32_t c) {
  return field(c, 6, 2);
}
constexpr std::uint32_t rd_short(std::uint32_t c) {
  return 8 + field(c, 4, 2);
}
constexpr std::uint32_t rs1_short(std::uint32_t c) {
  return 8 + field(c, 9, 7);
}

constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rd,
                               std::uint32_t rs1, std::uint32_t imm) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | imm << 20;
}

constexpr std::uint32_t s_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t rs1,
                               std::uint32_t rs2, std::uint32_t imm) {
  return opcode | field(imm, 4, 0, 7) | funct3 << 12 | rs1 << 15 | rs2 << 20 |
         field(imm, 11, 5, 25);
}

constexpr std::uint32_t r_type(std::uint32_t opcode, std::uint32_t funct3, std::uint32_t funct7,
                               std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return opcode | rd << 7 | funct3 << 12 | rs1 << 15 | rs2 << 20 | funct7 << 25;
}

constexpr std::uint32_t b_type(std::uint32_t funct3, std::uint32_t rs1, std::uint32_t imm) {
  return 0x63 | field(imm, 11, 11, 7) | field(imm, 4, 1, 8) | funct3 << 12 | rs1 << 15 |
         field(imm, 10, 5, 25) | field(imm, 12, 12, 31);
}

constexpr std::uint32_t j_type(std::uint32_t rd, std::uint32_t imm) {
  return 0x6F | rd << 7 | field(imm, 19, 12, 12) | field(imm, 11, 11, 20) | field(imm, 10, 1, 21) |
         field(imm, 20, 20, 31);
}

// Immediates, named as in the tables.
constexpr std::uint32_t imm6(std::uint32_t c) {
  return sign_extend(field(c, 12, 12, 5) | field(c, 6, 2), 6);
}
constexpr std::uint32_t shamt6(std::uint32_t c) {
  return field(c, 12, 12, 5) | field(c, 6, 2);
}
constexpr std::uint32_t word_offset(std::uint32_t c) {
  return field(c, 12, 10, 3) | field(c, 6, 6, 2) | field(c, 5, 5, 6);
}
constexpr std::uint32_t double_offset(std::uint32_t c) {
  return field(c, 12, 10, 3) | field(c, 6, 5, 6);
}
constexpr std::uint32_t word_from_stack(std::uint32_t c) {
  return field(c, 12, 12, 5) | field(c, 6, 4, 2) | field(c, 3, 2, 6);
}
constexpr std::uint32_t double_from_stack(std::uint32_t c) {
  return field(c, 12, 12, 5) | field(c, 6, 5, 3) | field(c, 4, 2, 6);
}
constexpr std::uint32_t word_to_stack(std::uint32_t c) {
  return field(c, 12, 9, 2) | field(c, 8, 7, 6);
}
constexpr std::uint32_t double_to_stack(std::uint32_t c) {
  return field(c, 12, 10, 3) | field(c, 9, 7, 6);
}
constexpr std::uint32_t addi4spn_imm(std::uint32_t c) {
  return field(c, 12, 11, 4) | field(c, 10, 7, 6) | field(c, 6, 6, 2) | field(c, 5, 5, 3);
}
constexpr std::uint32_t addi16sp_imm(std::uint32_t c) {
  return sign_extend(field(c, 12, 12, 9) | field(c, 6, 6, 4) | field(c, 5, 5, 6) |
                         field(c, 4, 3, 7) | field(c, 2, 2, 5),
                     10);
}
constexpr std::uint32_t jump_offset(std::uint32_t c) {
  return sign_extend(field(c, 12, 12, 11) | field(c, 11, 11, 4) | field(c, 10, 9, 8) |
                         field(c, 8, 8, 10) | field(c, 7, 7, 6) | field(c, 6, 6, 7) |
                         field(c, 5, 3, 1) | field(c, 2, 2, 5),
                     12);
}
constexpr std::uint32_t branch_offset(std::uint32_t c) {
  return sign_extend(field(c, 12, 12, 8) | field(c, 11, 10, 3) | field(c, 6, 5, 6) |
                         field(c, 4, 3, 1) | field(c, 2, 2, 5),
                     9);
}

std::uint32_t expand_quadrant0(std::uint32_t c) {
  switch (field(c, 15, 13)) {
    case 0:  // c.addi4spn; an immediate of 0 is reserved, and all zeros is illegal by definition
      return addi4spn_imm(c) == 0 ? 0 : i_type(0x13, 0, rd_short(c), kStack, addi4spn_imm(c));
    case 1:
      return i_type(0x07, 3, rd_short(c), rs1_short(c), double_offset(c));  // c.fld
    case 2:
      return i_type(0x03, 2, rd_short(c), rs1_short(c), word_offset(c));  // c.lw
    case 3:
      return i_type(0x03, 3, rd_short(c), rs1_short(c), double_offset(c));  // c.ld
    case 5:
      return s_type(0x27, 3, rs1_short(c), rd_short(c), double_offset(c));  // c.fsd
    case 6:
      return s_type(0x23, 2, rs1_short(c), rd_short(c), word_offset(c));  // c.sw
    case 7:
      return s_type(0x23, 3, rs1_short(c), rd_short(c), double_offset(c));  // c.sd
    default:
      return 0;  // reserved
  }
}

/// Quadrant 1, funct3 100: operations on x8..x15.
std::uint32_t expand_arithmetic(std::uint32_t c) {
  const std::uint32_t rd = rs1_short(c);
  switch (field(c, 11, 10)) {
    case 0:
      return i_type(0x13, 5, rd, rd, shamt6(c));  // c.srli
    case 1:
      return i_type(0x13, 5, rd, rd, shamt6(c) | 0x400);  // c.srai
    case 2:
      return i_type(0x13, 7, rd, rd, imm6(c));  // c.andi
    default:
      break;
  }
  const std::uint32_t rs2 = rd_short(c);
  switch (field(c, 12, 12, 2) | field(c, 6, 5)) {
    case 0:
      return r_type(0x33, 0, 0x20, rd, rd, rs2);  // c.sub
    case 1:
      return r_type(0x33, 4, 0, rd, rd, rs2);  // c.xor
    case 2:
      return r_type(0x33, 6, 0, rd, rd, rs2);  // c.or
    case 3:
      return r_type(0x33, 7, 0, rd, rd, rs2);  // c.and
    case 4:
      return r_type(0x3B, 0, 0x20, rd, rd, rs2);  // c.subw
    case 5:
      return r_type(0x3B, 0, 0, rd, rd, rs2);  // c.addw
    default:
      return 0;  // reserved
  }
}

std::uint32_t expand_lui(std::uint32_t c) {
  if (rd_full(c) == kStack) {  // c.addi16sp
    return addi16sp_imm(c) == 0 ? 0 : i_type(0x13, 0, kStack, kStack, addi16sp_imm(c));
  }
  return imm6(c) == 0 ? 0 : 0x37 | rd_full(c) << 7 | imm6(c) << 12;
}

std::uint32_t expand_quadrant1(std::uint32_t c) {
  const std::uint32_t rd = rd_full(c);
  switch (field(c, 15, 13)) {
    case 0:
      return i_type(0x13, 0, rd, rd, imm6(c));  // c.nop, c.addi
    case 1:
      return rd == 0 ? 0 : i_type(0x1B, 0, rd, rd, imm6(c));  // c.addiw; rd=0 is reserved
    case 2:
      return i_type(0x13, 0, rd, kZero, imm6(c));  // c.li
    case 3:
      return expand_lui(c);  // c.lui, c.addi16sp
    case 4:
      return expand_arithmetic(c);
    case 5:
      return j_type(kZero, jump_offset(c));  // c.j
    case 6:
      return b_type(0, rs1_short(c), branch_offset(c));  // c.beqz
    default:
      return b_type(1, rs1_short(c), branch_offset(c));  // c.bnez
  }
}

/// Quadrant 2, funct3 100: c.jr, c.mv, c.ebreak, c.jalr, c.add.
std::uint32_t expand_register_moves(std::uint32_t c) {
  const std::uint32_t rd = rd_full(c);
  const std::uint32_t rs2 = rs2_full(c);
  if (field(c, 12, 12) == 0) {
    if (rs2 != 0) return r_type(0x33, 0, 0, rd, kZero, rs2);
    return rd == 0 ? 0 : i_type(0x67, 0, kZero, rd, 0);  // c.jr of x0 is reserved
  }
  if (rs2 != 0) return r_type(0x33, 0, 0, rd, rd, rs2);
  return rd == 0 ? 0x00100073 : i_type(0x67, 0, kLink, rd, 0);
}

std::uint32_t expand_quadrant2(std::uint32_t c) {
  const std::uint32_t rd = rd_full(c);
  switch (field(c, 15, 13)) {
    case 0:
      return i_type(0x13, 1, rd, rd, shamt6(c));  // c.slli
    case 1:
      return i_type(0x07, 3, rd, kStack, double_from_stack(c));  // c.fldsp
    case 2:
      return rd == 0 ? 0 : i_type(0x03, 2, rd, kStack, word_from_stack(c));  // c.lwsp
    case 3:
      return rd == 0 ? 0 : i_type(0x03, 3, rd, kStack, double_from_stack(c));  // c.ldsp
    case 4:
      return expand_register_moves(c);
    case 5:
      return s_type(0x27, 3, kStack, rs2_full(c), double_to_stack(c));  // c.fsdsp
    case 6:
      return s_type(0x23, 2, kStack, rs2_full(c), word_to_stack(c));  // c.swsp
    default:
      return s_type(0x23, 3, kStack, rs2_full(c), double_to_stack(c));  // c.sdsp
  }
}

}  // namespace

std::uint32_t expand_compressed(std::uint16_t parcel) {
  switch (parcel & 3) {
    case 0:
      return expand_quadrant0(parcel);
    case 1:
      return expand_quadrant1(parcel);
    case 2:
      return expand_quadrant2(parcel);
    default:
      return 0;
  }
}

}  // namespace faultline
