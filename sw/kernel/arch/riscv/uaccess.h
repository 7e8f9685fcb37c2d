// SPDX-License-Identifier: Apache-2.0
#pragma once

// Kernel access to the memory of the current process. User addresses are numbers, never pointers,
// so that nothing else can follow one by mistake. A page that is not there is faulted in as for the
// program; what cannot be had makes the access short instead of ending the kernel.

#include <cstddef>
#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"

/// Whether [address, address + size) lies in the user's half of the address space.
[[nodiscard]] bool access_ok(std::uintptr_t address, std::size_t size);

/// Copies to or from user memory; returns the number of bytes NOT copied.
[[nodiscard]] std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size);
[[nodiscard]] std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size);
/// Zeroes user memory; returns the number of bytes NOT zeroed.
[[nodiscard]] std::size_t clear_user(std::uintptr_t to, std::size_t size);
/// Copies a string with its terminator, at most `size` bytes. Returns its length, `size` if no
/// terminator was found, or -EFAULT.
[[nodiscard]] std::int64_t strncpy_from_user(char* to, std::uintptr_t from, std::size_t size);

/// Copies one object; false if user memory cannot be accessed.
template <typename T>
[[nodiscard]] bool put_user(std::uintptr_t to, const T& value) {
  return copy_to_user(to, &value, sizeof(T)) == 0;
}
template <typename T>
[[nodiscard]] bool get_user(T& value, std::uintptr_t from) {
  return copy_from_user(&value, from, sizeof(T)) == 0;
}

/// If the instruction at regs.epc may fault, lets `regs` go on at its fixup; else false.
[[nodiscard]] bool fixup_exception(pt_regs& regs);
