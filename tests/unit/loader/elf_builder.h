// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes small RISC-V executables in memory, good ones and, through the header fields, bad ones.

#include <elf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace faultline::test {

struct TestSegment {
  std::uint64_t address = 0;
  std::vector<unsigned char> bytes;
  std::uint64_t memory_bytes = 0;  ///< 0: as many as there are bytes
  std::uint32_t flags = PF_R | PF_W | PF_X;
  std::uint64_t virtual_address = 0;  ///< 0: the same
};

struct TestSymbol {
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  unsigned char type = STT_FUNC;
};

class ElfBuilder {
 public:
  ElfBuilder();

  Elf64_Ehdr header{};
  std::vector<TestSegment> segments;
  std::vector<TestSymbol> symbols;

  /// The file: header, program headers, segments, symbol table, strings, section headers.
  [[nodiscard]] std::vector<unsigned char> build() const;
};

/// One executable segment of 16 bytes at 0x80000000 that is the entry, 64 bytes in memory, and the
/// symbols "start" and "tohost".
[[nodiscard]] ElfBuilder small_program();

}  // namespace faultline::test
