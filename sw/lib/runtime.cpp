// SPDX-License-Identifier: Apache-2.0
// What the headers of the C++ library call when a check of theirs fails. That is a broken invariant
// of the monitor or the kernel: an illegal instruction ends either with a report of where.

namespace std {

[[noreturn]] void __throw_out_of_range_fmt(const char*, ...) {
  __builtin_trap();
}

}  // namespace std
