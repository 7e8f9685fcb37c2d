// SPDX-License-Identifier: Apache-2.0
#pragma once

// Starting a program: arguments and environment, the new address space, and what a process loses
// and keeps.

#include <cstdint>

/// Arguments or environment of a new program: an array of strings that ends with a null, either in
/// the kernel's memory or in that of the current program.
class string_array {
 public:
  /// An array of the kernel's.
  static string_array of_kernel(const char* const* strings) {
    return {reinterpret_cast<std::uintptr_t>(strings), true};
  }
  /// An array at a user address; 0 is an empty one.
  static string_array of_user(std::uintptr_t address) { return {address, false}; }

  /// Address of string `index`, 0 at the end; false: the array cannot be read.
  [[nodiscard]] bool get(unsigned index, std::uintptr_t& string) const;
  /// Copies from the string at `string`, at most `size` bytes or up to its terminator. Returns the
  /// number of bytes before the terminator (`size`: there is none among them) or -EFAULT.
  [[nodiscard]] std::int64_t copy(char* to, std::uintptr_t string, std::size_t size) const;

 private:
  string_array(std::uintptr_t address, bool kernel) : address_(address), kernel_(kernel) {}

  std::uintptr_t address_;
  bool kernel_;
};

/// Replaces the program of the current process by that of the file at `path`: afterwards its
/// registers (task_pt_regs) are those of the new program's first instruction, and it has one
/// thread. Returns 0, or -errno with the old program in place.
[[nodiscard]] int do_execve(const char* path, const string_array& arguments,
                            const string_array& environment);
