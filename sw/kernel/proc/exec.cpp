// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/exec.h"

#include <elf.h>

#include <cstring>
#include <string_view>

#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/proc/exec_stack.h"
#include "sw/kernel/proc/task.h"

namespace {

/// Program headers that an executable may have.
constexpr unsigned kMaxProgramHeaders = 32;

constexpr std::uint64_t page_down(std::uint64_t address) {
  return address & ~(PAGE_SIZE - 1);
}
constexpr std::uint64_t page_up(std::uint64_t address) {
  return page_down(address + PAGE_SIZE - 1);
}

/// The headers of an executable, read and checked.
struct executable {
  open_file* f;
  Elf64_Ehdr header;
  Elf64_Phdr segments[kMaxProgramHeaders];
};

bool read_exactly(open_file& f, std::uint64_t offset, void* to, std::uint64_t size) {
  return filemap_read(*f.f_mapping, offset, to, size) == static_cast<std::int64_t>(size);
}

bool valid_header(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         header.e_type == ET_EXEC && header.e_machine == EM_RISCV &&
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

int read_headers(executable& program) {
  if (!read_exactly(*program.f, 0, &program.header, sizeof(Elf64_Ehdr)) ||
      !valid_header(program.header) ||
      !read_exactly(*program.f, program.header.e_phoff, program.segments,
                    program.header.e_phnum * sizeof(Elf64_Phdr))) {
    return -ENOEXEC;
  }
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (segment.p_type == PT_INTERP) return -ENOEXEC;
    if (segment.p_type == PT_LOAD && !valid_segment(segment, program.f->f_mapping->i_size)) {
      return -ENOEXEC;
    }
  }
  return 0;
}

unsigned protection_of(const Elf64_Phdr& segment) {
  return ((segment.p_flags & PF_R) != 0 ? PROT_READ : 0u) |
         ((segment.p_flags & PF_W) != 0 ? PROT_WRITE : 0u) |
         ((segment.p_flags & PF_X) != 0 ? PROT_EXEC : 0u);
}

/// Maps the file's part of a segment privately, and anonymous memory behind it.
int map_segment(mm_struct& mm, const executable& program, const Elf64_Phdr& segment) {
  constexpr unsigned kFlags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
  const unsigned protection = protection_of(segment);
  const std::uint64_t begin = page_down(segment.p_vaddr);
  const std::uint64_t file_end =
      segment.p_filesz == 0 ? begin : page_up(segment.p_vaddr + segment.p_filesz);
  const std::uint64_t end = page_up(segment.p_vaddr + segment.p_memsz);
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

int map_program(mm_struct& mm, const executable& program) {
  std::uint64_t highest = 0;
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    const int error = map_segment(mm, program, segment);
    if (error != 0) return error;
    const std::uint64_t end = page_up(segment.p_vaddr + segment.p_memsz);
    highest = end > highest ? end : highest;
  }
  if (highest == 0) return -ENOEXEC;
  set_brk_start(mm, highest);
  return 0;
}

/// Zeroes what the last page of a segment's file part holds beyond it.
int clear_page_tails(mm_struct& mm, const executable& program) {
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    const std::uint64_t end = segment.p_vaddr + segment.p_filesz;
    if (segment.p_type != PT_LOAD || segment.p_filesz == segment.p_memsz || end % PAGE_SIZE == 0) {
      continue;
    }
    static char zeros[PAGE_SIZE];
    const std::uint64_t size = page_up(end) - end;
    if (access_remote_vm(mm, end, zeros, size, true) != size) return -ENOMEM;
  }
  return 0;
}

/// Where the program headers are in the program's memory (AT_PHDR); 0 if they are not.
std::uint64_t program_headers_address(const executable& program) {
  const std::uint64_t offset = program.header.e_phoff;
  for (unsigned i = 0; i < program.header.e_phnum; ++i) {
    const Elf64_Phdr& segment = program.segments[i];
    if (segment.p_type == PT_LOAD && offset >= segment.p_offset &&
        offset < segment.p_offset + segment.p_filesz) {
      return segment.p_vaddr + (offset - segment.p_offset);
    }
  }
  return 0;
}

/// Builds the new address space in `mm`; the stack pointer goes to `sp`.
int build_address_space(mm_struct& mm, const executable& program, const char* path,
                        const exec_strings& strings, std::uintptr_t& sp) {
  arch_pick_mmap_layout(mm);
  mm.mmap_lock.write_lock();
  int error = map_program(mm, program);
  if (error == 0) error = setup_stack_vma(mm, TASK_SIZE, kInitialStackBytes);
  mm.mmap_lock.write_unlock();
  if (error == 0) error = clear_page_tails(mm, program);
  if (error != 0) return error;
  const program_info info = {.entry = program.header.e_entry,
                             .headers = program_headers_address(program),
                             .header_count = program.header.e_phnum};
  return build_stack(mm, info, path, strings, sp);
}

void set_name(task_struct& task, const char* path) {
  const std::string_view text(path);
  const std::string_view name = text.substr(text.rfind('/') + 1);
  const std::size_t size = name.size() < sizeof(task.comm) ? name.size() : sizeof(task.comm) - 1;
  std::memcpy(task.comm, name.data(), size);
  task.comm[size] = '\0';
}

void enter_address_space(task_struct& task, mm_struct* mm) {
  mm_struct* const old = task.mm;
  task.mm = mm;
  switch_mm(*mm);
  if (old != nullptr) mmput(old);
}

int load_program(open_file& f, const char* path, const exec_strings& strings) {
  executable program{.f = &f, .header = {}, .segments = {}};
  const int header_error = read_headers(program);
  if (header_error != 0) return header_error;
  mm_struct* const mm = mm_alloc();
  if (mm == nullptr) return -ENOMEM;
  std::uintptr_t sp = 0;
  const int error = build_address_space(*mm, program, path, strings, sp);
  if (error != 0) {
    mmput(mm);
    return error;
  }
  task_struct& task = *get_current();
  enter_address_space(task, mm);
  set_name(task, path);
  start_thread(*task_pt_regs(task), program.header.e_entry, sp);
  return 0;
}

}  // namespace

bool exec_strings::append(const char* string, std::size_t length) {
  if (length >= kMaxBytes - size) return false;
  std::memcpy(text + size, string, length);
  text[size + length] = '\0';
  size += length + 1;
  return true;
}

bool exec_strings::add_argument(const char* string, std::size_t length) {
  if (!append(string, length)) return false;
  ++argc;
  return true;
}

bool exec_strings::add_variable(const char* string, std::size_t length) {
  if (!append(string, length)) return false;
  ++envc;
  return true;
}

int do_execve(const char* path, const exec_strings& strings) {
  int error = 0;
  open_file* const f = open_exec(*get_current()->fs->pwd, path, error);
  if (f == nullptr) return error;
  error = load_program(*f, path, strings);
  fput(*f);
  return error;
}
