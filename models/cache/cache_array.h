// SPDX-License-Identifier: Apache-2.0
#pragma once

// The state of a set-associative, write-back cache: tags, dirty and pending marks, replacement. Not
// modelled: the data, which live at their home in memory, and time.

#include <cstdint>
#include <vector>

#include "models/common/replacement.h"
#include "models/common/types.h"

namespace faultline {

/// Number of a line in physical memory: address >> kLineShift.
using LineNumber = std::uint64_t;

[[nodiscard]] constexpr LineNumber line_of(PhysAddr address) {
  return address.value >> kLineShift;
}
[[nodiscard]] constexpr PhysAddr address_of(LineNumber line) {
  return PhysAddr{line << kLineShift};
}

/// A slot holds no line, or a line that is pending (its way is taken, its data are not there yet),
/// or one that is present, clean or dirty. No line is in two slots.
class CacheArray {
 public:
  /// Index of a slot: set * ways + way.
  using Slot = std::uint32_t;
  static constexpr Slot kNoSlot = ~Slot{0};

  /// A slot that was made free for a line, and what had to leave for it.
  struct Reservation {
    Slot slot = kNoSlot;    ///< kNoSlot: every way of the set is pending; no line has changed
    bool evicted = false;   ///< a line had to leave
    bool dirty = false;     ///< and it was dirty
    LineNumber victim = 0;  ///< which
  };

  /// `sets` is a power of two.
  CacheArray(unsigned sets, unsigned ways, ReplacementKind replacement, std::uint64_t seed);

  /// If the line is present: touches it, marks it dirty for a store and returns true. Otherwise
  /// changes nothing. The slot that a set used last is looked at first; it is the youngest already,
  /// so that touching it again would not change any later choice of a victim and is left out.
  bool hit(LineNumber line, bool store) {
    const std::size_t set = line & set_mask_;
    Slot slot = last_used_[set];
    if (tags_[slot] != line) [[unlikely]] {
      slot = search(line);
      if (slot == kNoSlot) return false;
      touch(slot);
    }
    dirty_[slot] |= static_cast<std::uint8_t>(store);
    return true;
  }

  /// The slot of a line that is present; kNoSlot if it is pending or absent.
  [[nodiscard]] Slot search(LineNumber line) const;
  /// Takes a slot for `line`, which is neither present nor pending: one without a line if there is
  /// one, else the replacement policy's victim, else (the victim being pending) the next way that
  /// is not. The line counts as used now and is pending until settle().
  Reservation reserve(LineNumber line);
  /// The data of a pending line have come.
  void settle(Slot slot, bool dirty);
  /// Frees a slot, whatever it holds.
  void drop(Slot slot);
  /// The dirty data of a present line have gone home.
  void clean(Slot slot) { dirty_[slot] = 0; }

  [[nodiscard]] Slot slots() const { return static_cast<Slot>(tags_.size()); }
  /// For a slot that holds a present line.
  [[nodiscard]] LineNumber line_in(Slot slot) const { return tags_[slot]; }
  [[nodiscard]] bool is_present(Slot slot) const { return (tags_[slot] & kNotPresent) == 0; }
  [[nodiscard]] bool is_dirty(Slot slot) const { return dirty_[slot] != 0; }

 private:
  // Line numbers have 58 bits. The marks keep a slot from ever matching one.
  static constexpr std::uint64_t kPending = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kEmpty = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kNotPresent = kPending | kEmpty;

  [[nodiscard]] Slot first_slot(LineNumber line) const {
    return static_cast<Slot>(line & set_mask_) * ways_;
  }
  void touch(Slot slot);
  Slot choose(LineNumber line);

  unsigned ways_;
  std::uint64_t set_mask_;
  std::vector<std::uint64_t> tags_;  // by slot: the line, with a mark if it is not present
  std::vector<std::uint8_t> dirty_;  // by slot
  std::vector<Slot> last_used_;      // by set
  Replacement replacement_;
};

}  // namespace faultline
