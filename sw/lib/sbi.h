// SPDX-License-Identifier: Apache-2.0
#pragma once

// The supervisor binary interface between kernel and monitor: the numbers that both use and the
// kernel's calls. Source: RISC-V Supervisor Binary Interface 1.0; the debug console extension is of
// version 2.0.

#include <cstddef>
#include <cstdint>

namespace sbi {

// Extension identifiers (SBI 1.0, chapters 4 to 10; DBCN: 2.0, chapter 12).
inline constexpr std::uint64_t kLegacyPutChar = 0x01;
inline constexpr std::uint64_t kLegacyGetChar = 0x02;
inline constexpr std::uint64_t kBase = 0x10;
inline constexpr std::uint64_t kTime = 0x54494d45;
inline constexpr std::uint64_t kIpi = 0x735049;
inline constexpr std::uint64_t kRemoteFence = 0x52464e43;
inline constexpr std::uint64_t kSystemReset = 0x53525354;
inline constexpr std::uint64_t kDebugConsole = 0x4442434e;

// Functions of the debug console extension.
inline constexpr std::uint64_t kConsoleWrite = 0;
inline constexpr std::uint64_t kConsoleRead = 1;
inline constexpr std::uint64_t kConsoleWriteByte = 2;

// Error codes (SBI 1.0, table 1).
inline constexpr std::int64_t kSuccess = 0;
inline constexpr std::int64_t kErrorNotSupported = -2;
inline constexpr std::int64_t kErrorInvalidParameter = -3;

// System reset types and reasons (SBI 1.0, chapter 9).
inline constexpr std::uint64_t kResetShutdown = 0;
inline constexpr std::uint64_t kResetWarmReboot = 2;
inline constexpr std::uint64_t kReasonNone = 0;
inline constexpr std::uint64_t kReasonSystemFailure = 1;
/// Reasons from here on are the SBI implementation's own. The monitor takes the low 16 bits as the
/// exit status that it hands to the test finisher.
inline constexpr std::uint64_t kReasonExitStatus = 0xe0000000;
inline constexpr std::uint64_t kReasonExitStatusMask = 0xffff0000;

/// What a call answers.
struct Result {
  std::int64_t error;
  std::uint64_t value;
};

/// Calls function `function` of `extension`.
inline Result call(std::uint64_t extension, std::uint64_t function, std::uint64_t argument0 = 0,
                   std::uint64_t argument1 = 0, std::uint64_t argument2 = 0) {
  register std::uint64_t a0 asm("a0") = argument0;
  register std::uint64_t a1 asm("a1") = argument1;
  register std::uint64_t a2 asm("a2") = argument2;
  register std::uint64_t a6 asm("a6") = function;
  register std::uint64_t a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
  return {static_cast<std::int64_t>(a0), a1};
}

/// Writes `size` bytes at physical address `address` to the console; returns how many were written,
/// or a negative error.
inline std::int64_t console_write(std::uint64_t address, std::size_t size) {
  const Result result = call(kDebugConsole, kConsoleWrite, size, address, 0);
  return result.error != kSuccess ? result.error : static_cast<std::int64_t>(result.value);
}

/// Reads up to `size` bytes that have arrived to physical address `address`; does not wait. Returns
/// the number read, or a negative error.
inline std::int64_t console_read(std::uint64_t address, std::size_t size) {
  const Result result = call(kDebugConsole, kConsoleRead, size, address, 0);
  return result.error != kSuccess ? result.error : static_cast<std::int64_t>(result.value);
}

/// Ends the machine with `status`.
[[noreturn]] inline void shut_down(unsigned status) {
  call(kSystemReset, 0, kResetShutdown,
       status == 0 ? kReasonNone : kReasonExitStatus | (status & ~kReasonExitStatusMask));
  for (;;) asm volatile("wfi");
}

}  // namespace sbi
