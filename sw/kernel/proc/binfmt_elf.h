// SPDX-License-Identifier: Apache-2.0
#pragma once

// Static RV64 ELF programs: ET_EXEC at their own addresses, and ET_DYN without an interpreter
// (-static-pie) at a place of the kernel's choice. Dynamic programs and scripts are refused.

#include <elf.h>

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/proc/exec_stack.h"

/// Program headers that an executable may have.
inline constexpr unsigned kMaxProgramHeaders = 32;

/// The headers of an executable, read and checked.
struct executable {
  file* f;
  Elf64_Ehdr header;
  Elf64_Phdr segments[kMaxProgramHeaders];
};

/// Reads the headers of `program.f`; 0, -ENOEXEC or -EIO.
[[nodiscard]] int read_headers(executable& program);
/// Maps the segments and the vdso into an address space that holds nothing but a stack; `info` says
/// where the program is. Returns 0 or -errno.
[[nodiscard]] int map_program(mm_struct& mm, const executable& program, program_info& info);
