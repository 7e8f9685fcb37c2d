// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/symbol_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/loader/elf_builder.h"

namespace faultline::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kBase = 0x8000'0000;

/// Code from kBase to kBase + 0x100, data from there to kBase + 0x200.
SymbolTable table_of(std::vector<TestSymbol> symbols) {
  ElfBuilder elf;
  elf.segments.push_back({.address = kBase, .bytes = std::vector<unsigned char>(0x100)});
  elf.segments.push_back(
      {.address = kBase + 0x100, .bytes = std::vector<unsigned char>(0x100), .flags = PF_R | PF_W});
  elf.header.e_entry = kBase;
  elf.symbols = std::move(symbols);
  return SymbolTable(ElfImage("table.elf", elf.build()));
}

std::string name_at(const SymbolTable& table, std::uint64_t address) {
  const FunctionSymbol* f = table.find(VirtAddr{address});
  return f == nullptr ? "-" : f->name;
}

TEST(symbol_table, finds_the_function_that_holds_an_address) {
  const SymbolTable table = table_of({{"second", kBase + 0x40, 0x10}, {"first", kBase, 0x20}});
  EXPECT_EQ(name_at(table, kBase - 1), "-");
  EXPECT_EQ(name_at(table, kBase), "first");
  EXPECT_EQ(name_at(table, kBase + 0x1f), "first");
  EXPECT_EQ(name_at(table, kBase + 0x20), "-");
  EXPECT_EQ(name_at(table, kBase + 0x4f), "second");
  EXPECT_EQ(name_at(table, kBase + 0x50), "-");
}

TEST(symbol_table, lets_a_function_without_size_reach_to_the_next_or_to_the_segments_end) {
  const SymbolTable table = table_of({{"entry", kBase, 0}, {"last", kBase + 0x80, 0}});
  EXPECT_EQ(name_at(table, kBase + 0x7f), "entry");
  EXPECT_EQ(name_at(table, kBase + 0xff), "last");
  EXPECT_EQ(name_at(table, kBase + 0x100), "-");
}

TEST(symbol_table, takes_labels_of_assembly_but_not_those_inside_functions) {
  const SymbolTable table = table_of({{"function", kBase, 0x40},
                                      {"inside", kBase + 0x20, 0, STT_NOTYPE},
                                      {"trap_entry", kBase + 0x60, 0, STT_NOTYPE}});
  EXPECT_EQ(name_at(table, kBase + 0x30), "function");
  EXPECT_EQ(name_at(table, kBase + 0x70), "trap_entry");
  EXPECT_THAT(table.addresses_of("inside"), IsEmpty());
}

TEST(symbol_table, leaves_out_data) {
  const SymbolTable table =
      table_of({{"object", kBase + 0x10, 8, STT_OBJECT}, {"stray", kBase + 0x180, 8}});
  EXPECT_THAT(table.functions(), IsEmpty());
}

TEST(symbol_table, knows_every_name_and_every_address_of_a_name) {
  const SymbolTable table = table_of(
      {{"_ZN1a4pageEi", kBase + 0x40, 8}, {"_ZN1b4pageEi", kBase, 8}, {"alias", kBase, 8}});
  EXPECT_THAT(table.addresses_of("page"), ElementsAre(VirtAddr{kBase}, VirtAddr{kBase + 0x40}));
  EXPECT_THAT(table.addresses_of("alias"), ElementsAre(VirtAddr{kBase}));
  EXPECT_EQ(name_at(table, kBase), "page");
  EXPECT_THAT(table.addresses_of("nothing"), IsEmpty());
}

TEST(symbol_table, cuts_a_function_where_the_next_begins) {
  const SymbolTable table = table_of({{"long", kBase, 0x80}, {"nested", kBase + 0x40, 0x10}});
  EXPECT_EQ(name_at(table, kBase + 0x3f), "long");
  EXPECT_EQ(name_at(table, kBase + 0x40), "nested");
  EXPECT_EQ(name_at(table, kBase + 0x50), "-");
}

TEST(symbol_table, holds_several_images) {
  SymbolTable table = table_of({{"monitor", kBase, 0x20}});
  ElfBuilder elf;
  elf.segments.push_back({.address = kBase + 0x20'0000, .bytes = std::vector<unsigned char>(64)});
  elf.header.e_entry = kBase + 0x20'0000;
  elf.symbols = {{"kernel", kBase + 0x20'0000, 0x20}};
  table.add(ElfImage("kernel.elf", elf.build()));
  EXPECT_EQ(name_at(table, kBase + 4), "monitor");
  EXPECT_EQ(name_at(table, kBase + 0x20'0004), "kernel");
}

}  // namespace
}  // namespace faultline::test
