// SPDX-License-Identifier: Apache-2.0
#pragma once

// Starting a program from an ELF file: static RV64 executables (ET_EXEC), as GNU ld makes them with
// -static. Interpreters, position-independent executables and scripts are refused.

#include <cstdint>

#include "sw/kernel/fs/file.h"

/// Arguments and environment of a new program, as NUL-terminated strings one behind the other.
struct exec_strings {
  static constexpr std::size_t kMaxBytes = 4096;

  char text[kMaxBytes];
  std::size_t size = 0;
  unsigned argc = 0;
  unsigned envc = 0;

  /// Appends an argument (all of them before the first variable) or a variable; false if there is
  /// no room.
  [[nodiscard]] bool add_argument(const char* string, std::size_t length);
  [[nodiscard]] bool add_variable(const char* string, std::size_t length);

 private:
  bool append(const char* string, std::size_t length);
};

/// Replaces the program of the current process by that of the file at `path`: afterwards its
/// registers (task_pt_regs) are those of the new program's first instruction. Returns 0, or -errno
/// with the old program in place.
[[nodiscard]] int do_execve(const char* path, const exec_strings& strings);
