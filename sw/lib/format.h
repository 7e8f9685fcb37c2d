// SPDX-License-Identifier: Apache-2.0
#pragma once

// printf-like output without allocation or floating point. Conversions: d i u x X p s c %, the
// length modifiers h hh l ll z t j, the flags 0 and -, a field width and, for s, a precision (both
// may be *). Anything else is copied as it stands.

#include <cstdarg>
#include <cstddef>

namespace lib {

/// Receives the output character by character; `context` is what the caller of vformat() gave.
using PutChar = void (*)(void* context, char c);

/// Formats `args` as `format` says; returns the number of characters put.
std::size_t vformat(PutChar put, void* context, const char* format, std::va_list args);

/// Formats into `buffer` of `size` bytes, cut and always terminated when `size` is not 0; returns
/// the length that the whole text has.
[[gnu::format(printf, 3, 4)]] std::size_t format_into(char* buffer, std::size_t size,
                                                      const char* format, ...);
/// As format_into().
std::size_t vformat_into(char* buffer, std::size_t size, const char* format, std::va_list args);

}  // namespace lib
