// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/code_cache.h"

#include <algorithm>

namespace faultline {

CodePage::CodePage() {
  slot[kSlots].op = Op::Refetch;
  slot[kSlots + 1].op = Op::Refetch;
}

CodePage& CodeCache::page(PhysAddr base) {
  std::unique_ptr<CodePage>& entry = pages_[base.value >> kPageShift];
  if (!entry) {
    entry = std::make_unique<CodePage>();
    entry->base = base;
    maybe_.set((base.value >> kPageShift) % kFilter);
  }
  return *entry;
}

void CodeCache::invalidate_in_page(std::uint64_t page, std::uint64_t first, std::uint64_t last) {
  const auto found = pages_.find(page);
  if (found == pages_.end()) return;
  // A four-byte instruction that begins one halfword earlier reaches into the range.
  const std::uint64_t begin = first / 2 == 0 ? 0 : first / 2 - 1;
  for (std::uint64_t i = begin; i <= last / 2; ++i) found->second->slot[i].op = Op::Undecoded;
}

void CodeCache::invalidate(PhysAddr address, std::uint64_t bytes) {
  if (pages_.empty() || bytes == 0) return;
  const std::uint64_t last_byte = address.value + bytes - 1;
  for (std::uint64_t page = address.value >> kPageShift; page <= last_byte >> kPageShift; ++page) {
    const std::uint64_t begin = page << kPageShift;
    const std::uint64_t first = std::max(address.value, begin) - begin;
    const std::uint64_t last = std::min(last_byte - begin, kPageBytes - 1);
    invalidate_in_page(page, first, last);
  }
}

}  // namespace faultline
