// SPDX-License-Identifier: Apache-2.0
// Decoding against the cross assembler: what it encodes must decode to what was written.

#include "models/cpu/decode.h"

#include <gtest/gtest.h>

#include "models/cpu/arch_state.h"
#include "tests/support/assembler.h"

namespace faultline {
namespace {

constexpr unsigned kF = ArchState::kFloat;

struct Case {
  const char* text;
  Op op;
  unsigned rd, rs1, rs2;
  std::int32_t imm;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.text;
}

class Decode : public ::testing::TestWithParam<Case> {};

TEST_P(Decode, gives_operation_and_operands) {
  const Case& c = GetParam();
  const DecodedInst inst = decode(assemble_one(c.text));
  EXPECT_STREQ(to_string(inst.op), to_string(c.op));
  EXPECT_EQ(inst.rd, c.rd);
  EXPECT_EQ(inst.rs1, c.rs1);
  EXPECT_EQ(inst.rs2, c.rs2);
  EXPECT_EQ(inst.imm, c.imm);
}

INSTANTIATE_TEST_SUITE_P(base, Decode,
                         ::testing::Values(Case{"lui x5, 0xfffff", Op::Lui, 5, 0, 0, -4096},
                                           Case{"auipc x5, 0x80000", Op::Auipc, 5, 0, 0, INT32_MIN},
                                           Case{"jal x1, . - 1048576", Op::Jal, 1, 0, 0, -1048576},
                                           Case{"jal x0, . + 1048574", Op::Jal, 32, 0, 0, 1048574},
                                           Case{"jalr x0, -2048(x31)", Op::Jalr, 32, 31, 0, -2048},
                                           Case{"beq x1, x2, . - 4096", Op::Beq, 32, 1, 2, -4096},
                                           Case{"bgeu x1, x2, . + 4094", Op::Bgeu, 32, 1, 2, 4094},
                                           Case{"lbu x3, 2047(x4)", Op::Lbu, 3, 4, 0, 2047},
                                           Case{"sd x3, -2048(x4)", Op::Sd, 32, 4, 3, -2048},
                                           Case{"addi x0, x0, 5", Op::Addi, 32, 0, 0, 5},
                                           Case{"srai x1, x2, 63", Op::Srai, 1, 2, 0, 63},
                                           Case{"sraiw x1, x2, 31", Op::Sraiw, 1, 2, 0, 31},
                                           Case{"sub x1, x2, x3", Op::Sub, 1, 2, 3, 0},
                                           Case{"mulhsu x1, x2, x3", Op::Mulhsu, 1, 2, 3, 0},
                                           Case{"remuw x1, x2, x3", Op::Remuw, 1, 2, 3, 0},
                                           Case{"slti x0, x0, 0x102", Op::Marker, 32, 0, 0, 0x102},
                                           Case{"slti x0, x0, 0x107", Op::Slti, 32, 0, 0, 0x107}));

INSTANTIATE_TEST_SUITE_P(
    atomic_and_system, Decode,
    ::testing::Values(Case{"lr.w.aqrl x1, (x2)", Op::LrW, 1, 2, 0, 0},
                      Case{"sc.d x1, x3, (x2)", Op::ScD, 1, 2, 3, 0},
                      Case{"amomaxu.d x1, x3, (x2)", Op::AmomaxuD, 1, 2, 3, 0},
                      Case{"csrrw x0, satp, x5", Op::Csrrw, 32, 5, 0, 0x180},
                      Case{"csrrci x1, mstatus, 31", Op::Csrrci, 1, 0, 0, 0x300},
                      Case{"sfence.vma x3, x4", Op::SfenceVma, 32, 3, 4, 0},
                      Case{"fence rw, w", Op::Fence, 32, 0, 0, 0},
                      Case{"fence.i", Op::FenceI, 32, 0, 0, 0}, Case{"mret", Op::Mret, 32, 0, 0, 0},
                      Case{"wfi", Op::Wfi, 32, 0, 0, 0}));

INSTANTIATE_TEST_SUITE_P(
    floating_point, Decode,
    ::testing::Values(Case{"flw f1, 4(x2)", Op::Flw, kF + 1, 2, 0, 4},
                      Case{"fsd f1, -8(x2)", Op::Fsd, 32, 2, kF + 1, -8},
                      Case{"fadd.s f0, f1, f2", Op::FaddS, kF, kF + 1, kF + 2, 0},
                      Case{"fsqrt.d f3, f4", Op::FsqrtD, kF + 3, kF + 4, 0, 0},
                      Case{"fcvt.lu.d x0, f4, rtz", Op::FcvtLuD, 32, kF + 4, 0, 0},
                      Case{"fcvt.s.wu f3, x4", Op::FcvtSWu, kF + 3, 4, 0, 0},
                      Case{"fcvt.s.d f3, f4", Op::FcvtSD, kF + 3, kF + 4, 0, 0},
                      Case{"feq.d x3, f4, f5", Op::FeqD, 3, kF + 4, kF + 5, 0},
                      Case{"fmv.x.w x3, f4", Op::FmvXW, 3, kF + 4, 0, 0},
                      Case{"fmv.d.x f3, x4", Op::FmvDX, kF + 3, 4, 0, 0},
                      Case{"fclass.s x3, f4", Op::FclassS, 3, kF + 4, 0, 0}));

INSTANTIATE_TEST_SUITE_P(
    compressed, Decode,
    ::testing::Values(
        Case{"c.addi4spn x8, x2, 1020", Op::Addi, 8, 2, 0, 1020},
        Case{"c.lw x9, 124(x10)", Op::Lw, 9, 10, 0, 124},
        Case{"c.ld x9, 248(x10)", Op::Ld, 9, 10, 0, 248},
        Case{"c.fld f9, 248(x10)", Op::Fld, kF + 9, 10, 0, 248},
        Case{"c.sw x9, 64(x10)", Op::Sw, 32, 10, 9, 64},
        Case{"c.sd x9, 192(x10)", Op::Sd, 32, 10, 9, 192},
        Case{"c.fsd f9, 8(x10)", Op::Fsd, 32, 10, kF + 9, 8},
        Case{"c.addi x5, -32", Op::Addi, 5, 5, 0, -32},
        Case{"c.addiw x5, 31", Op::Addiw, 5, 5, 0, 31}, Case{"c.li x5, -1", Op::Addi, 5, 0, 0, -1},
        Case{"c.addi16sp x2, -512", Op::Addi, 2, 2, 0, -512},
        Case{"c.addi16sp x2, 496", Op::Addi, 2, 2, 0, 496},
        Case{"c.lui x5, 0xfffe0", Op::Lui, 5, 0, 0, -131072},
        Case{"c.srli x8, 63", Op::Srli, 8, 8, 0, 63}, Case{"c.srai x8, 1", Op::Srai, 8, 8, 0, 1},
        Case{"c.andi x8, -32", Op::Andi, 8, 8, 0, -32}, Case{"c.sub x8, x9", Op::Sub, 8, 8, 9, 0},
        Case{"c.xor x8, x9", Op::Xor, 8, 8, 9, 0}, Case{"c.or x8, x9", Op::Or, 8, 8, 9, 0},
        Case{"c.and x8, x9", Op::And, 8, 8, 9, 0}, Case{"c.subw x8, x9", Op::Subw, 8, 8, 9, 0},
        Case{"c.addw x8, x9", Op::Addw, 8, 8, 9, 0}, Case{"c.j . - 2048", Op::Jal, 32, 0, 0, -2048},
        Case{"c.j . + 2046", Op::Jal, 32, 0, 0, 2046},
        Case{"c.beqz x15, . - 256", Op::Beq, 32, 15, 0, -256},
        Case{"c.bnez x8, . + 254", Op::Bne, 32, 8, 0, 254},
        Case{"c.slli x31, 63", Op::Slli, 31, 31, 0, 63},
        Case{"c.fldsp f31, 504(x2)", Op::Fld, kF + 31, 2, 0, 504},
        Case{"c.lwsp x31, 252(x2)", Op::Lw, 31, 2, 0, 252},
        Case{"c.ldsp x31, 504(x2)", Op::Ld, 31, 2, 0, 504}, Case{"c.jr x5", Op::Jalr, 32, 5, 0, 0},
        Case{"c.mv x5, x6", Op::Add, 5, 0, 6, 0}, Case{"c.jalr x5", Op::Jalr, 1, 5, 0, 0},
        Case{"c.add x5, x6", Op::Add, 5, 5, 6, 0}, Case{"c.ebreak", Op::Ebreak, 32, 0, 0, 0},
        Case{"c.fsdsp f31, 504(x2)", Op::Fsd, 32, 2, kF + 31, 504},
        Case{"c.swsp x31, 252(x2)", Op::Sw, 32, 2, 31, 252},
        Case{"c.sdsp x31, 504(x2)", Op::Sd, 32, 2, 31, 504}));

TEST(DecodeFusedTest, has_three_sources_and_a_rounding_mode) {
  const DecodedInst inst = decode(assemble_one("fnmsub.d f1, f2, f3, f4, rup"));
  EXPECT_EQ(inst.op, Op::FnmsubD);
  EXPECT_EQ(inst.rs3, kF + 4);
  EXPECT_EQ(inst.extra, 3);
}

TEST(DecodeTest, length_and_raw_bits_are_those_fetched) {
  const DecodedInst narrow = decode(0xFFFF0001);
  EXPECT_EQ(narrow.halfwords, 1);
  EXPECT_EQ(narrow.raw, 0x0001U);
  const DecodedInst wide = decode(0x00000013);
  EXPECT_EQ(wide.halfwords, 2);
  EXPECT_EQ(wide.raw, 0x00000013U);
}

class Reserved : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(Reserved, encoding_is_illegal) {
  EXPECT_EQ(decode(GetParam()).op, Op::Illegal);
}

INSTANTIATE_TEST_SUITE_P(compressed, Reserved,
                         ::testing::Values(0x0000,    // all zeros
                                           0x0004,    // c.addi4spn with immediate 0
                                           0x8000,    // quadrant 0, funct3 100
                                           0x2001,    // c.addiw with rd = x0
                                           0x6101,    // c.addi16sp with immediate 0
                                           0x6281,    // c.lui with immediate 0
                                           0x9C41,    // quadrant 1, 100 1 11, 10
                                           0x9C61,    // quadrant 1, 100 1 11, 11
                                           0x4002,    // c.lwsp with rd = x0
                                           0x6002,    // c.ldsp with rd = x0
                                           0x8002));  // c.jr with rs1 = x0

INSTANTIATE_TEST_SUITE_P(four_bytes, Reserved,
                         ::testing::Values(0xFFFFFFFF, 0x0000001F,  // longer formats
                                           0x00007003,              // load, funct3 7
                                           0x00004023,              // store, funct3 4
                                           0x00002063,              // branch, funct3 2
                                           0x00001067,              // jalr, funct3 1
                                           0x04001013,              // slli, bit 26
                                           0x20005013,              // srli, funct6 001000
                                           0x0200101B,              // slliw, shamt 32
                                           0x0000201B,              // op-imm-32, funct3 2
                                           0x40001033,              // op, funct7 0x20, funct3 1
                                           0x0200103B,              // op-32, mul group, funct3 1
                                           0x0000402F, 0x1010202F,  // amo: width, lr with rs2
                                           0x2800202F,              // amo, funct5 00101
                                           0x00004073,              // system, funct3 4
                                           0x00000173, 0x02000073,  // ecall with rd, uret space
                                           0x12000173,              // sfence.vma with rd
                                           0x0000200F,              // misc-mem, funct3 2
                                           0x00001007,
                                           0x00004027,  // fp load and store of other widths
                                           0x00005053, 0x04000053,  // fadd.s with rm 5, format 2
                                           0x58100053,              // fsqrt.s with rs2
                                           0x40000053,              // fcvt.s.s
                                           0xC0400053,              // fcvt.w.s, rs2 4
                                           0xE0002053,              // fmv/fclass, rm 2
                                           0xA0003053));            // comparison, rm 3

}  // namespace
}  // namespace faultline
