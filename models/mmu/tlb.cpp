// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/tlb.h"

#include <bit>
#include <cassert>

namespace faultline {

namespace {

unsigned ways_of(const TlbParams& params) {
  return params.ways == 0 ? params.entries : params.ways;
}

}  // namespace

Tlb::Tlb(const TlbParams& params, StatGroup& stats)
    : ways_(ways_of(params)),
      way_bits_(static_cast<unsigned>(std::bit_width(ways_ - 1))),
      way_mask_((Index{1} << way_bits_) - 1),
      set_mask_(params.entries / ways_ - 1),
      latency_cycles_(params.latency_cycles),
      tags_(std::size_t{params.entries / ways_} << way_bits_),
      leaves_(tags_.size()),
      replacement_(params.replacement, params.entries / ways_, ways_, params.seed) {
  stats_.register_statistics(stats);
}

Tlb::Index Tlb::find_in_set(unsigned set, std::uint64_t wanted) const {
  const Index first = Index{set} << way_bits_;
  for (Index index = first; index < first + ways_; ++index) {
    if (((wanted ^ tags_[index].value) & tags_[index].mask) == 0) return index;
  }
  return kNone;
}

Tlb::Index Tlb::find(VirtAddr va, Asid asid) const {
  const std::uint64_t wanted = key(va, asid);
  if (set_mask_ == 0) return find_in_set(0, wanted);
  for (std::uint64_t shifts = shifts_in_use_; shifts != 0; shifts &= shifts - 1) {
    const auto shift = static_cast<unsigned>(std::countr_zero(shifts));
    const Index index = find_in_set(set_of(va, shift), wanted);
    if (index != kNone) return index;
  }
  return kNone;
}

Tlb::Index Tlb::insert(VirtAddr va, Asid asid, const Leaf& leaf) {
  const std::uint64_t inside_page = (std::uint64_t{1} << (leaf.page_shift - kPageShift)) - 1;
  const bool global = (leaf.flags & kPteG) != 0;
  Tag tag;
  tag.mask = ~(inside_page | (global ? kAsidField : 0));
  tag.value = key(va, asid) & tag.mask;
  assert((tag.value & kOutsideField) == 0 && "no format maps such an address");
  drop_overlapping(tag, va, leaf.page_shift);

  const unsigned set = set_of(va, leaf.page_shift);
  const unsigned way = way_to_fill(set);
  const Index index = (Index{set} << way_bits_) | way;
  tags_[index] = tag;
  leaves_[index] = leaf;
  ++stats_.fills;
  if (++entries_of_shift_[leaf.page_shift] == 1) {
    shifts_in_use_ |= std::uint64_t{1} << leaf.page_shift;
  }
  replacement_.fill(set, way);
  return index;
}

unsigned Tlb::way_to_fill(unsigned set) {
  const Index first = Index{set} << way_bits_;
  for (unsigned way = 0; way < ways_; ++way) {
    if (!tags_[first + way].valid()) return way;
  }
  const unsigned way = replacement_.victim(set);
  drop(first + way);
  ++stats_.evictions;
  return way;
}

void Tlb::drop(Index index) {
  const std::uint8_t shift = leaves_[index].page_shift;
  if (--entries_of_shift_[shift] == 0) shifts_in_use_ &= ~(std::uint64_t{1} << shift);
  tags_[index] = Tag{};
}

template <typename Predicate>
std::uint64_t Tlb::drop_in_set(unsigned set, Predicate predicate) {
  std::uint64_t dropped = 0;
  const Index first = Index{set} << way_bits_;
  for (Index index = first; index < first + ways_; ++index) {
    if (!tags_[index].valid() || !predicate(tags_[index])) continue;
    drop(index);
    ++dropped;
  }
  return dropped;
}

template <typename Predicate>
std::uint64_t Tlb::drop_anywhere(Predicate predicate) {
  std::uint64_t dropped = 0;
  for (unsigned set = 0; set <= set_mask_ && shifts_in_use_ != 0; ++set) {
    dropped += drop_in_set(set, predicate);
  }
  return dropped;
}

template <typename Predicate>
std::uint64_t Tlb::drop_covering(VirtAddr va, Predicate predicate) {
  if (set_mask_ == 0) return drop_in_set(0, predicate);
  std::uint64_t dropped = 0;
  for (std::uint64_t shifts = shifts_in_use_; shifts != 0; shifts &= shifts - 1) {
    const auto shift = static_cast<unsigned>(std::countr_zero(shifts));
    dropped += drop_in_set(set_of(va, shift), predicate);
  }
  return dropped;
}

void Tlb::drop_overlapping(const Tag& tag, VirtAddr va, unsigned page_shift) {
  const auto overlaps = [&tag](const Tag& other) {
    return ((tag.value ^ other.value) & tag.mask & other.mask) == 0;
  };
  const bool holds_smaller = (shifts_in_use_ & ((std::uint64_t{1} << page_shift) - 1)) != 0;
  if (holds_smaller) {
    drop_anywhere(overlaps);  // smaller pages inside the new one may be in any set
  } else {
    drop_covering(va, overlaps);
  }
}

void Tlb::fence(const FenceScope& scope) {
  const std::uint64_t wanted = key(scope.address, scope.asid);
  if (!scope.has_address && !scope.has_asid) {
    stats_.fenced += drop_anywhere([](const Tag&) { return true; });
  } else if (!scope.has_address) {
    stats_.fenced += drop_anywhere([wanted](const Tag& tag) {
      return !tag.global() && ((wanted ^ tag.value) & kAsidField) == 0;
    });
  } else if (!scope.has_asid) {
    stats_.fenced += drop_covering(scope.address, [wanted](const Tag& tag) {
      return ((wanted ^ tag.value) & tag.mask & ~kAsidField) == 0;
    });
  } else {
    stats_.fenced += drop_covering(scope.address, [wanted](const Tag& tag) {
      return !tag.global() && ((wanted ^ tag.value) & tag.mask) == 0;
    });
  }
}

void Tlb::flush() {
  drop_anywhere([](const Tag&) { return true; });
}

}  // namespace faultline
