// SPDX-License-Identifier: Apache-2.0
#pragma once

// The decoded-instruction cache: for each page of physical memory that was executed, its
// instructions in decoded form, filled one by one as they are reached. It is a device of the
// simulator, not of the machine: it follows every write to memory at once, so that execution is the
// same without it. Fetch timing is fetch_unit.h.

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "models/common/types.h"
#include "models/cpu/instruction.h"

namespace faultline {

/// One page: a slot for each halfword at which an instruction may begin, and two slots behind the
/// end, where sequential flow leaves the page.
struct CodePage {
  static constexpr unsigned kSlots = kPageBytes / 2;

  CodePage();

  std::array<DecodedInst, kSlots + 2> slot{};
  PhysAddr base{};
};

class CodeCache {
 public:
  /// Memory for decoded pages is bounded: 32 KiB of the host for each page of code.
  static constexpr std::size_t kMaxPages = 2048;

  /// The page at `base` (page-aligned), empty if it is new. Pointers to pages stay valid until
  /// clear().
  CodePage& page(PhysAddr base);
  /// True if page() would exceed kMaxPages: the caller drops its pointers and calls clear().
  [[nodiscard]] bool full(PhysAddr base) const {
    return pages_.size() >= kMaxPages && !holds(base);
  }
  /// True if the page of `address` has decoded instructions.
  [[nodiscard]] bool holds(PhysAddr address) const {
    const std::uint64_t page = address.value >> kPageShift;
    return maybe_[page % kFilter] && pages_.contains(page);
  }
  /// [address, address + bytes) was written: forgets every instruction that has a byte in it.
  void invalidate(PhysAddr address, std::uint64_t bytes);
  void clear() {
    pages_.clear();
    maybe_.reset();
  }

 private:
  void invalidate_in_page(std::uint64_t page, std::uint64_t first, std::uint64_t last);

  static constexpr unsigned kFilter = 4096;

  std::unordered_map<std::uint64_t, std::unique_ptr<CodePage>> pages_;  // by physical page number
  std::bitset<kFilter> maybe_;  // false: surely no page with this number modulo kFilter
};

}  // namespace faultline
