// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/elf_image.h"

#include <fmt/format.h>
#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include "platform/loader/elf_symbols.h"

namespace faultline {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& found,
                         const std::string& allowed) {
  throw LoadError(fmt::format("{}: {}; allowed: {}", path, found, allowed));
}

std::vector<unsigned char> read_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    refuse(path.string(), "no such file", "a RISC-V executable (ELF)");
  }
  std::ifstream in(path, std::ios::binary);
  std::vector<unsigned char> bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in) refuse(path.string(), "the file cannot be read", "a readable file");
  return bytes;
}

/// True if [offset, offset + length) lies within `size` bytes, without overflow.
bool within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

const char* type_name(unsigned type) {
  switch (type) {
    case ET_REL:
      return "a relocatable object (ET_REL)";
    case ET_DYN:
      return "a position-independent or shared object (ET_DYN)";
    case ET_CORE:
      return "a core file (ET_CORE)";
    default:
      return "an unknown type";
  }
}

/// The fields of e_ident, which say how to read the rest.
void check_identification(const std::string& path, const std::vector<unsigned char>& file) {
  if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    refuse(path, "not an ELF file", "a RISC-V executable (ELF)");
  }
  if (file.size() < EI_NIDENT) {
    refuse(path, fmt::format("truncated: {} bytes", file.size()), "a whole ELF header of 64 bytes");
  }
  if (file[EI_CLASS] == ELFCLASS32) refuse(path, "a 32-bit ELF file", "64-bit (ELFCLASS64)");
  if (file[EI_CLASS] != ELFCLASS64) {
    refuse(path, fmt::format("ELF class {}", file[EI_CLASS]), "64-bit (ELFCLASS64)");
  }
  if (file[EI_DATA] == ELFDATA2MSB) {
    refuse(path, "a big-endian ELF file", "little-endian (ELFDATA2LSB)");
  }
  if (file[EI_DATA] != ELFDATA2LSB) {
    refuse(path, fmt::format("ELF data encoding {}", file[EI_DATA]), "little-endian (ELFDATA2LSB)");
  }
  if (file.size() < sizeof(Elf64_Ehdr)) {
    refuse(path, fmt::format("truncated: {} bytes", file.size()), "a whole ELF header of 64 bytes");
  }
}

void check_header(const std::string& path, const GElf_Ehdr& header, std::uint64_t file_bytes) {
  if (header.e_machine != EM_RISCV) {
    refuse(path, fmt::format("machine {}", header.e_machine), "RISC-V (EM_RISCV, 243)");
  }
  if (header.e_type != ET_EXEC) {
    refuse(path, type_name(header.e_type),
           "an executable with fixed addresses (ET_EXEC; link with -static -no-pie)");
  }
  if (header.e_phnum == 0) refuse(path, "no program headers", "at least one PT_LOAD segment");
  if (header.e_phentsize != sizeof(Elf64_Phdr)) {
    refuse(path, fmt::format("program headers of {} bytes", header.e_phentsize), "56 bytes");
  }
  if (!within(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), file_bytes)) {
    refuse(path,
           fmt::format("truncated: {} program headers at {:#x}, but the file has {} bytes",
                       header.e_phnum, header.e_phoff, file_bytes),
           "program headers inside the file");
  }
}

void check_segment(const std::string& path, const GElf_Phdr& p, std::uint64_t file_bytes) {
  const auto found = [&](const std::string& what) {
    return fmt::format("segment at {:#x}: {}", p.p_paddr, what);
  };
  if (p.p_memsz < p.p_filesz) {
    refuse(path,
           found(fmt::format("p_memsz {:#x} is less than p_filesz {:#x}", p.p_memsz, p.p_filesz)),
           "p_memsz of at least p_filesz");
  }
  if (!within(p.p_offset, p.p_filesz, file_bytes)) {
    refuse(path,
           found(fmt::format("truncated: {:#x} bytes at {:#x}, but the file has {} bytes",
                             p.p_filesz, p.p_offset, file_bytes)),
           "segments inside the file");
  }
  constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
  if (p.p_memsz > kTop - p.p_paddr || p.p_memsz > kTop - p.p_vaddr) {
    refuse(path, found(fmt::format("{:#x} bytes reach beyond the address space", p.p_memsz)),
           "addresses below 2^64");
  }
}

void check_overlap(const std::string& path, const std::vector<ElfSegment>& segments) {
  std::vector<const ElfSegment*> sorted;
  for (const ElfSegment& segment : segments) sorted.push_back(&segment);
  std::sort(sorted.begin(), sorted.end(), [](const ElfSegment* a, const ElfSegment* b) {
    return a->load_address < b->load_address;
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const ElfSegment& low = *sorted[i - 1];
    const ElfSegment& high = *sorted[i];
    if (high.load_address.value - low.load_address.value >= low.memory_bytes) continue;
    refuse(path,
           fmt::format("segments at {:#x} ({:#x} bytes) and {:#x} overlap", low.load_address.value,
                       low.memory_bytes, high.load_address.value),
           "segments that do not share addresses");
  }
}

bool holds(const ElfSegment& segment, VirtAddr address) {
  return address.value - segment.address.value < segment.memory_bytes;
}

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};

}  // namespace

ElfImage::ElfImage(const std::filesystem::path& path) : ElfImage(path.string(), read_file(path)) {}

ElfImage::ElfImage(const std::string& name, const std::vector<unsigned char>& file) : path_(name) {
  check_identification(path_, file);
  elf_version(EV_CURRENT);
  // libelf may convert in place: it gets a copy of its own.
  std::vector<char> copy(file.begin(), file.end());
  const std::unique_ptr<Elf, ElfEnd> elf(elf_memory(copy.data(), copy.size()));
  GElf_Ehdr header{};
  if (elf == nullptr || gelf_getehdr(elf.get(), &header) == nullptr) {
    refuse(path_, elf_errmsg(-1), "a RISC-V executable (ELF)");
  }
  check_header(path_, header, file.size());
  entry_ = VirtAddr{header.e_entry};
  for (int i = 0; i < header.e_phnum; ++i) {
    GElf_Phdr p{};
    if (gelf_getphdr(elf.get(), i, &p) == nullptr) {
      refuse(path_, elf_errmsg(-1), "readable program headers");
    }
    if (p.p_type == PT_LOAD) add_segment(p, file);
  }
  check_overlap(path_, segments_);
  check_entry();
  symbols_ = read_elf_symbols(elf.get());
}

void ElfImage::add_segment(const GElf_Phdr& p, const std::vector<unsigned char>& file) {
  check_segment(path_, p, file.size());
  if (p.p_memsz == 0) return;
  const auto begin = file.begin() + static_cast<std::ptrdiff_t>(p.p_offset);
  segments_.push_back({.address = VirtAddr{p.p_vaddr},
                       .load_address = PhysAddr{p.p_paddr},
                       .memory_bytes = p.p_memsz,
                       .bytes = {begin, begin + static_cast<std::ptrdiff_t>(p.p_filesz)},
                       .executable = (p.p_flags & PF_X) != 0});
}

void ElfImage::check_entry() const {
  if (segments_.empty()) refuse(path_, "no PT_LOAD segment", "at least one");
  const bool executable = std::any_of(segments_.begin(), segments_.end(), [&](const ElfSegment& s) {
    return s.executable && holds(s, entry_);
  });
  if (!executable) {
    refuse(path_, fmt::format("entry {:#x} outside every executable segment", entry_.value),
           "an entry inside a segment with PF_X");
  }
}

void ElfImage::load(const DirectMemory& memory) const {
  for (const ElfSegment& segment : segments_) {
    if (memory.contains(segment.load_address, segment.memory_bytes)) continue;
    refuse(
        path_,
        fmt::format("segment {:#x} to {:#x} does not fit into memory", segment.load_address.value,
                    segment.load_address.value + (segment.memory_bytes - 1)),
        fmt::format("{:#x} to {:#x} (dram.size_bytes)", memory.base.value,
                    memory.base.value + (memory.bytes - 1)));
  }
  for (const ElfSegment& segment : segments_) {
    unsigned char* target = memory.at(segment.load_address);
    std::copy(segment.bytes.begin(), segment.bytes.end(), target);
    std::fill(target + segment.bytes.size(), target + segment.memory_bytes, 0);
  }
}

std::optional<PhysAddr> ElfImage::to_physical(VirtAddr address) const {
  for (const ElfSegment& segment : segments_) {
    if (holds(segment, address)) {
      return segment.load_address + (address.value - segment.address.value);
    }
  }
  return std::nullopt;
}

PhysAddr ElfImage::physical_entry() const {
  return to_physical(entry_).value();
}

std::optional<PhysAddr> ElfImage::physical_address_of(std::string_view linkage) const {
  for (const ElfSymbol& symbol : symbols_) {
    if (symbol.linkage == linkage) return to_physical(symbol.address);
  }
  return std::nullopt;
}

}  // namespace faultline
