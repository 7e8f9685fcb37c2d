// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/loader/elf_builder.h"

#include <cstring>

namespace faultline::test {

namespace {

template <typename T>
void append(std::vector<unsigned char>& file, const T& value) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
  file.insert(file.end(), bytes, bytes + sizeof(T));
}

Elf64_Phdr program_header(const TestSegment& segment, std::uint64_t offset) {
  Elf64_Phdr p{};
  p.p_type = PT_LOAD;
  p.p_flags = segment.flags;
  p.p_offset = offset;
  p.p_paddr = segment.address;
  p.p_vaddr = segment.virtual_address != 0 ? segment.virtual_address : segment.address;
  p.p_filesz = segment.bytes.size();
  p.p_memsz = segment.memory_bytes != 0 ? segment.memory_bytes : segment.bytes.size();
  p.p_align = 1;
  return p;
}

Elf64_Shdr section_header(std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
  Elf64_Shdr s{};
  s.sh_type = type;
  s.sh_offset = offset;
  s.sh_size = size;
  return s;
}

}  // namespace

ElfBuilder::ElfBuilder() {
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_phoff = sizeof(Elf64_Ehdr);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
}

std::vector<unsigned char> ElfBuilder::build() const {
  std::vector<unsigned char> data;  // what follows the program headers
  const std::uint64_t data_offset = sizeof(Elf64_Ehdr) + segments.size() * sizeof(Elf64_Phdr);
  std::vector<Elf64_Phdr> program_headers;
  for (const TestSegment& segment : segments) {
    program_headers.push_back(program_header(segment, data_offset + data.size()));
    data.insert(data.end(), segment.bytes.begin(), segment.bytes.end());
  }
  while ((data_offset + data.size()) % 8 != 0) data.push_back(0);

  std::string names(1, '\0');
  const std::uint64_t symbols_offset = data_offset + data.size();
  append(data, Elf64_Sym{});
  for (const TestSymbol& symbol : symbols) {
    Elf64_Sym s{};
    s.st_name = static_cast<Elf64_Word>(names.size());
    s.st_info = static_cast<unsigned char>(ELF64_ST_INFO(STB_GLOBAL, symbol.type));
    s.st_shndx = SHN_ABS;
    s.st_value = symbol.address;
    s.st_size = symbol.size;
    append(data, s);
    (names += symbol.name) += '\0';
  }
  const std::uint64_t names_offset = data_offset + data.size();
  data.insert(data.end(), names.begin(), names.end());
  while ((data_offset + data.size()) % 8 != 0) data.push_back(0);

  Elf64_Ehdr h = header;
  h.e_phnum = static_cast<Elf64_Half>(segments.size());
  h.e_shnum = 3;
  h.e_shstrndx = 2;
  h.e_shoff = data_offset + data.size();
  Elf64_Shdr table = section_header(SHT_SYMTAB, symbols_offset, names_offset - symbols_offset);
  table.sh_link = 2;
  table.sh_entsize = sizeof(Elf64_Sym);
  table.sh_addralign = 8;
  append(data, Elf64_Shdr{});
  append(data, table);
  append(data, section_header(SHT_STRTAB, names_offset, names.size()));

  std::vector<unsigned char> file;
  append(file, h);
  for (const Elf64_Phdr& p : program_headers) append(file, p);
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

ElfBuilder small_program() {
  ElfBuilder elf;
  std::vector<unsigned char> code(16);
  for (std::size_t i = 0; i < code.size(); ++i) code[i] = static_cast<unsigned char>(0xa0 + i);
  elf.segments.push_back({.address = 0x8000'0000, .bytes = code, .memory_bytes = 64});
  elf.symbols.push_back({.name = "start", .address = 0x8000'0000, .size = 16});
  elf.symbols.push_back({.name = "tohost", .address = 0x8000'0020, .size = 8, .type = STT_OBJECT});
  elf.header.e_entry = 0x8000'0000;
  return elf;
}

}  // namespace faultline::test
