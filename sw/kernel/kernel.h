// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every part of the kernel may use: messages and the way out when an invariant is broken.

#include <cstdint>

/// How important a message is; Linux's levels.
enum class log_level : std::uint8_t { emergency = 0, error = 3, warning = 4, notice = 5, info = 6 };

/// Writes a message to the console if its level is below the console's (conversions:
/// sw/lib/format.h).
[[gnu::format(printf, 2, 3)]] void printk(log_level level, const char* format, ...);

/// Sets the level below which messages reach the console; 5 (errors and warnings) at the start.
void set_console_loglevel(unsigned level);

/// Writes characters to the console as they stand.
void console_write(const char* text, std::uint64_t size);
/// Reads up to `size` characters that have arrived; does not wait. Returns how many.
std::uint64_t console_read(char* to, std::uint64_t size);

/// Reports what is wrong and ends the machine with a failing status.
[[noreturn, gnu::format(printf, 1, 2)]] void panic(const char* format, ...);

/// Ends the machine with an exit status (0: success).
[[noreturn]] void machine_power_off(unsigned status);
