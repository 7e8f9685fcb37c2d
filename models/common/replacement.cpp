// SPDX-License-Identifier: Apache-2.0
#include "models/common/replacement.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace faultline {

Replacement::Replacement(ReplacementKind kind, unsigned sets, unsigned ways, std::uint64_t seed)
    : kind_(kind), ways_(ways), random_(seed * 0x9e3779b97f4a7c15ULL | 1) {
  assert(sets > 0 && ways > 0);
  if (kind == ReplacementKind::Lru || kind == ReplacementKind::Fifo) {
    stamp_.assign(std::size_t{sets} * ways, 0);
  } else if (kind == ReplacementKind::TreePlru) {
    assert(std::has_single_bit(ways) && ways <= 64);
    tree_.assign(sets, 0);
  }
}

void Replacement::touch_tree(unsigned set, unsigned way) {
  std::uint64_t bits = tree_[set];
  unsigned node = 0;
  for (unsigned half = ways_ / 2; half > 0; half /= 2) {
    const bool right = (way & half) != 0;
    const std::uint64_t mask = std::uint64_t{1} << node;
    bits = right ? bits & ~mask : bits | mask;  // point away from the way that was used
    node = 2 * node + (right ? 2 : 1);
  }
  tree_[set] = bits;
}

void Replacement::fill(unsigned set, unsigned way) {
  if (kind_ == ReplacementKind::Fifo) {
    stamp_[set * ways_ + way] = ++clock_;
  } else {
    touch(set, way);
  }
}

unsigned Replacement::victim(unsigned set) {
  switch (kind_) {
    case ReplacementKind::Lru:
    case ReplacementKind::Fifo: {
      const auto first = stamp_.begin() + static_cast<std::ptrdiff_t>(std::size_t{set} * ways_);
      return static_cast<unsigned>(std::min_element(first, first + ways_) - first);
    }
    case ReplacementKind::TreePlru: {
      unsigned node = 0;
      unsigned way = 0;
      for (unsigned half = ways_ / 2; half > 0; half /= 2) {
        const bool right = ((tree_[set] >> node) & 1) != 0;
        way |= right ? half : 0;
        node = 2 * node + (right ? 2 : 1);
      }
      return way;
    }
    case ReplacementKind::Random: {
      // xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators,
      // scrambled").
      random_ ^= random_ >> 12;
      random_ ^= random_ << 25;
      random_ ^= random_ >> 27;
      return static_cast<unsigned>(((random_ * 0x2545f4914f6cdd1dULL) >> 33) % ways_);
    }
  }
  return 0;
}

}  // namespace faultline
