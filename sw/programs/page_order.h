// SPDX-License-Identifier: Apache-2.0
#pragma once

// Orders in which pages are visited, each page once.

#include <cstdint>
#include <memory>

#include "sw/programs/random.h"

namespace program {

enum class Pattern { kSequential, kReverse, kStride, kRandom };

/// Page numbers in the order of their visits. The array is written here, so reading it causes no
/// faults.
struct PageOrder {
  std::unique_ptr<std::uint32_t[]> pages;
  std::size_t count;

  PageOrder(std::size_t page_count, Pattern pattern, std::size_t stride, std::uint64_t seed)
      : pages(new std::uint32_t[page_count]), count(page_count) {
    std::size_t at = 0;
    const std::size_t step = pattern == Pattern::kStride ? stride : 1;
    for (std::size_t first = 0; first < step; ++first) {
      for (std::size_t page = first; page < count; page += step) {
        pages[at++] = static_cast<std::uint32_t>(page);
      }
    }
    if (pattern == Pattern::kReverse) {
      for (std::size_t i = 0; i < count; ++i) pages[i] = static_cast<std::uint32_t>(count - 1 - i);
    }
    if (pattern == Pattern::kRandom) Random(seed).shuffle(pages.get(), count);
  }
};

}  // namespace program
