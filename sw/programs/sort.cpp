// SPDX-License-Identifier: Apache-2.0
// Sorts random 64-bit keys in fresh memory, by quicksort in place or by merge sort with a second
// array, and checks that the result is in order and has the same keys.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: sort [--keys N] [--algorithm quick|merge] [--seed S]\n"
    "Sorts N keys (100000) from seed S (1). The region of interest begins before the array is "
    "first\n"
    "written and ends when it is in order.\n";

using Key = std::uint64_t;

/// Below this many keys insertion is faster than another partition.
constexpr std::ptrdiff_t kSmall = 16;

void insertion_sort(Key* begin, Key* end) {
  for (Key* at = begin + 1; at < end; ++at) {
    const Key key = *at;
    Key* hole = at;
    for (; hole > begin && hole[-1] > key; --hole) *hole = hole[-1];
    *hole = key;
  }
}

Key median(Key a, Key b, Key c) {
  if (a > b) std::swap(a, b);
  if (b > c) std::swap(b, c);
  return a > b ? a : b;
}

/// Hoare's partition around the median of three; recurses into the smaller part only, so the stack
/// stays logarithmic.
void quick_sort(Key* begin, Key* end) {
  while (end - begin > kSmall) {
    const Key pivot = median(*begin, begin[(end - begin) / 2], end[-1]);
    Key* low = begin;
    Key* high = end - 1;
    for (;;) {
      while (*low < pivot) ++low;
      while (*high > pivot) --high;
      if (low >= high) break;
      std::swap(*low++, *high--);
    }
    Key* const middle = high + 1;
    if (middle - begin < end - middle) {
      quick_sort(begin, middle);
      begin = middle;
    } else {
      quick_sort(middle, end);
      end = middle;
    }
  }
  insertion_sort(begin, end);
}

void merge(const Key* left, const Key* middle, const Key* end, Key* to) {
  const Key* right = middle;
  const Key* const left_end = middle;
  while (left < left_end || right < end) {
    const bool take_left = right == end || (left < left_end && *left <= *right);
    *to++ = take_left ? *left++ : *right++;
  }
}

/// Merges runs of doubling length between two arrays; returns the one that holds the result.
Key* merge_sort(Key* keys, Key* other, std::size_t count) {
  for (std::size_t run = 1; run < count; run *= 2) {
    for (std::size_t at = 0; at < count; at += 2 * run) {
      const std::size_t middle = at + run < count ? at + run : count;
      const std::size_t end = at + 2 * run < count ? at + 2 * run : count;
      merge(keys + at, keys + middle, keys + end, other + at);
    }
    std::swap(keys, other);
  }
  return keys;
}

bool in_order(const Key* keys, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    if (keys[i - 1] > keys[i]) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"keys", "algorithm", "seed"}, kUsage);
  const std::size_t count = options.number("keys", 100000, 1, kMaxPages * kPageSize / sizeof(Key));
  const bool by_merging = options.choice("algorithm", {"quick", "merge"}) == 1;
  Random random(options.number("seed", 1, 0, ~std::uint64_t{0}));
  Key* const keys = map_array<Key>(count).data();
  Key* const other = by_merging ? map_array<Key>(count).data() : nullptr;
  std::uint64_t difference = 0;

  marker::region_begins();
  for (std::size_t i = 0; i < count; ++i) {
    keys[i] = random.next();
    difference += keys[i];
  }
  const Key* sorted = keys;
  if (by_merging) {
    sorted = merge_sort(keys, other, count);
  } else {
    quick_sort(keys, keys + count);
  }
  marker::region_ends();

  for (std::size_t i = 0; i < count; ++i) difference -= sorted[i];
  const bool right = difference == 0 && in_order(sorted, count);
  std::printf("sort: %zu keys, from 0x%lx to 0x%lx: %s\n", count, sorted[0], sorted[count - 1],
              right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
