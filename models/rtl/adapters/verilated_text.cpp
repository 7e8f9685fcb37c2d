// SPDX-License-Identifier: Apache-2.0
// What verilator's runtime leaves to its user: text, $finish, $stop and failed assertions. The last
// two end in an exception instead of the process.

#include <cstdarg>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "verilated.h"

namespace {

constexpr const char* kErrorMark = "%Error: ";

/// What a failed assertion said, until vl_stop() follows.
std::string& failure() {
  thread_local std::string text;
  return text;
}

[[noreturn]] void fail(const char* file, int line, const char* what) {
  std::string text = std::move(failure());
  failure().clear();
  if (text.empty()) text = std::string(file) + ":" + std::to_string(line) + ": " + what;
  throw std::runtime_error(text);
}

}  // namespace

extern "C" int faultline_rtl_printf(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  char* allocated = nullptr;
  const int length = vasprintf(&allocated, format, arguments);
  va_end(arguments);
  if (length < 0) return length;
  std::string text(allocated, static_cast<std::size_t>(length));
  std::free(allocated);
  const auto mark = text.find(kErrorMark);
  if (mark == std::string::npos) return std::fputs(text.c_str(), stderr);
  text.erase(0, mark + std::string(kErrorMark).size());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  failure() = std::move(text);
  return length;
}

void vl_finish(const char* file, int line, const char*) {
  fail(file, line, "$finish");
}

void vl_stop(const char* file, int line, const char*) {
  fail(file, line, "$stop");
}

void vl_fatal(const char* file, int line, const char*, const char* message) {
  fail(file, line, message);
}
