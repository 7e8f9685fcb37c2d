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

/// The stack of a program that is about to start, written from its top downwards: first the
/// strings, then the vector of addresses. The address space need not be the current one.
class exec_stack {
 public:
  /// `mm` has a stack mapping that ends at TASK_SIZE.
  explicit exec_stack(mm_struct& mm);

  /// Writes the program's path, its environment and its arguments. Returns 0 or -errno: E2BIG for
  /// a string of more than 128 KiB, or strings of more than a quarter of the stack's limit.
  [[nodiscard]] int push_strings(const char* path, const string_array& arguments,
                                 const string_array& environment);
  /// Writes what lies below the strings. Returns 0 or -errno.
  [[nodiscard]] int push_vector(const program_info& program);
  /// The program's first stack pointer.
  [[nodiscard]] std::uintptr_t sp() const { return sp_; }

 private:
  [[nodiscard]] int push_array(const string_array& strings, unsigned& count);
  [[nodiscard]] int push_string(const string_array& strings, std::uintptr_t string);
  [[nodiscard]] int push(const void* data, std::size_t size);

  mm_struct& mm_;
  std::uintptr_t sp_;
  std::uintptr_t limit_;  ///< strings end above it
  std::uintptr_t path_ = 0;
  std::uintptr_t first_string_ = 0;  ///< of the arguments; the environment follows
  unsigned argc_ = 0;
  unsigned envc_ = 0;
};
