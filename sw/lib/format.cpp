// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/format.h"

#include <cstdint>
#include <iterator>

namespace lib {
namespace {

struct Output {
  PutChar put;
  void* context;
  std::size_t count = 0;

  void operator()(char c) {
    put(context, c);
    ++count;
  }
  void fill(char c, std::size_t n) {
    for (; n > 0; --n) (*this)(c);
  }
};

enum class Length { kChar, kShort, kInt, kLong };

struct Spec {
  bool left = false;
  bool zero = false;
  std::size_t width = 0;
  bool has_precision = false;
  std::size_t precision = 0;
  Length length = Length::kInt;
};

std::size_t parse_number(const char*& at) {
  std::size_t value = 0;
  for (; *at >= '0' && *at <= '9'; ++at) value = value * 10 + static_cast<std::size_t>(*at - '0');
  return value;
}

void parse_flags(const char*& at, Spec& spec) {
  for (;; ++at) {
    if (*at == '-') {
      spec.left = true;
    } else if (*at == '0') {
      spec.zero = true;
    } else {
      return;
    }
  }
}

void parse_length(const char*& at, Spec& spec) {
  if (*at == 'h') {
    spec.length = at[1] == 'h' ? Length::kChar : Length::kShort;
    at += at[1] == 'h' ? 2 : 1;
    return;
  }
  // long, long long, size_t, ptrdiff_t and intmax_t are all 64 bits wide on RV64.
  while (*at == 'l' || *at == 'z' || *at == 't' || *at == 'j') {
    spec.length = Length::kLong;
    ++at;
  }
}

void put_text(Output& out, const Spec& spec, const char* text, std::size_t size) {
  const std::size_t padding = spec.width > size ? spec.width - size : 0;
  if (!spec.left) out.fill(' ', padding);
  for (std::size_t i = 0; i < size; ++i) out(text[i]);
  if (spec.left) out.fill(' ', padding);
}

void put_number(Output& out, const Spec& spec, std::uint64_t value, unsigned base, bool upper,
                const char* prefix, std::size_t prefix_size) {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  char text[24];
  char* begin = std::end(text);
  do {
    *--begin = digits[value % base];
    value /= base;
  } while (value != 0);
  const auto size = static_cast<std::size_t>(std::end(text) - begin);
  const std::size_t used = size + prefix_size;
  const std::size_t padding = spec.width > used ? spec.width - used : 0;
  if (!spec.left && !spec.zero) out.fill(' ', padding);
  for (std::size_t i = 0; i < prefix_size; ++i) out(prefix[i]);
  if (!spec.left && spec.zero) out.fill('0', padding);
  for (std::size_t i = 0; i < size; ++i) out(begin[i]);
  if (spec.left) out.fill(' ', padding);
}

/// The arguments still to be taken; a struct, because a va_list that is an array cannot be passed
/// by reference portably.
struct Arguments {
  std::va_list list;

  std::int64_t take_signed(Length length) {
    if (length == Length::kLong) return va_arg(list, long);
    const int value = va_arg(list, int);
    if (length == Length::kChar) return static_cast<signed char>(value);
    if (length == Length::kShort) return static_cast<short>(value);
    return value;
  }
  std::uint64_t take_unsigned(Length length) {
    if (length == Length::kLong) return va_arg(list, unsigned long);
    const unsigned value = va_arg(list, unsigned);
    if (length == Length::kChar) return static_cast<unsigned char>(value);
    if (length == Length::kShort) return static_cast<unsigned short>(value);
    return value;
  }
};

void put_string(Output& out, const Spec& spec, const char* text) {
  if (text == nullptr) text = "(null)";
  std::size_t size = 0;
  while ((!spec.has_precision || size < spec.precision) && text[size] != '\0') ++size;
  put_text(out, spec, text, size);
}

/// One conversion; false if `conversion` is unknown.
bool convert(Output& out, Spec& spec, char conversion, Arguments& args) {
  switch (conversion) {
    case 'd':
    case 'i': {
      const std::int64_t value = args.take_signed(spec.length);
      const auto bits = static_cast<std::uint64_t>(value);
      put_number(out, spec, value < 0 ? 0 - bits : bits, 10, false, "-", value < 0 ? 1 : 0);
      return true;
    }
    case 'u':
      put_number(out, spec, args.take_unsigned(spec.length), 10, false, "", 0);
      return true;
    case 'x':
    case 'X':
      put_number(out, spec, args.take_unsigned(spec.length), 16, conversion == 'X', "", 0);
      return true;
    case 'p':
      put_number(out, spec, args.take_unsigned(Length::kLong), 16, false, "0x", 2);
      return true;
    case 's':
      put_string(out, spec, va_arg(args.list, const char*));
      return true;
    case 'c': {
      const char c = static_cast<char>(va_arg(args.list, int));
      put_text(out, spec, &c, 1);
      return true;
    }
    case '%':
      out('%');
      return true;
    default:
      return false;
  }
}

void parse_width_and_precision(const char*& at, Spec& spec, Arguments& args) {
  if (*at == '*') {
    const int width = va_arg(args.list, int);
    spec.left = spec.left || width < 0;
    spec.width = static_cast<std::size_t>(width < 0 ? -width : width);
    ++at;
  } else {
    spec.width = parse_number(at);
  }
  if (*at != '.') return;
  ++at;
  spec.has_precision = true;
  if (*at == '*') {
    const int precision = va_arg(args.list, int);
    spec.has_precision = precision >= 0;
    spec.precision = static_cast<std::size_t>(precision >= 0 ? precision : 0);
    ++at;
  } else {
    spec.precision = parse_number(at);
  }
}

}  // namespace

std::size_t vformat(PutChar put, void* context, const char* format, std::va_list list) {
  Output out{put, context};
  Arguments args;
  va_copy(args.list, list);
  for (const char* at = format; *at != '\0';) {
    if (*at != '%') {
      out(*at++);
      continue;
    }
    const char* const start = at++;
    Spec spec;
    parse_flags(at, spec);
    parse_width_and_precision(at, spec, args);
    parse_length(at, spec);
    if (*at == '\0' || !convert(out, spec, *at, args)) {
      for (const char* p = start; p != at; ++p) out(*p);
      if (*at != '\0') out(*at);
    }
    if (*at != '\0') ++at;
  }
  va_end(args.list);
  return out.count;
}

std::size_t vformat_into(char* buffer, std::size_t size, const char* format, std::va_list args) {
  struct Buffer {
    char* at;
    std::size_t left;
  } target{buffer, size};
  const PutChar put = [](void* context, char c) {
    auto* const b = static_cast<Buffer*>(context);
    if (b->left <= 1) return;
    *b->at++ = c;
    --b->left;
  };
  const std::size_t count = vformat(put, &target, format, args);
  if (size != 0) *target.at = '\0';
  return count;
}

std::size_t format_into(char* buffer, std::size_t size, const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  const std::size_t count = vformat_into(buffer, size, format, args);
  va_end(args);
  return count;
}

}  // namespace lib
