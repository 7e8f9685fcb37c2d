// SPDX-License-Identifier: Apache-2.0
// What the memory-management core asks of RISC-V beyond single instructions: zeroing and copying of
// pages.

#include <cstddef>
#include <cstdint>

#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/pgtable.h"
#include "sw/kernel/proc/task.h"
#include "sw/lib/compiler.h"

namespace {

using Doubleword [[gnu::may_alias]] = volatile std::uint64_t;
constexpr std::size_t kDoublewords = PAGE_SIZE / sizeof(std::uint64_t);

}  // namespace

// 32 and 16 doublewords per iteration, as Linux's memset and memcpy on RISC-V.
FAULT_STAGE void clear_page(void* page) {
  constexpr std::size_t kPerIteration = 32;
  auto* to = static_cast<Doubleword*>(page);
  Doubleword* const end = to + kDoublewords;
  do {
#pragma GCC unroll 32
    for (std::size_t i = 0; i < kPerIteration; ++i) {
      to[i] = 0;
    }
    to += kPerIteration;
  } while (to != end);
}

FAULT_STAGE void copy_page(void* to_page, const void* from_page) {
  constexpr std::size_t kPerIteration = 16;
  auto* to = static_cast<Doubleword*>(to_page);
  auto* from = static_cast<const Doubleword*>(from_page);
  Doubleword* const end = to + kDoublewords;
  do {
    std::uint64_t block[kPerIteration];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kPerIteration; ++i) {
      block[i] = from[i];
    }
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kPerIteration; ++i) {
      to[i] = block[i];
    }
    to += kPerIteration;
    from += kPerIteration;
  } while (to != end);
}

unsigned& current_memalloc_flags() {
  return get_current()->memalloc_flags;
}

void mm_panic(const char* reason) {
  panic("%s", reason);
}
