// SPDX-License-Identifier: Apache-2.0
#pragma once

// The instructions of RV64IMAFDC with Zicsr, Zifencei and the privileged ones, as the interpreter
// sees them: one operation code for each instruction, and a decoded instruction of 16 bytes. Not
// here: what an instruction does (execute_*.h), and how long it takes (timing.h).

#include <cstdint>

namespace faultline {

/// How the operands of an operation are laid out and which part of the hart executes it.
enum class Shape : std::uint8_t {
  Special,           ///< entries of the decoded-instruction cache that are no instructions
  Illegal,           ///< raises an illegal-instruction exception
  Immediate,         ///< rd = imm
  PcRelative,        ///< rd = pc + imm
  AluReg,            ///< rd = rs1 op rs2
  AluImm,            ///< rd = rs1 op imm
  Mul,               ///< as AluReg, in the multiplier
  Div,               ///< as AluReg, in the divider
  Branch,            ///< compare rs1 with rs2; pc + imm
  Jal,               ///< rd = link; pc + imm
  Jalr,              ///< rd = link; rs1 + imm
  Load,              ///< rd = memory[rs1 + imm]
  Store,             ///< memory[rs1 + imm] = rs2
  FloatLoad,         ///< as Load, to an f register
  FloatStore,        ///< as Store, from an f register
  LoadReserved,      ///< rd = memory[rs1]
  StoreConditional,  ///< memory[rs1] = rs2; rd = 0 or 1
  Amo,               ///< rd = memory[rs1]; memory[rs1] = rd op rs2
  Float,             ///< arithmetic, conversion, move or comparison with f registers
  System,            ///< CSR accesses, traps, returns, fences, wfi, markers
};

// X(operation, shape). The first four are not instructions of the architecture.
// clang-format off
#define FAULTLINE_OPERATIONS(X)                                                                       \
  X(Undecoded, Special) X(Refetch, Special) X(Straddle, Special) X(Illegal, Illegal)                  \
  X(Lui, Immediate) X(Auipc, PcRelative) X(Jal, Jal) X(Jalr, Jalr)                                    \
  X(Beq, Branch) X(Bne, Branch) X(Blt, Branch) X(Bge, Branch) X(Bltu, Branch) X(Bgeu, Branch)         \
  X(Lb, Load) X(Lh, Load) X(Lw, Load) X(Ld, Load) X(Lbu, Load) X(Lhu, Load) X(Lwu, Load)              \
  X(Sb, Store) X(Sh, Store) X(Sw, Store) X(Sd, Store)                                                 \
  X(Addi, AluImm) X(Slti, AluImm) X(Sltiu, AluImm) X(Xori, AluImm) X(Ori, AluImm) X(Andi, AluImm)     \
  X(Slli, AluImm) X(Srli, AluImm) X(Srai, AluImm)                                                     \
  X(Addiw, AluImm) X(Slliw, AluImm) X(Srliw, AluImm) X(Sraiw, AluImm)                                 \
  X(Add, AluReg) X(Sub, AluReg) X(Sll, AluReg) X(Slt, AluReg) X(Sltu, AluReg) X(Xor, AluReg)          \
  X(Srl, AluReg) X(Sra, AluReg) X(Or, AluReg) X(And, AluReg)                                          \
  X(Addw, AluReg) X(Subw, AluReg) X(Sllw, AluReg) X(Srlw, AluReg) X(Sraw, AluReg)                     \
  X(Mul, Mul) X(Mulh, Mul) X(Mulhsu, Mul) X(Mulhu, Mul) X(Mulw, Mul)                                  \
  X(Div, Div) X(Divu, Div) X(Rem, Div) X(Remu, Div)                                                   \
  X(Divw, Div) X(Divuw, Div) X(Remw, Div) X(Remuw, Div)                                               \
  X(LrW, LoadReserved) X(LrD, LoadReserved) X(ScW, StoreConditional) X(ScD, StoreConditional)         \
  X(AmoswapW, Amo) X(AmoaddW, Amo) X(AmoxorW, Amo) X(AmoandW, Amo) X(AmoorW, Amo)                     \
  X(AmominW, Amo) X(AmomaxW, Amo) X(AmominuW, Amo) X(AmomaxuW, Amo)                                   \
  X(AmoswapD, Amo) X(AmoaddD, Amo) X(AmoxorD, Amo) X(AmoandD, Amo) X(AmoorD, Amo)                     \
  X(AmominD, Amo) X(AmomaxD, Amo) X(AmominuD, Amo) X(AmomaxuD, Amo)                                   \
  X(Flw, FloatLoad) X(Fld, FloatLoad) X(Fsw, FloatStore) X(Fsd, FloatStore)                           \
  X(FmaddS, Float) X(FmsubS, Float) X(FnmsubS, Float) X(FnmaddS, Float)                               \
  X(FaddS, Float) X(FsubS, Float) X(FmulS, Float) X(FdivS, Float) X(FsqrtS, Float)                    \
  X(FsgnjS, Float) X(FsgnjnS, Float) X(FsgnjxS, Float) X(FminS, Float) X(FmaxS, Float)                \
  X(FleS, Float) X(FltS, Float) X(FeqS, Float) X(FclassS, Float)                                      \
  X(FcvtWS, Float) X(FcvtWuS, Float) X(FcvtLS, Float) X(FcvtLuS, Float)                               \
  X(FcvtSW, Float) X(FcvtSWu, Float) X(FcvtSL, Float) X(FcvtSLu, Float) X(FmvXW, Float) X(FmvWX, Float) \
  X(FmaddD, Float) X(FmsubD, Float) X(FnmsubD, Float) X(FnmaddD, Float)                               \
  X(FaddD, Float) X(FsubD, Float) X(FmulD, Float) X(FdivD, Float) X(FsqrtD, Float)                    \
  X(FsgnjD, Float) X(FsgnjnD, Float) X(FsgnjxD, Float) X(FminD, Float) X(FmaxD, Float)                \
  X(FleD, Float) X(FltD, Float) X(FeqD, Float) X(FclassD, Float)                                      \
  X(FcvtWD, Float) X(FcvtWuD, Float) X(FcvtLD, Float) X(FcvtLuD, Float)                               \
  X(FcvtDW, Float) X(FcvtDWu, Float) X(FcvtDL, Float) X(FcvtDLu, Float) X(FmvXD, Float) X(FmvDX, Float) \
  X(FcvtSD, Float) X(FcvtDS, Float)                                                                   \
  X(Csrrw, System) X(Csrrs, System) X(Csrrc, System) X(Csrrwi, System) X(Csrrsi, System) X(Csrrci, System) \
  X(Ecall, System) X(Ebreak, System) X(Mret, System) X(Sret, System) X(Wfi, System)                   \
  X(SfenceVma, System) X(Fence, System) X(FenceI, System) X(Marker, System)
// clang-format on

/// The operation of a decoded instruction.
enum class Op : std::uint16_t {
#define FAULTLINE_ENUMERATE(name, shape) name,
  FAULTLINE_OPERATIONS(FAULTLINE_ENUMERATE)
#undef FAULTLINE_ENUMERATE
};

/// Number of operations, for tables indexed by Op.
#define FAULTLINE_COUNT(name, shape) +1
inline constexpr unsigned kOperations = 0 FAULTLINE_OPERATIONS(FAULTLINE_COUNT);
#undef FAULTLINE_COUNT

/// The shape of an operation.
[[nodiscard]] constexpr Shape shape_of(Op op) {
  constexpr Shape kShapes[] = {
#define FAULTLINE_SHAPE(name, shape) Shape::shape,
      FAULTLINE_OPERATIONS(FAULTLINE_SHAPE)
#undef FAULTLINE_SHAPE
  };
  return kShapes[static_cast<unsigned>(op)];
}

/// The operation's name as in the list above: "Addi".
[[nodiscard]] const char* to_string(Op op);

/// A rounding mode field that says: use fcsr.frm (RISC-V Unprivileged 20191213, 11.2).
inline constexpr std::uint8_t kDynamicRounding = 7;

/// One decoded instruction. Register numbers index ArchState::reg, so they say by themselves
/// whether an x or an f register is meant; an absent source is x0, an absent destination
/// ArchState::kDiscard.
struct DecodedInst {
  Op op = Op::Undecoded;
  std::uint8_t rd = 0;
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::uint8_t rs3 = 0;
  std::uint8_t halfwords = 1;  ///< length in units of 2 bytes: 1 or 2
  std::uint8_t extra =
      0;  ///< rounding mode; for CSR instructions the rs1 field (register or immediate)
  std::int32_t imm = 0;   ///< sign-extended immediate; CSR number; marker number
  std::uint32_t raw = 0;  ///< the instruction's bits as fetched (16 or 32), for xtval

  [[nodiscard]] unsigned bytes() const { return halfwords * 2u; }
  bool operator==(const DecodedInst&) const = default;
};
static_assert(sizeof(DecodedInst) == 16);

}  // namespace faultline
