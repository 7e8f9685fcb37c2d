// SPDX-License-Identifier: Apache-2.0
#include <cstdarg>
#include <cstring>

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/kernel.h"
#include "sw/lib/format.h"
#include "sw/lib/sbi.h"

namespace {

constexpr unsigned kPanicStatus = 255;
constexpr unsigned kDefaultLogLevel = 5;
unsigned console_loglevel = kDefaultLogLevel;

/// Collects characters so that the monitor is called once for many. The monitor reads and writes
/// physical memory, so the buffer is part of the kernel's image, whose physical address is known
/// from the start.
struct console_buffer {
  char text[256];
  std::size_t size = 0;

  void flush() {
    if (size != 0) sbi::console_write(kernel_image_to_phys(text), size);
    size = 0;
  }
  void put(char c) {
    text[size++] = c;
    if (size == sizeof(text)) flush();
  }
};
console_buffer output{};
char input[256];

void vprint(const char* format, std::va_list args) {
  lib::vformat([](void*, char c) { output.put(c); }, nullptr, format, args);
  output.flush();
}

}  // namespace

void printk(log_level level, const char* format, ...) {
  if (static_cast<unsigned>(level) >= console_loglevel) return;
  std::va_list args;
  va_start(args, format);
  vprint(format, args);
  va_end(args);
}

void set_console_loglevel(unsigned level) {
  console_loglevel = level;
}

void console_write(const char* text, std::uint64_t size) {
  for (std::uint64_t i = 0; i < size; ++i) output.put(text[i]);
  output.flush();
}

std::uint64_t console_read(char* to, std::uint64_t size) {
  const std::size_t wanted = size < sizeof(input) ? size : sizeof(input);
  const std::int64_t count = sbi::console_read(kernel_image_to_phys(input), wanted);
  if (count <= 0) return 0;
  std::memcpy(to, input, static_cast<std::size_t>(count));
  return static_cast<std::uint64_t>(count);
}

void panic(const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  printk(log_level::emergency, "kernel panic: ");
  vprint(format, args);
  va_end(args);
  printk(log_level::emergency, "\n");
  machine_power_off(kPanicStatus);
}

void machine_power_off(unsigned status) {
  sbi::shut_down(status);
}
