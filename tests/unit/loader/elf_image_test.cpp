// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/elf_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/loader/elf_builder.h"

namespace faultline::test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kBase = 0x8000'0000;

struct Memory {
  explicit Memory(std::uint64_t size) : bytes(size, 0xee) {}
  std::vector<unsigned char> bytes;
  DirectMemory direct{PhysAddr{kBase}, bytes.size(), bytes.data()};
};

/// The message with which a file is refused.
std::string refusal(const std::vector<unsigned char>& file) {
  try {
    const ElfImage image("bad.elf", file);
    Memory memory(4'096);
    image.load(memory.direct);
  } catch (const LoadError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(elf_image, copies_segments_and_clears_what_the_file_does_not_have) {
  const ElfImage image("good.elf", small_program().build());
  Memory memory(4'096);
  image.load(memory.direct);
  EXPECT_EQ(memory.bytes[0], 0xa0);
  EXPECT_EQ(memory.bytes[15], 0xaf);
  EXPECT_EQ(memory.bytes[16], 0);
  EXPECT_EQ(memory.bytes[63], 0);
  EXPECT_EQ(memory.bytes[64], 0xee);
}

TEST(elf_image, loads_by_physical_address_and_translates_entry_and_symbols) {
  ElfBuilder elf = small_program();
  elf.segments[0].virtual_address = 0xffff'ffc0'0000'0000;
  elf.header.e_entry = 0xffff'ffc0'0000'0008;
  elf.symbols[1].address = 0xffff'ffc0'0000'0020;
  const ElfImage image("kernel.elf", elf.build());
  EXPECT_EQ(image.entry(), VirtAddr{0xffff'ffc0'0000'0008});
  EXPECT_EQ(image.physical_entry(), PhysAddr{kBase + 8});
  EXPECT_EQ(image.tohost(), PhysAddr{kBase + 0x20});
}

TEST(elf_image, reads_symbols_with_kind_and_size) {
  ElfBuilder elf = small_program();
  elf.symbols.push_back({"_ZN9faultline4pageEi", kBase + 4, 4});
  elf.symbols.push_back({"label", kBase + 12, 0, STT_NOTYPE});
  elf.symbols.push_back({"$x", kBase, 0, STT_NOTYPE});
  elf.symbols.push_back({"main.cpp", 0, 0, STT_FILE});
  const ElfImage image("good.elf", elf.build());
  ASSERT_EQ(image.symbols().size(), 4U);
  EXPECT_EQ(image.symbols()[0].name, "start");
  EXPECT_EQ(image.symbols()[0].size, 16U);
  EXPECT_EQ(image.symbols()[0].kind, ElfSymbol::Kind::Function);
  EXPECT_EQ(image.symbols()[1].kind, ElfSymbol::Kind::Object);
  EXPECT_EQ(image.symbols()[2].name, "page");
  EXPECT_EQ(image.symbols()[2].linkage, "_ZN9faultline4pageEi");
  EXPECT_EQ(image.symbols()[3].kind, ElfSymbol::Kind::Other);
  EXPECT_EQ(image.tohost(), PhysAddr{kBase + 0x20});
  EXPECT_FALSE(image.fromhost());
}

TEST(elf_image, allows_segments_that_touch) {
  ElfBuilder elf = small_program();
  elf.segments.push_back({.address = kBase + 64, .bytes = {1, 2, 3}});
  EXPECT_EQ(refusal(elf.build()), "accepted");
}

struct Spoiled {
  const char* what;
  const char* message;
  std::function<std::vector<unsigned char>()> file;
};

Spoiled with(const char* what, const char* message, void (*spoil)(ElfBuilder&)) {
  return {what, message, [spoil] {
            ElfBuilder elf = small_program();
            spoil(elf);
            return elf.build();
          }};
}

std::vector<unsigned char> cut(std::size_t bytes) {
  std::vector<unsigned char> file = small_program().build();
  file.resize(bytes);
  return file;
}

class BadElf : public ::testing::TestWithParam<Spoiled> {};

TEST_P(BadElf, is_refused_with_path_finding_and_what_is_allowed) {
  const std::string message = refusal(GetParam().file());
  EXPECT_THAT(message, HasSubstr("bad.elf: "));
  EXPECT_THAT(message, HasSubstr(GetParam().message));
  EXPECT_THAT(message, HasSubstr("allowed: "));
}

INSTANTIATE_TEST_SUITE_P(
    elf_image, BadElf,
    ::testing::Values(
        Spoiled{"empty", "not an ELF file", [] { return cut(0); }},
        Spoiled{"text", "not an ELF file", [] { return std::vector<unsigned char>(100, '#'); }},
        Spoiled{"short_identification", "truncated: 10 bytes", [] { return cut(10); }},
        Spoiled{"short_header", "truncated: 63 bytes", [] { return cut(63); }},
        Spoiled{"short_program_headers", "1 program headers at 0x40, but the file has 100 bytes",
                [] { return cut(100); }},
        Spoiled{"short_segment", "truncated: 0x10 bytes at 0x78, but the file has 130 bytes",
                [] { return cut(130); }},
        with("big_endian", "a big-endian ELF file",
             [](ElfBuilder& e) { e.header.e_ident[EI_DATA] = ELFDATA2MSB; }),
        with("bits_32", "a 32-bit ELF file",
             [](ElfBuilder& e) { e.header.e_ident[EI_CLASS] = ELFCLASS32; }),
        with("no_class", "ELF class 0", [](ElfBuilder& e) { e.header.e_ident[EI_CLASS] = 0; }),
        with("no_encoding", "encoding 7", [](ElfBuilder& e) { e.header.e_ident[EI_DATA] = 7; }),
        with("x86", "machine 62", [](ElfBuilder& e) { e.header.e_machine = EM_X86_64; }),
        with("object", "ET_REL", [](ElfBuilder& e) { e.header.e_type = ET_REL; }),
        with("position_independent", "ET_DYN", [](ElfBuilder& e) { e.header.e_type = ET_DYN; }),
        with("no_program_headers", "no program headers", [](ElfBuilder& e) { e.segments.clear(); }),
        with("header_size", "program headers of 32 bytes",
             [](ElfBuilder& e) { e.header.e_phentsize = 32; }),
        with("far_program_headers", "1 program headers at 0xfffffffffffffff0",
             [](ElfBuilder& e) { e.header.e_phoff = ~std::uint64_t{15}; }),
        with("memory_below_file", "p_memsz 0x8 is less than p_filesz 0x10",
             [](ElfBuilder& e) { e.segments[0].memory_bytes = 8; }),
        with("overlap", "segments at 0x80000000 (0x40 bytes) and 0x8000003f overlap",
             [](ElfBuilder& e) { e.segments.push_back({.address = kBase + 63, .bytes = {1}}); }),
        with("below_memory", "segment 0x7ffffff0 to 0x8000002f does not fit into memory",
             [](ElfBuilder& e) {
               e.segments[0].address = kBase - 16;
               e.header.e_entry = kBase - 16;
             }),
        with("above_memory", "segment 0x80000ff0 to 0x8000102f does not fit into memory",
             [](ElfBuilder& e) {
               e.segments[0].address = kBase + 4'096 - 16;
               e.header.e_entry = e.segments[0].address;
             }),
        with("around_the_end", "reach beyond the address space",
             [](ElfBuilder& e) { e.segments[0].memory_bytes = ~std::uint64_t{0}; }),
        with("entry_outside", "entry 0x80000040 outside every executable segment",
             [](ElfBuilder& e) { e.header.e_entry = kBase + 64; }),
        with("entry_in_data", "entry 0x80000000 outside every executable segment",
             [](ElfBuilder& e) { e.segments[0].flags = PF_R | PF_W; })),
    [](const ::testing::TestParamInfo<Spoiled>& tested) { return tested.param.what; });

TEST(elf_image, refuses_a_file_without_loadable_segments) {
  std::vector<unsigned char> file = small_program().build();
  file[sizeof(Elf64_Ehdr)] = PT_NOTE;
  EXPECT_THAT(refusal(file), HasSubstr("no PT_LOAD segment"));
}

TEST(elf_image, refuses_a_file_that_is_not_there) {
  try {
    const ElfImage image(std::filesystem::path("/nonexistent/program.elf"));
    FAIL();
  } catch (const LoadError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/program.elf: no such file"));
  }
}

TEST(elf_image, writes_nothing_if_one_segment_does_not_fit) {
  ElfBuilder elf = small_program();
  elf.segments.push_back({.address = kBase + 4'095, .bytes = {1, 2}});
  const ElfImage image("bad.elf", elf.build());
  Memory memory(4'096);
  EXPECT_THROW(image.load(memory.direct), LoadError);
  EXPECT_EQ(memory.bytes, std::vector<unsigned char>(4'096, 0xee));
}

}  // namespace
}  // namespace faultline::test
