// SPDX-License-Identifier: Apache-2.0
#pragma once

// Replacement policies of set-associative structures (TLBs, walk caches, caches), as plain state
// machines over one set after another. Not modelled: the area or delay of a policy.

#include <cstdint>
#include <string>
#include <vector>

namespace faultline {

enum class ReplacementKind : std::uint8_t { Lru, TreePlru, Fifo, Random };

/// Replacement state of `sets` sets of `ways` ways. A value type: no virtual calls, no allocation
/// after construction.
///
/// Tree-PLRU keeps ways-1 bits a set, as a binary tree in heap order; each bit points to the half
/// that was used longer ago. With 4 ways:
///
///            b0            b0=0: the victim is in the left half
///         |    |
///        b1    b2          b1=0: way 0, b1=1: way 1; b2=0: way 2, b2=1: way 3
///       |  |  |  |
///      w0 w1  w2 w3
///
/// Touching a way makes every bit on its path point away from it. It needs a power of two of ways.
class Replacement {
 public:
  Replacement(ReplacementKind kind, unsigned sets, unsigned ways, std::uint64_t seed = 1);

  /// A hit in `way` of `set`.
  void touch(unsigned set, unsigned way) {
    if (kind_ == ReplacementKind::Lru) {
      stamp_[set * ways_ + way] = ++clock_;
    } else if (kind_ == ReplacementKind::TreePlru) {
      touch_tree(set, way);
    }
  }
  /// A new entry was put into `way` of `set`.
  void fill(unsigned set, unsigned way);
  /// The way to evict from a set whose ways are all valid. For Random this draws a number.
  [[nodiscard]] unsigned victim(unsigned set);

 private:
  void touch_tree(unsigned set, unsigned way);

  ReplacementKind kind_;
  unsigned ways_;
  std::uint64_t clock_ = 0;           // LRU and FIFO: a stamp for each use or fill
  std::uint64_t random_;              // xorshift64* state
  std::vector<std::uint64_t> stamp_;  // LRU, FIFO: sets x ways
  std::vector<std::uint64_t> tree_;   // Tree-PLRU: one word of bits a set
};

}  // namespace faultline
