// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/exec_stack.h"

#include <elf.h>

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/memory.h"

namespace {

// AT_HWCAP: a bit per single-letter extension, 'a' first: IMAFDC.
constexpr std::uint64_t extension(char letter) {
  return std::uint64_t{1} << (letter - 'a');
}
constexpr std::uint64_t kHardwareCapabilities = extension('i') | extension('m') | extension('a') |
                                                extension('f') | extension('d') | extension('c');
constexpr std::uint64_t kClockTicks = 100;
/// What AT_RANDOM points to: the same in every run, so that runs are equal.
constexpr std::uint64_t kRandomBytes[2] = {0x243f6a8885a308d3, 0x13198a2e03707344};

/// Writes downwards from the top of a stack.
class stack_writer {
 public:
  stack_writer(mm_struct& mm, std::uintptr_t top) : mm_(mm), sp_(top) {}

  std::uintptr_t push(const void* data, std::size_t size) {
    sp_ -= size;
    ok_ = ok_ && access_remote_vm(mm_, sp_, const_cast<void*>(data), size, true) == size;
    return sp_;
  }
  void align(std::size_t size) { sp_ &= ~(size - 1); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  mm_struct& mm_;
  std::uintptr_t sp_;
  bool ok_ = true;
};

/// The words from sp upwards, collected before they are written.
struct stack_words {
  static constexpr unsigned kMax = 512;
  std::uint64_t words[kMax];
  unsigned count = 0;

  void add(std::uint64_t word) {
    if (count < kMax) words[count] = word;
    ++count;
  }
  void add_auxiliary(std::uint64_t type, std::uint64_t value) {
    add(type);
    add(value);
  }
  /// The addresses of `n` strings that lie one behind the other, and a zero.
  void add_strings(const char*& string, std::uintptr_t& address, unsigned n) {
    for (; n > 0; --n) {
      add(address);
      const std::size_t size = std::strlen(string) + 1;
      string += size;
      address += size;
    }
    add(0);
  }
};

}  // namespace

int build_stack(mm_struct& mm, const program_info& program, const char* path,
                const exec_strings& strings, std::uintptr_t& sp) {
  constexpr std::size_t kStackAlignment = 16;
  constexpr std::uint64_t kEnd = 0;
  stack_writer stack(mm, TASK_SIZE);
  stack.push(&kEnd, sizeof(kEnd));
  const std::uintptr_t path_address = stack.push(path, std::strlen(path) + 1);
  std::uintptr_t string_address = stack.push(strings.text, strings.size);
  stack.align(kStackAlignment);
  const std::uintptr_t random_address = stack.push(kRandomBytes, sizeof(kRandomBytes));

  static stack_words vector;
  vector.count = 0;
  const char* string = strings.text;
  vector.add(strings.argc);
  vector.add_strings(string, string_address, strings.argc);
  vector.add_strings(string, string_address, strings.envc);
  vector.add_auxiliary(AT_HWCAP, kHardwareCapabilities);
  vector.add_auxiliary(AT_PAGESZ, PAGE_SIZE);
  vector.add_auxiliary(AT_CLKTCK, kClockTicks);
  vector.add_auxiliary(AT_PHDR, program.headers);
  vector.add_auxiliary(AT_PHENT, sizeof(Elf64_Phdr));
  vector.add_auxiliary(AT_PHNUM, program.header_count);
  vector.add_auxiliary(AT_BASE, 0);
  vector.add_auxiliary(AT_FLAGS, 0);
  vector.add_auxiliary(AT_ENTRY, program.entry);
  vector.add_auxiliary(AT_UID, 0);
  vector.add_auxiliary(AT_EUID, 0);
  vector.add_auxiliary(AT_GID, 0);
  vector.add_auxiliary(AT_EGID, 0);
  vector.add_auxiliary(AT_SECURE, 0);
  vector.add_auxiliary(AT_RANDOM, random_address);
  vector.add_auxiliary(AT_EXECFN, path_address);
  vector.add_auxiliary(AT_NULL, 0);
  if (vector.count > stack_words::kMax) return -E2BIG;

  const std::size_t size = vector.count * sizeof(std::uint64_t);
  if (size % kStackAlignment != 0) stack.push(&kEnd, sizeof(kEnd));
  sp = stack.push(vector.words, size);
  return stack.ok() ? 0 : -ENOMEM;
}
