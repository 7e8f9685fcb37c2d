// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/binfmt_elf.h"

#include <cstring>

#include "sw/kernel/arch/riscv/vdso.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/lib/bits.h"

namespace {

/// Where the heap of a position-independent program begins (Linux: ELF_ET_DYN_BASE).
constexpr std::uintptr_t kDynamicBase = align_down(TASK_SIZE / 3 * 2, PAGE_SIZE);

constexpr std::uint64_t page_down(std::uint64_t address) {
  return align_down(address, PAGE_SIZE);
}
constexpr std::uint64_t page_up(std::uint64_t address) {
  return align_up(address, PAGE_SIZE);
}

/// 0, -EIO, or -ENOEXEC for a file that is too short.
int read_exactly(file& f, std::uint64_t offset, void* to, std::uint64_t size) {
  const std::int64_t count = filemap_read(*f.f_mapping, offset, to, size);
  if (count < 0) return static_cast<int>(count);
  return static_cast<std::uint64_t>(count) == size ? 0 : -ENOEXEC;
}

bool valid_header(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         (header.e_type == ET_EXEC || header.e_type == ET_DYN) && header.e_machine == EM_RISCV &&
         header.e_phentsize == sizeof(Elf64_Phdr) && header.e_phnum > 0 &&
         header.e_phnum <= kMaxProgramHeaders;
}

/// Whether a segment lies in user memory and in the file, and its page offsets agree.
bool valid_segment(const Elf64_Phdr& segment, std::uint64_t file_size) {
  return segment.p_filesz <= segment.p_memsz && segment.p_memsz <= TASK_SIZE &&
         segment.p_vaddr <= TASK_SIZE - segment.p_memsz && segment.p_offset <= file_size &&
         segment.p_filesz <= file_size - segment.p_offset &&
         segment.p_vaddr % PAGE_SIZE == segment.p_offset % PAGE_SIZE;
}

bool occupies_memory(const Elf64_Phdr& segment) {
  return segment.p_type == PT_LOAD && segment.p_memsz != 0;
}

unsigned protection_of(const Elf64_Phdr& segment) {
  return ((segment.p_flags & PF_R) != 0 ? PROT_READ : 0u) |
         ((segment.p_flags & PF_W) != 0 ? PROT_WRITE : 0u) |
         ((segment.p_flags & PF_X) != 0 ? PROT_EXEC : 0u);
}

/// Lowest and highest address of the program, before it is moved; both page aligned.
struct extent {
  std::uintptr_t begin, end;
};
extent extent_of(const executable& program) {
  extent all = {~std::uintptr_t{0}, 0};
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (!occupies_memory(segment)) continue;
    const std::uintptr_t begin = page_down(segment.p_vaddr);
    const std::uintptr_t end = page_up(segment.p_vaddr + segment.p_memsz);
    all.begin = begin < all.begin ? begin : all.begin;
    all.end = end > all.end ? end : all.end;
  }
  return all;
}

/// Finds room for a program that may lie anywhere; `bias` is how far it moves. 0 or -errno.
int choose_bias(mm_struct& mm, const extent& all, std::uintptr_t& bias) {
  const std::uint64_t size = all.end - all.begin;
  const std::int64_t at = do_mmap(mm, nullptr, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
  if (at < 0) return static_cast<int>(at);
  bias = static_cast<std::uintptr_t>(at) - all.begin;
  return do_munmap(mm, static_cast<std::uintptr_t>(at), size);
}

/// Maps the file's part of a segment privately, and anonymous memory behind it.
int map_segment(mm_struct& mm, const executable& program, const Elf64_Phdr& segment,
                std::uintptr_t bias) {
  constexpr unsigned kFlags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
  const unsigned protection = protection_of(segment);
  const std::uint64_t address = segment.p_vaddr + bias;
  const std::uint64_t begin = page_down(address);
  const std::uint64_t file_end =
      segment.p_filesz == 0 ? begin : page_up(address + segment.p_filesz);
  const std::uint64_t end = page_up(address + segment.p_memsz);
  if (file_end > begin) {
    const std::int64_t at = do_mmap(mm, program.f, begin, file_end - begin, protection, kFlags,
                                    page_down(segment.p_offset));
    if (at < 0) return static_cast<int>(at);
  }
  if (end > file_end) {
    const std::int64_t at =
        do_mmap(mm, nullptr, file_end, end - file_end, protection, kFlags | MAP_ANONYMOUS, 0);
    if (at < 0) return static_cast<int>(at);
  }
  return 0;
}

int map_segments(mm_struct& mm, const executable& program, std::uintptr_t bias) {
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (!occupies_memory(segment)) continue;
    const int error = map_segment(mm, program, segment, bias);
    if (error != 0) return error;
  }
  return map_vdso(mm);
}

/// Zeroes what the last page of a segment's file part holds beyond it.
int clear_page_tails(mm_struct& mm, const executable& program, std::uintptr_t bias) {
  static char zeros[PAGE_SIZE];  // never written
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    const std::uint64_t end = segment.p_vaddr + bias + segment.p_filesz;
    if (segment.p_type != PT_LOAD || segment.p_filesz == segment.p_memsz || end % PAGE_SIZE == 0) {
      continue;
    }
    const std::uint64_t size = page_up(end) - end;
    if (access_remote_vm(mm, end, zeros, size, true) != size) return -ENOMEM;
  }
  return 0;
}

/// Where the program headers are in the program's memory (AT_PHDR); 0 if they are not.
std::uintptr_t program_headers_address(const executable& program, std::uintptr_t bias) {
  const std::uint64_t offset = program.header.e_phoff;
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (segment.p_type == PT_LOAD && offset >= segment.p_offset &&
        offset < segment.p_offset + segment.p_filesz) {
      return segment.p_vaddr + bias + (offset - segment.p_offset);
    }
  }
  return 0;
}

}  // namespace

int read_headers(executable& program) {
  int error = read_exactly(*program.f, 0, &program.header, sizeof(Elf64_Ehdr));
  if (error != 0) return error;
  if (!valid_header(program.header)) return -ENOEXEC;
  error = read_exactly(*program.f, program.header.e_phoff, program.segments,
                       program.header.e_phnum * sizeof(Elf64_Phdr));
  if (error != 0) return error;
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (segment.p_type == PT_INTERP) return -ENOEXEC;
    if (segment.p_type == PT_LOAD && !valid_segment(segment, program.f->f_mapping->i_size)) {
      return -ENOEXEC;
    }
  }
  return 0;
}

int map_program(mm_struct& mm, const executable& program, program_info& info) {
  const extent all = extent_of(program);
  if (all.end == 0) return -ENOEXEC;
  const bool movable = program.header.e_type == ET_DYN;
  std::uintptr_t bias = 0;
  mm.mmap_lock.write_lock();
  int error = movable ? choose_bias(mm, all, bias) : 0;
  if (error == 0) error = map_segments(mm, program, bias);
  if (error == 0) set_brk_start(mm, movable ? kDynamicBase : all.end);
  mm.mmap_lock.write_unlock();
  if (error == 0) error = clear_page_tails(mm, program, bias);
  info = {.entry = program.header.e_entry + bias,
          .headers = program_headers_address(program, bias),
          .header_count = program.header.e_phnum};
  return error;
}
