// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text that grows as it is written (Linux: seq_file), for the files of /proc.

#include <cstddef>

namespace procfs {

class text {
 public:
  text() = default;
  ~text();
  text(const text&) = delete;
  text& operator=(const text&) = delete;

  /// Appends; without memory nothing more is appended, and complete() is false.
  [[gnu::format(printf, 2, 3)]] void print(const char* format, ...);
  /// Appends blanks until the line that began at `start` is `width` characters long.
  void pad(std::size_t start, std::size_t width);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const char* data() const { return data_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  [[nodiscard]] bool reserve(std::size_t more);

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool complete_ = true;
};

}  // namespace procfs
