// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/proc/text.h"

#include <cstdarg>
#include <cstring>

#include "sw/kernel/mm/slab.h"
#include "sw/lib/format.h"

namespace procfs {

text::~text() {
  kfree(data_);
}

bool text::reserve(std::size_t more) {
  constexpr std::size_t kFirst = 1024;
  if (size_ + more <= capacity_) return true;
  std::size_t wanted = capacity_ == 0 ? kFirst : capacity_ * 2;
  while (wanted < size_ + more) wanted *= 2;
  auto* const larger = static_cast<char*>(kmalloc(wanted));
  if (larger == nullptr) {
    complete_ = false;
    return false;
  }
  std::memcpy(larger, data_, size_);
  kfree(data_);
  data_ = larger;
  capacity_ = wanted;
  return true;
}

void text::print(const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  std::va_list again;
  va_copy(again, args);
  const std::size_t length = lib::vformat_into(nullptr, 0, format, args);
  if (reserve(length + 1)) {
    lib::vformat_into(data_ + size_, length + 1, format, again);
    size_ += length;
  }
  va_end(again);
  va_end(args);
}

void text::pad(std::size_t start, std::size_t width) {
  while (size_ - start < width && complete_) print(" ");
}

}  // namespace procfs
