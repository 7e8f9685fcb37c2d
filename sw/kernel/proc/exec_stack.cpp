// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/exec_stack.h"

#include <elf.h>

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/slab.h"
#include "sw/lib/bits.h"

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

constexpr std::uint64_t kStackAlignment = 16;
/// Longest string (Linux: MAX_ARG_STRLEN), with its terminator.
constexpr std::uint64_t kMaxStringBytes = 32 * PAGE_SIZE;
/// Space that strings may take whatever the stack's limit says (Linux: ARG_MAX).
constexpr std::uint64_t kLeastStringBytes = 128 * 1024;

/// Writes words upwards, some at a time.
class word_writer {
 public:
  word_writer(mm_struct& mm, std::uintptr_t at) : mm_(mm), at_(at) {}

  void add(std::uint64_t word) {
    words_[count_++] = word;
    if (count_ == kBatch) flush();
  }
  void add_auxiliary(std::uint64_t type, std::uint64_t value) {
    add(type);
    add(value);
  }
  /// Writes what is left; false if anything could not be written.
  [[nodiscard]] bool finish() {
    flush();
    return ok_;
  }

 private:
  void flush() {
    const std::size_t size = count_ * sizeof(words_[0]);
    ok_ = ok_ && access_remote_vm(mm_, at_, words_, size, true) == size;
    at_ += size;
    count_ = 0;
  }

  static constexpr unsigned kBatch = 32;
  mm_struct& mm_;
  std::uintptr_t at_;
  std::uint64_t words_[kBatch];
  unsigned count_ = 0;
  bool ok_ = true;
};

/// Finds the ends of strings that lie one behind the other.
class string_reader {
 public:
  string_reader(mm_struct& mm, std::uintptr_t first)
      : mm_(mm), at_(first), begin_(first), end_(first) {}

  /// Writes the addresses of the next `count` strings, and a zero.
  void write_addresses(word_writer& to, unsigned count) {
    for (; count > 0; --count) {
      to.add(at_);
      while (next_character() != '\0') {
      }
    }
    to.add(0);
  }

 private:
  char next_character() {
    if (at_ == end_) {
      begin_ = at_;
      end_ = at_ + access_remote_vm(mm_, at_, text_, sizeof(text_), false);
      if (at_ == end_) return '\0';
    }
    return text_[at_++ - begin_];
  }

  mm_struct& mm_;
  std::uintptr_t at_;
  std::uintptr_t begin_, end_;  // of what `text_` holds
  char text_[128];
};

}  // namespace

exec_stack::exec_stack(mm_struct& mm) : mm_(mm), sp_(TASK_SIZE) {
  const std::uint64_t quarter = mm.rlimit_stack == kUnlimited ? kUnlimited : mm.rlimit_stack / 4;
  constexpr std::uint64_t kMostStringBytes = 6u << 20;  // Linux: 3/4 of the default stack
  std::uint64_t room = quarter < kMostStringBytes ? quarter : kMostStringBytes;
  room = room > kLeastStringBytes ? room : kLeastStringBytes;
  limit_ = TASK_SIZE - room;
}

int exec_stack::push(const void* data, std::size_t size) {
  if (sp_ - limit_ < size) return -E2BIG;
  sp_ -= size;
  void* const from = const_cast<void*>(data);
  return access_remote_vm(mm_, sp_, from, size, true) == size ? 0 : -ENOMEM;
}

int exec_stack::push_string(const string_array& strings, std::uintptr_t string) {
  constexpr std::size_t kChunk = 256;
  char chunk[kChunk];
  // Its length first, for it is written upwards into a stack that grows downwards.
  std::uint64_t length = 0;
  for (;;) {
    const std::int64_t part = strings.copy(chunk, string + length, kChunk);
    if (part < 0) return static_cast<int>(part);
    length += static_cast<std::uint64_t>(part);
    if (length >= kMaxStringBytes) return -E2BIG;
    if (static_cast<std::uint64_t>(part) < kChunk) break;
  }
  if (sp_ - limit_ <= length) return -E2BIG;
  sp_ -= length + 1;
  for (std::uint64_t done = 0; done <= length;) {
    const std::uint64_t left = length + 1 - done;
    const std::uint64_t size = left < kChunk ? left : kChunk;
    if (strings.copy(chunk, string + done, size) < 0) return -EFAULT;
    if (size == left) chunk[size - 1] = '\0';
    if (access_remote_vm(mm_, sp_ + done, chunk, size, true) != size) return -ENOMEM;
    done += size;
  }
  return 0;
}

int exec_stack::push_array(const string_array& strings, unsigned& count) {
  std::uintptr_t string = 0;
  count = 0;
  for (;;) {
    if (!strings.get(count, string)) return -EFAULT;
    if (string == 0) break;
    if (++count > kLeastStringBytes) return -E2BIG;
  }
  for (unsigned left = count; left > 0; --left) {
    if (!strings.get(left - 1, string)) return -EFAULT;
    const int error = push_string(strings, string);
    if (error != 0) return error;
  }
  return 0;
}

int exec_stack::push_strings(const char* path, const string_array& arguments,
                             const string_array& environment) {
  constexpr std::uint64_t kEnd = 0;
  int error = push(&kEnd, sizeof(kEnd));
  if (error == 0) error = push(path, std::strlen(path) + 1);
  path_ = sp_;
  if (error == 0) error = push_array(environment, envc_);
  if (error == 0) error = push_array(arguments, argc_);
  first_string_ = sp_;
  return error;
}

int exec_stack::push_vector(const program_info& program) {
  constexpr std::uint64_t kAuxiliaryEntries = 17;
  sp_ = align_down(sp_, kStackAlignment);
  const int error = push(kRandomBytes, sizeof(kRandomBytes));
  if (error != 0) return error;
  const std::uintptr_t random_address = sp_;
  const std::uint64_t words = 1 + argc_ + 1 + envc_ + 1 + 2 * kAuxiliaryEntries;
  sp_ = align_down(sp_ - words * sizeof(std::uint64_t), kStackAlignment);

  word_writer vector(mm_, sp_);
  string_reader strings(mm_, first_string_);
  vector.add(argc_);
  strings.write_addresses(vector, argc_);
  strings.write_addresses(vector, envc_);
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
  vector.add_auxiliary(AT_EXECFN, path_);
  vector.add_auxiliary(AT_NULL, 0);
  return vector.finish() ? 0 : -ENOMEM;
}
