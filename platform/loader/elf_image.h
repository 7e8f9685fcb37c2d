// SPDX-License-Identifier: Apache-2.0
#pragma once

// A RISC-V executable: what of it goes to memory, where it starts, and what its symbols are called.
// Accepted: ELF64, little-endian, EM_RISCV, ET_EXEC. Not handled: relocation, dynamic linking, core
// files, compressed sections.

#include <gelf.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/common/memory_attributes.h"
#include "models/common/types.h"
#include "platform/loader/load_error.h"

namespace faultline {

/// One named address of an executable.
struct ElfSymbol {
  enum class Kind : std::uint8_t { Function, Object, Other };

  std::string name;     ///< plain: without namespaces, classes, template arguments and parameters
  std::string linkage;  ///< as in the file (mangled)
  VirtAddr address{};
  std::uint64_t size = 0;  ///< bytes; 0 if the file does not say (assembly)
  Kind kind = Kind::Other;
};

/// One PT_LOAD segment.
struct ElfSegment {
  VirtAddr address{};                ///< p_vaddr
  PhysAddr load_address{};           ///< p_paddr: where its bytes go
  std::uint64_t memory_bytes = 0;    ///< p_memsz; what the file does not have is zero
  std::vector<unsigned char> bytes;  ///< p_filesz bytes of the file
  bool executable = false;
};

/// A checked executable in the host's memory; the file is closed again.
class ElfImage {
 public:
  /// Reads and checks the file. Throws LoadError.
  explicit ElfImage(const std::filesystem::path& path);
  /// The same for bytes in memory; `name` takes the path's place in messages.
  ElfImage(const std::string& name, const std::vector<unsigned char>& file);

  /// Copies every segment to its physical address and clears what follows it up to its size in
  /// memory. Throws LoadError, before anything is written, if a segment does not fit into `memory`.
  void load(const DirectMemory& memory) const;

  /// Path or name it was read from.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] VirtAddr entry() const { return entry_; }
  /// The entry's address in memory, by the segment that holds it.
  [[nodiscard]] PhysAddr physical_entry() const;
  [[nodiscard]] const std::vector<ElfSegment>& segments() const { return segments_; }
  /// Every defined symbol with a name, in the order of the file.
  [[nodiscard]] const std::vector<ElfSymbol>& symbols() const { return symbols_; }
  /// The physical address of the symbol with this linkage name, if there is one inside a segment
  /// (its size in memory counts): "tohost", "fromhost".
  [[nodiscard]] std::optional<PhysAddr> physical_address_of(std::string_view linkage) const;
  [[nodiscard]] std::optional<PhysAddr> tohost() const { return physical_address_of("tohost"); }
  [[nodiscard]] std::optional<PhysAddr> fromhost() const { return physical_address_of("fromhost"); }

 private:
  void add_segment(const GElf_Phdr& header, const std::vector<unsigned char>& file);
  void check_entry() const;
  [[nodiscard]] std::optional<PhysAddr> to_physical(VirtAddr address) const;

  std::string path_;
  VirtAddr entry_{};
  std::vector<ElfSegment> segments_;
  std::vector<ElfSymbol> symbols_;
};

}  // namespace faultline
