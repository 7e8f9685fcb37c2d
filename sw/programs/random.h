// SPDX-License-Identifier: Apache-2.0
#pragma once

// A small generator of random numbers, the same everywhere: xorshift64*, period 2^64 - 1.
// Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled",
// 2016.

#include <cstdint>
#include <utility>

namespace program {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed != 0 ? seed : 1) {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
  }

  /// Puts `count` elements into a random order.
  template <typename T>
  void shuffle(T* elements, std::size_t count) {
    for (std::size_t left = count; left > 1; --left) {
      std::swap(elements[left - 1], elements[next() % left]);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace program
