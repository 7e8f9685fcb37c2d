// SPDX-License-Identifier: Apache-2.0
#include "models/cache/cache_array.h"

#include <bit>
#include <cassert>

namespace faultline {

CacheArray::CacheArray(unsigned sets, unsigned ways, ReplacementKind replacement,
                       std::uint64_t seed)
    : ways_(ways),
      set_mask_(sets - 1),
      tags_(std::size_t{sets} * ways, kEmpty),
      dirty_(std::size_t{sets} * ways, 0),
      last_used_(sets),
      replacement_(replacement, sets, ways, seed) {
  assert(std::has_single_bit(sets));
  for (unsigned set = 0; set < sets; ++set) last_used_[set] = set * ways;
}

CacheArray::Slot CacheArray::search(LineNumber line) const {
  const Slot first = first_slot(line);
  for (Slot slot = first; slot < first + ways_; ++slot) {
    if (tags_[slot] == line) return slot;
  }
  return kNoSlot;
}

void CacheArray::touch(Slot slot) {
  const unsigned set = slot / ways_;
  replacement_.touch(set, slot % ways_);
  last_used_[set] = slot;
}

CacheArray::Slot CacheArray::choose(LineNumber line) {
  const Slot first = first_slot(line);
  for (Slot slot = first; slot < first + ways_; ++slot) {
    if ((tags_[slot] & kEmpty) != 0) return slot;
  }
  const unsigned victim = replacement_.victim(first / ways_);
  for (unsigned i = 0; i < ways_; ++i) {
    const Slot slot = first + (victim + i) % ways_;
    if ((tags_[slot] & kPending) == 0) return slot;
  }
  return kNoSlot;
}

CacheArray::Reservation CacheArray::reserve(LineNumber line) {
  const Slot slot = choose(line);
  if (slot == kNoSlot) return {};
  Reservation result{.slot = slot};
  if (is_present(slot)) {
    result.evicted = true;
    result.dirty = is_dirty(slot);
    result.victim = line_in(slot);
  }
  const unsigned set = slot / ways_;
  tags_[slot] = line | kPending;
  dirty_[slot] = 0;
  replacement_.fill(set, slot % ways_);
  last_used_[set] = slot;
  return result;
}

void CacheArray::settle(Slot slot, bool dirty) {
  assert((tags_[slot] & kPending) != 0);
  tags_[slot] &= ~kPending;
  dirty_[slot] = static_cast<std::uint8_t>(dirty);
}

void CacheArray::drop(Slot slot) {
  tags_[slot] = kEmpty;
  dirty_[slot] = 0;
}

}  // namespace faultline
