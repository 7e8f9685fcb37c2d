// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/fs/surroundings.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/lib/format.h"

namespace {

std::string messages;

}  // namespace

namespace faultline::test {

std::string take_messages() {
  return std::exchange(messages, {});
}

}  // namespace faultline::test

void printk(log_level, const char* format, ...) {
  char text[512];
  std::va_list args;
  va_start(args, format);
  lib::vformat_into(text, sizeof(text), format, args);
  va_end(args);
  messages += text;
}

void panic(const char* format, ...) {
  char text[512];
  std::va_list args;
  va_start(args, format);
  lib::vformat_into(text, sizeof(text), format, args);
  va_end(args);
  std::fprintf(stderr, "kernel panic: %s\n", text);
  std::abort();
}

// User addresses are addresses of the test.

std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size) {
  std::memcpy(reinterpret_cast<void*>(to), from, size);
  return 0;
}

std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size) {
  std::memcpy(to, reinterpret_cast<const void*>(from), size);
  return 0;
}

timespec64 current_time() {
  return {.tv_sec = 3, .tv_nsec = 0};
}
