// SPDX-License-Identifier: Apache-2.0
#pragma once

// Physical memory protection (RISC-V Privileged 1.12, 3.7): 16 entries, OFF/TOR/NA4/NAPOT, lock, a
// granularity of 4 bytes. Plain state and its rules; it takes no time: the checks are made beside
// the access they guard. Not modelled: Smepmp.

#include <array>
#include <cstdint>

#include "models/common/types.h"

namespace faultline {

/// Bits of a pmpcfg byte (3.7.1, figure 3.29).
inline constexpr std::uint8_t kPmpR = 1 << 0;
inline constexpr std::uint8_t kPmpW = 1 << 1;
inline constexpr std::uint8_t kPmpX = 1 << 2;
inline constexpr std::uint8_t kPmpA = 3 << 3;  ///< address matching: 0 OFF, 1 TOR, 2 NA4, 3 NAPOT
inline constexpr std::uint8_t kPmpL = 1 << 7;  ///< locked, and enforced in M mode

/// The protection unit of one hart: its CSRs write it; fetch, load, store and walks ask it.
class Pmp {
 public:
  static constexpr unsigned kEntries = 16;

  /// pmpcfg0 (`index` 0: entries 0..7) or pmpcfg2 (`index` 1: entries 8..15) of RV64.
  [[nodiscard]] std::uint64_t config(unsigned index) const;
  /// Writes all eight bytes; locked entries keep theirs, and W=1 with R=0 (reserved) reads back as
  /// W=0.
  void write_config(unsigned index, std::uint64_t value);
  /// pmpaddr0 ... pmpaddr15: address bits 55:2.
  [[nodiscard]] std::uint64_t address(unsigned entry) const { return entries_[entry].address; }
  /// Ignored if the entry is locked, or if it is the base of a locked TOR entry.
  void write_address(unsigned entry, std::uint64_t value);
  /// All entries OFF and unlocked.
  void reset();

  /// Whether an access of `bytes` at `address` may be made. The lowest-numbered entry that matches
  /// any byte decides; it must match all of them. If none matches, M mode may and S and U may not.
  [[nodiscard]] bool allows(PhysAddr address, unsigned bytes, AccessType access,
                            Privilege privilege) const;

  /// Set in page_permissions() if entry boundaries lie inside the page: ask allows() each time.
  static constexpr std::uint8_t kMixed = 0x80;
  /// What `privilege` may do anywhere in the 4 KiB page of `page`: kPmpR | kPmpW | kPmpX, or
  /// kMixed. Valid until generation() changes.
  [[nodiscard]] std::uint8_t page_permissions(PhysAddr page, Privilege privilege) const;

  /// Changes with every write that may change an answer.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  struct Entry {
    std::uint64_t address = 0;  // as written: bits 55:2
    std::uint8_t config = 0;
  };
  // What an entry that is not OFF matches: bytes [first, end).
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::uint8_t config = 0;
  };

  // The lowest-numbered range that matches any byte of [first, end); null if there is none.
  [[nodiscard]] const Range* find(std::uint64_t first, std::uint64_t end) const;
  [[nodiscard]] static std::uint8_t permissions(const Range& range, Privilege privilege);
  [[nodiscard]] Range range_of(unsigned entry) const;
  void update_ranges();

  std::array<Entry, kEntries> entries_{};
  std::array<Range, kEntries> ranges_{};  // of the entries that match something, in their order
  unsigned range_count_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace faultline
