// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/format.h"

#include <gtest/gtest.h>

#include <climits>
#include <cstdio>
#include <string>

namespace {

/// What the library and the C library make of the same arguments.
template <typename... Arguments>
void expect_as_printf(const char* format, Arguments... arguments) {
  char ours[128];
  char theirs[128];
  const std::size_t our_size = lib::format_into(ours, sizeof(ours), format, arguments...);
  const int their_size = std::snprintf(theirs, sizeof(theirs), format, arguments...);
  EXPECT_STREQ(ours, theirs) << format;
  EXPECT_EQ(our_size, static_cast<std::size_t>(their_size)) << format;
}

TEST(Format, numbers_come_out_as_printf_has_them) {
  expect_as_printf("%d %i %u", -17, INT_MIN, UINT_MAX);
  expect_as_printf("%ld %lu %lld %zu", LONG_MIN, ULONG_MAX, LLONG_MAX, std::size_t{5});
  expect_as_printf("%x %X %lx", 0xbeefu, 0xbeefu, 0x123456789abcdefuL);
  expect_as_printf("%hhd %hd %hhu %hx", 300, 70000, 300u, 0x12345u);
  expect_as_printf("%d", 0);
}

TEST(Format, widths_and_flags_come_out_as_printf_has_them) {
  expect_as_printf("[%5d] [%-5d] [%05d] [%2d]", 42, 42, -42, 12345);
  expect_as_printf("[%*d] [%-*d] [%*d]", 6, 1, 6, 1, -6, 1);
  expect_as_printf("[%8s] [%-8s] [%.2s] [%.*s]", "abc", "abc", "abc", 1, "abc");
  expect_as_printf("[%3c] [%-3c] 100%%", 'x', 'y');
}

TEST(Format, pointer_has_its_prefix) {
  expect_as_printf("%p", reinterpret_cast<void*>(0x1234));
}

TEST(Format, unknown_conversion_is_copied) {
  char text[32];
  const std::string format = "%q %5";
  EXPECT_EQ(lib::format_into(text, sizeof(text), format.c_str(), 0), 5u);
  EXPECT_STREQ(text, "%q %5");
}

TEST(Format, text_is_cut_to_the_buffer_and_its_whole_length_returned) {
  char text[4];
  EXPECT_EQ(lib::format_into(text, sizeof(text), "%d", 123456), 6u);
  EXPECT_STREQ(text, "123");
  EXPECT_EQ(lib::format_into(text, 0, "%d", 12), 2u);
}

}  // namespace
