// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/elf_symbols.h"

#include <gelf.h>

#include "platform/loader/function_name.h"

namespace faultline {

namespace {

ElfSymbol::Kind kind_of(const GElf_Sym& symbol) {
  switch (GELF_ST_TYPE(symbol.st_info)) {
    case STT_FUNC:
      return ElfSymbol::Kind::Function;
    case STT_OBJECT:
      return ElfSymbol::Kind::Object;
    default:
      return ElfSymbol::Kind::Other;
  }
}

bool worth_keeping(const GElf_Sym& symbol) {
  const unsigned type = GELF_ST_TYPE(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && type != STT_SECTION && type != STT_FILE;
}

void append_table(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                  std::vector<ElfSymbol>& symbols) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize != sizeof(Elf64_Sym)) return;
  const std::size_t count = data->d_size / sizeof(Elf64_Sym);
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Sym symbol{};
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
    if (!worth_keeping(symbol)) continue;
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    // "$x" and the like mark code and data for disassemblers (RISC-V ELF psABI, mapping symbols).
    if (name == nullptr || *name == '\0' || *name == '$') continue;
    symbols.push_back({.name = plain_function_name(name),
                       .linkage = name,
                       .address = VirtAddr{symbol.st_value},
                       .size = symbol.st_size,
                       .kind = kind_of(symbol)});
  }
}

}  // namespace

std::vector<ElfSymbol> read_elf_symbols(Elf* elf) {
  std::vector<ElfSymbol> symbols;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header{};
    if (gelf_getshdr(section, &header) == nullptr) break;
    if (header.sh_type == SHT_SYMTAB) append_table(elf, section, header, symbols);
  }
  return symbols;
}

}  // namespace faultline
