// SPDX-License-Identifier: Apache-2.0
#pragma once

// The stack that a new program finds: argument count, arguments, environment, auxiliary vector, and
// above them the strings. Source: RISC-V ELF psABI 1.0, "Program Loading" refers to the System V
// gABI; the entries are those that glibc reads.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/proc/exec.h"

/// Size of a new stack's mapping; faults grow it (Linux: 128 KiB below the strings).
inline constexpr std::uint64_t kInitialStackBytes = 132 * 1024;

/// What the auxiliary vector says of the program.
struct program_info {
  std::uintptr_t entry;
  std::uintptr_t headers;  ///< address of the program headers in the program's memory
  unsigned header_count;
};

/// Writes the stack below TASK_SIZE; `sp` becomes the program's first stack pointer. Returns 0 or
/// -errno.
[[nodiscard]] int build_stack(mm_struct& mm, const program_info& program, const char* path,
                              const exec_strings& strings, std::uintptr_t& sp);
