// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counting what a program has checked: only what is wrong is printed, and the sum.

#include <cstdio>

namespace program {

class Checks {
 public:
  explicit Checks(const char* name) : name_(name) {}

  /// Notes whether something is as it should be.
  void expect(bool ok, const char* what) {
    ++made_;
    if (ok) return;
    ++wrong_;
    std::printf("%s: wrong: %s\n", name_, what);
  }
  /// Prints the result; the program's exit status.
  [[nodiscard]] int finish() const {
    std::printf("%s: %u checks: %s\n", name_, made_, wrong_ == 0 ? "passed" : "FAILED");
    return wrong_ == 0 ? 0 : 1;
  }

 private:
  const char* name_;
  unsigned made_ = 0;
  unsigned wrong_ = 0;
};

}  // namespace program
