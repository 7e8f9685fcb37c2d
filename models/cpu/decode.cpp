// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/decode.h"

#include "models/cpu/arch_state.h"
#include "models/cpu/marker.h"

namespace faultline {

namespace {

/// The fields of a 4-byte instruction (RISC-V Unprivileged 20191213, 2.2 and 2.3).
struct Fields {
  std::uint32_t bits;

  [[nodiscard]] std::uint32_t at(unsigned high, unsigned low) const {
    return (bits >> low) & ((1u << (high - low + 1)) - 1);
  }
  [[nodiscard]] std::uint32_t opcode() const { return at(6, 0); }
  [[nodiscard]] std::uint32_t rd() const { return at(11, 7); }
  [[nodiscard]] std::uint32_t funct3() const { return at(14, 12); }
  [[nodiscard]] std::uint32_t rs1() const { return at(19, 15); }
  [[nodiscard]] std::uint32_t rs2() const { return at(24, 20); }
  [[nodiscard]] std::uint32_t rs3() const { return at(31, 27); }
  [[nodiscard]] std::uint32_t funct7() const { return at(31, 25); }
  [[nodiscard]] std::int32_t imm_i() const { return static_cast<std::int32_t>(bits) >> 20; }
  [[nodiscard]] std::int32_t imm_s() const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(imm_i()) & ~0x1Fu) | rd());
  }
  [[nodiscard]] std::int32_t imm_b() const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(imm_i()) & 0xFFFFF000u) |
                                     at(7, 7) << 11 | at(30, 25) << 5 | at(11, 8) << 1);
  }
  [[nodiscard]] std::int32_t imm_u() const { return static_cast<std::int32_t>(bits & 0xFFFFF000u); }
  [[nodiscard]] std::int32_t imm_j() const {
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(imm_i()) & 0xFFF00000u) |
                                     at(19, 12) << 12 | at(20, 20) << 11 | at(30, 21) << 1);
  }
};

constexpr std::uint8_t as_register(std::uint32_t n) {
  return static_cast<std::uint8_t>(n);
}
constexpr std::uint8_t as_destination(std::uint32_t n) {
  return static_cast<std::uint8_t>(n == 0 ? ArchState::kDiscard : n);
}
constexpr std::uint8_t as_float(std::uint32_t n) {
  return static_cast<std::uint8_t>(ArchState::kFloat + n);
}

DecodedInst none() {
  return {.op = Op::Illegal, .rd = ArchState::kDiscard};
}

DecodedInst with_imm(Op op, const Fields& in, std::int32_t imm) {
  return {.op = op, .rd = as_destination(in.rd()), .rs1 = as_register(in.rs1()), .imm = imm};
}

DecodedInst with_registers(Op op, const Fields& in) {
  return {.op = op,
          .rd = as_destination(in.rd()),
          .rs1 = as_register(in.rs1()),
          .rs2 = as_register(in.rs2())};
}

/// Picks from a table by funct3; Op::Undecoded stands for a reserved encoding.
template <std::size_t N>
Op pick(const Op (&table)[N], std::uint32_t index) {
  const Op op = index < N ? table[index] : Op::Undecoded;
  return op == Op::Undecoded ? Op::Illegal : op;
}
constexpr Op kReserved = Op::Undecoded;

DecodedInst decode_load(const Fields& in) {
  static constexpr Op kOps[] = {Op::Lb, Op::Lh, Op::Lw, Op::Ld, Op::Lbu, Op::Lhu, Op::Lwu};
  return with_imm(pick(kOps, in.funct3()), in, in.imm_i());
}

DecodedInst decode_store(const Fields& in) {
  static constexpr Op kOps[] = {Op::Sb, Op::Sh, Op::Sw, Op::Sd};
  return {.op = pick(kOps, in.funct3()),
          .rd = ArchState::kDiscard,
          .rs1 = as_register(in.rs1()),
          .rs2 = as_register(in.rs2()),
          .imm = in.imm_s()};
}

DecodedInst decode_float_load(const Fields& in) {
  static constexpr Op kOps[] = {kReserved, kReserved, Op::Flw, Op::Fld};
  return {.op = pick(kOps, in.funct3()),
          .rd = as_float(in.rd()),
          .rs1 = as_register(in.rs1()),
          .imm = in.imm_i()};
}

DecodedInst decode_float_store(const Fields& in) {
  static constexpr Op kOps[] = {kReserved, kReserved, Op::Fsw, Op::Fsd};
  return {.op = pick(kOps, in.funct3()),
          .rd = ArchState::kDiscard,
          .rs1 = as_register(in.rs1()),
          .rs2 = as_float(in.rs2()),
          .imm = in.imm_s()};
}

DecodedInst decode_branch(const Fields& in) {
  static constexpr Op kOps[] = {Op::Beq, Op::Bne, kReserved, kReserved,
                                Op::Blt, Op::Bge, Op::Bltu,  Op::Bgeu};
  return {.op = pick(kOps, in.funct3()),
          .rd = ArchState::kDiscard,
          .rs1 = as_register(in.rs1()),
          .rs2 = as_register(in.rs2()),
          .imm = in.imm_b()};
}

bool is_marker(const Fields& in) {
  return in.rd() == 0 && in.rs1() == 0 && in.imm_i() >= kFirstMarker && in.imm_i() <= kLastMarker;
}

DecodedInst decode_op_imm(const Fields& in) {
  const std::int32_t shamt = in.imm_i() & 63;
  switch (in.funct3()) {
    case 0:
      return with_imm(Op::Addi, in, in.imm_i());
    case 1:
      return in.at(31, 26) == 0 ? with_imm(Op::Slli, in, shamt) : none();
    case 2:
      return with_imm(is_marker(in) ? Op::Marker : Op::Slti, in, in.imm_i());
    case 3:
      return with_imm(Op::Sltiu, in, in.imm_i());
    case 4:
      return with_imm(Op::Xori, in, in.imm_i());
    case 5:
      if (in.at(31, 26) == 0) return with_imm(Op::Srli, in, shamt);
      return in.at(31, 26) == 0x10 ? with_imm(Op::Srai, in, shamt) : none();
    case 6:
      return with_imm(Op::Ori, in, in.imm_i());
    default:
      return with_imm(Op::Andi, in, in.imm_i());
  }
}

DecodedInst decode_op_imm_32(const Fields& in) {
  const std::int32_t shamt = in.imm_i() & 31;
  switch (in.funct3()) {
    case 0:
      return with_imm(Op::Addiw, in, in.imm_i());
    case 1:
      return in.funct7() == 0 ? with_imm(Op::Slliw, in, shamt) : none();
    case 5:
      if (in.funct7() == 0) return with_imm(Op::Srliw, in, shamt);
      return in.funct7() == 0x20 ? with_imm(Op::Sraiw, in, shamt) : none();
    default:
      return none();
  }
}

DecodedInst decode_op(const Fields& in) {
  static constexpr Op kBase[] = {Op::Add, Op::Sll, Op::Slt, Op::Sltu,
                                 Op::Xor, Op::Srl, Op::Or,  Op::And};
  static constexpr Op kMulDiv[] = {Op::Mul, Op::Mulh, Op::Mulhsu, Op::Mulhu,
                                   Op::Div, Op::Divu, Op::Rem,    Op::Remu};
  static constexpr Op kOther[] = {Op::Sub, kReserved, kReserved, kReserved, kReserved, Op::Sra};
  switch (in.funct7()) {
    case 0x00:
      return with_registers(pick(kBase, in.funct3()), in);
    case 0x01:
      return with_registers(pick(kMulDiv, in.funct3()), in);
    case 0x20:
      return with_registers(pick(kOther, in.funct3()), in);
    default:
      return none();
  }
}

DecodedInst decode_op_32(const Fields& in) {
  static constexpr Op kBase[] = {Op::Addw, Op::Sllw, kReserved, kReserved, kReserved, Op::Srlw};
  static constexpr Op kMulDiv[] = {Op::Mulw, kReserved, kReserved, kReserved,
                                   Op::Divw, Op::Divuw, Op::Remw,  Op::Remuw};
  static constexpr Op kOther[] = {Op::Subw, kReserved, kReserved, kReserved, kReserved, Op::Sraw};
  switch (in.funct7()) {
    case 0x00:
      return with_registers(pick(kBase, in.funct3()), in);
    case 0x01:
      return with_registers(pick(kMulDiv, in.funct3()), in);
    case 0x20:
      return with_registers(pick(kOther, in.funct3()), in);
    default:
      return none();
  }
}

DecodedInst decode_amo(const Fields& in) {
  if (in.funct3() != 2 && in.funct3() != 3) return none();
  const bool wide = in.funct3() == 3;
  switch (in.at(31, 27)) {
    case 0x02:
      return in.rs2() == 0 ? with_registers(wide ? Op::LrD : Op::LrW, in) : none();
    case 0x03:
      return with_registers(wide ? Op::ScD : Op::ScW, in);
    case 0x01:
      return with_registers(wide ? Op::AmoswapD : Op::AmoswapW, in);
    case 0x00:
      return with_registers(wide ? Op::AmoaddD : Op::AmoaddW, in);
    case 0x04:
      return with_registers(wide ? Op::AmoxorD : Op::AmoxorW, in);
    case 0x0C:
      return with_registers(wide ? Op::AmoandD : Op::AmoandW, in);
    case 0x08:
      return with_registers(wide ? Op::AmoorD : Op::AmoorW, in);
    case 0x10:
      return with_registers(wide ? Op::AmominD : Op::AmominW, in);
    case 0x14:
      return with_registers(wide ? Op::AmomaxD : Op::AmomaxW, in);
    case 0x18:
      return with_registers(wide ? Op::AmominuD : Op::AmominuW, in);
    case 0x1C:
      return with_registers(wide ? Op::AmomaxuD : Op::AmomaxuW, in);
    default:
      return none();
  }
}

// --- F and D. Each pair is {single, double}, indexed by the format field.

struct Pair {
  Op single, wide;
  [[nodiscard]] Op of(std::uint32_t format) const { return format == 0 ? single : wide; }
};

/// Rounding modes 5 and 6 are reserved (11.2); 7 takes frm when executed.
bool rounding_ok(const Fields& in) {
  return in.funct3() != 5 && in.funct3() != 6;
}

DecodedInst decode_fused(const Fields& in) {
  static constexpr Pair kOps[] = {{Op::FmaddS, Op::FmaddD},
                                  {Op::FmsubS, Op::FmsubD},
                                  {Op::FnmsubS, Op::FnmsubD},
                                  {Op::FnmaddS, Op::FnmaddD}};
  if (in.at(26, 25) > 1 || !rounding_ok(in)) return none();
  return {.op = kOps[in.at(3, 2)].of(in.at(26, 25)),
          .rd = as_float(in.rd()),
          .rs1 = as_float(in.rs1()),
          .rs2 = as_float(in.rs2()),
          .rs3 = as_float(in.rs3()),
          .extra = static_cast<std::uint8_t>(in.funct3())};
}

DecodedInst float_op(Op op, const Fields& in, std::uint8_t rd, std::uint8_t rs1, std::uint8_t rs2) {
  return {
      .op = op, .rd = rd, .rs1 = rs1, .rs2 = rs2, .extra = static_cast<std::uint8_t>(in.funct3())};
}

/// f = f op f, with a rounding mode.
DecodedInst float_arithmetic(Pair ops, const Fields& in) {
  if (!rounding_ok(in)) return none();
  return float_op(ops.of(in.at(26, 25)), in, as_float(in.rd()), as_float(in.rs1()),
                  as_float(in.rs2()));
}

/// f = f op f or x = f op f, with funct3 choosing the operation.
template <std::size_t N>
DecodedInst float_choice(const Pair (&ops)[N], const Fields& in, std::uint8_t rd) {
  if (in.funct3() >= N) return none();
  return float_op(ops[in.funct3()].of(in.at(26, 25)), in, rd, as_float(in.rs1()),
                  as_float(in.rs2()));
}

DecodedInst decode_float_to_int(const Fields& in) {
  static constexpr Pair kOps[] = {{Op::FcvtWS, Op::FcvtWD},
                                  {Op::FcvtWuS, Op::FcvtWuD},
                                  {Op::FcvtLS, Op::FcvtLD},
                                  {Op::FcvtLuS, Op::FcvtLuD}};
  if (in.rs2() > 3 || !rounding_ok(in)) return none();
  return float_op(kOps[in.rs2()].of(in.at(26, 25)), in, as_destination(in.rd()), as_float(in.rs1()),
                  0);
}

DecodedInst decode_int_to_float(const Fields& in) {
  static constexpr Pair kOps[] = {{Op::FcvtSW, Op::FcvtDW},
                                  {Op::FcvtSWu, Op::FcvtDWu},
                                  {Op::FcvtSL, Op::FcvtDL},
                                  {Op::FcvtSLu, Op::FcvtDLu}};
  if (in.rs2() > 3 || !rounding_ok(in)) return none();
  return float_op(kOps[in.rs2()].of(in.at(26, 25)), in, as_float(in.rd()), as_register(in.rs1()),
                  0);
}

/// fcvt.s.d and fcvt.d.s: rs2 names the source's format, which must be the other one.
DecodedInst decode_float_to_float(const Fields& in) {
  if (!rounding_ok(in) || in.rs2() != (in.at(26, 25) ^ 1)) return none();
  const Op op = in.at(26, 25) == 0 ? Op::FcvtSD : Op::FcvtDS;
  return float_op(op, in, as_float(in.rd()), as_float(in.rs1()), 0);
}

DecodedInst decode_move_or_class(const Fields& in) {
  if (in.rs2() != 0 || in.funct3() > 1) return none();
  static constexpr Pair kMove{Op::FmvXW, Op::FmvXD};
  static constexpr Pair kClass{Op::FclassS, Op::FclassD};
  const Op op = (in.funct3() == 0 ? kMove : kClass).of(in.at(26, 25));
  return float_op(op, in, as_destination(in.rd()), as_float(in.rs1()), 0);
}

DecodedInst decode_float(const Fields& in) {
  static constexpr Pair kSign[] = {
      {Op::FsgnjS, Op::FsgnjD}, {Op::FsgnjnS, Op::FsgnjnD}, {Op::FsgnjxS, Op::FsgnjxD}};
  static constexpr Pair kMinMax[] = {{Op::FminS, Op::FminD}, {Op::FmaxS, Op::FmaxD}};
  static constexpr Pair kCompare[] = {
      {Op::FleS, Op::FleD}, {Op::FltS, Op::FltD}, {Op::FeqS, Op::FeqD}};
  if (in.at(26, 25) > 1) return none();
  switch (in.at(31, 27)) {
    case 0x00:
      return float_arithmetic({Op::FaddS, Op::FaddD}, in);
    case 0x01:
      return float_arithmetic({Op::FsubS, Op::FsubD}, in);
    case 0x02:
      return float_arithmetic({Op::FmulS, Op::FmulD}, in);
    case 0x03:
      return float_arithmetic({Op::FdivS, Op::FdivD}, in);
    case 0x04:
      return float_choice(kSign, in, as_float(in.rd()));
    case 0x05:
      return float_choice(kMinMax, in, as_float(in.rd()));
    case 0x08:
      return decode_float_to_float(in);
    case 0x0B: {
      DecodedInst root = in.rs2() == 0 ? float_arithmetic({Op::FsqrtS, Op::FsqrtD}, in) : none();
      root.rs2 = 0;
      return root;
    }
    case 0x14:
      return float_choice(kCompare, in, as_destination(in.rd()));
    case 0x18:
      return decode_float_to_int(in);
    case 0x1A:
      return decode_int_to_float(in);
    case 0x1C:
      return decode_move_or_class(in);
    case 0x1E:
      if (in.rs2() != 0 || in.funct3() != 0) return none();
      return float_op(in.at(26, 25) == 0 ? Op::FmvWX : Op::FmvDX, in, as_float(in.rd()),
                      as_register(in.rs1()), 0);
    default:
      return none();
  }
}

// --- SYSTEM and MISC-MEM.

DecodedInst without_operands(Op op) {
  return {.op = op, .rd = ArchState::kDiscard};
}

DecodedInst decode_privileged(const Fields& in) {
  switch (in.bits) {
    case 0x00000073:
      return without_operands(Op::Ecall);
    case 0x00100073:
      return without_operands(Op::Ebreak);
    case 0x10200073:
      return without_operands(Op::Sret);
    case 0x30200073:
      return without_operands(Op::Mret);
    case 0x10500073:
      return without_operands(Op::Wfi);
    default:
      break;
  }
  if (in.funct7() == 0x09 && in.rd() == 0) return with_registers(Op::SfenceVma, in);
  return none();
}

DecodedInst decode_system(const Fields& in) {
  static constexpr Op kOps[] = {kReserved, Op::Csrrw,  Op::Csrrs,  Op::Csrrc,
                                kReserved, Op::Csrrwi, Op::Csrrsi, Op::Csrrci};
  if (in.funct3() == 0) return decode_privileged(in);
  const bool immediate = in.funct3() >= 5;
  return {.op = pick(kOps, in.funct3()),
          .rd = as_destination(in.rd()),
          .rs1 = as_register(immediate ? 0 : in.rs1()),
          .extra = static_cast<std::uint8_t>(in.rs1()),
          .imm = static_cast<std::int32_t>(in.at(31, 20))};
}

/// Unused fields of fence and fence.i are ignored, as 2.7 and chapter 3 ask of implementations.
DecodedInst decode_misc_mem(const Fields& in) {
  if (in.funct3() > 1) return none();
  return without_operands(in.funct3() == 0 ? Op::Fence : Op::FenceI);
}

DecodedInst decode_four_bytes(const Fields& in) {
  switch (in.opcode()) {
    case 0x03:
      return decode_load(in);
    case 0x07:
      return decode_float_load(in);
    case 0x0F:
      return decode_misc_mem(in);
    case 0x13:
      return decode_op_imm(in);
    case 0x17:
      return {.op = Op::Auipc, .rd = as_destination(in.rd()), .imm = in.imm_u()};
    case 0x1B:
      return decode_op_imm_32(in);
    case 0x23:
      return decode_store(in);
    case 0x27:
      return decode_float_store(in);
    case 0x2F:
      return decode_amo(in);
    case 0x33:
      return decode_op(in);
    case 0x37:
      return {.op = Op::Lui, .rd = as_destination(in.rd()), .imm = in.imm_u()};
    case 0x3B:
      return decode_op_32(in);
    case 0x43:
    case 0x47:
    case 0x4B:
    case 0x4F:
      return decode_fused(in);
    case 0x53:
      return decode_float(in);
    case 0x63:
      return decode_branch(in);
    case 0x67:
      return in.funct3() == 0 ? with_imm(Op::Jalr, in, in.imm_i()) : none();
    case 0x6F:
      return {.op = Op::Jal, .rd = as_destination(in.rd()), .imm = in.imm_j()};
    case 0x73:
      return decode_system(in);
    default:
      return none();
  }
}

}  // namespace

DecodedInst decode(std::uint32_t bits) {
  const auto parcel = static_cast<std::uint16_t>(bits);
  const bool wide = is_four_bytes(parcel);
  DecodedInst inst = decode_four_bytes({wide ? bits : expand_compressed(parcel)});
  inst.raw = wide ? bits : parcel;
  inst.halfwords = wide ? 2 : 1;
  if (inst.op == Op::Illegal)
    inst = {
        .op = Op::Illegal, .rd = ArchState::kDiscard, .halfwords = inst.halfwords, .raw = inst.raw};
  return inst;
}

const char* to_string(Op op) {
  static constexpr const char* kNames[] = {
#define FAULTLINE_NAME(name, shape) #name,
      FAULTLINE_OPERATIONS(FAULTLINE_NAME)
#undef FAULTLINE_NAME
  };
  return kNames[static_cast<unsigned>(op)];
}

}  // namespace faultline
