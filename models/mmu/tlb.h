// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation lookaside buffer: set-associative, with pages of every size side by side. It holds
// copies: an entry stays as it was read until it is fenced or evicted. Not modelled: ports and
// banks; a lookup takes the same time whatever else goes on.
//
// How it probes: a fully associative TLB compares all entries at once, whatever their size. A
// set-associative one indexes with the page number, so each page size that is in use probes a set
// of its own; the probes happen in parallel. At most one entry matches any address in any address
// space: insert() drops what the new entry overlaps. So an entry found once may be used again
// without a search as long as it matches().

#include <array>
#include <cstdint>
#include <vector>

#include "models/common/replacement.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/tlb_stats.h"
#include "models/mmu/translation.h"

namespace faultline {

class Tlb {
 public:
  /// Names an entry; stays usable as a hint for ever, since matches() says whether it still holds.
  using Index = std::uint32_t;
  static constexpr Index kNone = ~Index{0};

  /// `params` must have passed check(); `stats` is this TLB's own group.
  Tlb(const TlbParams& params, StatGroup& stats);
  Tlb(const Tlb&) = delete;
  Tlb& operator=(const Tlb&) = delete;

  /// One lookup: counts it, and on a hit updates the replacement state. The caller spends
  /// latency_cycles() and judges the entry's flags (LeafTest). kNone is a miss. Addresses that are
  /// not canonical always miss.
  Index lookup(VirtAddr va, Asid asid) {
    const Index index = find(va, asid);
    if (index != kNone) [[likely]] {
      touch(index);
    } else {
      ++stats_.lookups;
      ++stats_.misses;
    }
    return index;
  }

  /// True if `index`, from an earlier lookup of any address, is what lookup(va, asid) would find.
  [[nodiscard]] bool matches(Index index, VirtAddr va, Asid asid) const {
    const Tag& tag = tags_[index];
    return ((key(va, asid) ^ tag.value) & tag.mask) == 0;
  }
  /// All that lookup() does besides finding: the same statistics, the same replacement state.
  void touch(Index index) {
    ++stats_.lookups;
    ++stats_.hits;
    refresh(index);
  }

  /// The entry; meaningful while it matches.
  [[nodiscard]] const Leaf& leaf(Index index) const { return leaves_[index]; }
  /// The two halves of lookup(), for a structure whose replacement state changes at the end of the
  /// cycle only: first found and counted, then, on a hit, the replacement state updated.
  Index probe(VirtAddr va, Asid asid) {
    const Index index = find(va, asid);
    ++stats_.lookups;
    ++(index != kNone ? stats_.hits : stats_.misses);
    return index;
  }
  void refresh(Index index) { replacement_.touch(index >> way_bits_, index & way_mask_); }

  /// A search that nobody notices: no count, no replacement.
  [[nodiscard]] Index find(VirtAddr va, Asid asid) const;

  /// Puts in the page that `va` lies in, for `asid` or, if its kPteG is set, for all.
  Index insert(VirtAddr va, Asid asid, const Leaf& leaf);

  /// sfence.vma in exactly the scope of RISC-V Privileged 1.12, 4.2.1.
  void fence(const FenceScope& scope);
  void flush();

  [[nodiscard]] Cycles latency_cycles() const { return latency_cycles_; }
  [[nodiscard]] const TlbStats& stats() const { return stats_; }

 private:
  // Tag and key: VA[56:12] in bits 44:0, ASID in 60:45, bit 61 set in every key and every valid
  // tag, bit 62 set in keys of addresses that no format has (57 bits are Sv57's). A tag's mask
  // clears the page-number bits inside the page, and the ASID of a global entry. An invalid tag is
  // 0 with a full mask, which no key equals.
  struct Tag {
    std::uint64_t value = 0;
    std::uint64_t mask = ~std::uint64_t{0};
    [[nodiscard]] bool valid() const { return value != 0; }
    [[nodiscard]] bool global() const { return (mask & kAsidField) == 0; }
  };
  static constexpr unsigned kAsidShift = 45;
  static constexpr std::uint64_t kVpnField = (std::uint64_t{1} << kAsidShift) - 1;
  static constexpr std::uint64_t kAsidField = std::uint64_t{0xffff} << kAsidShift;
  static constexpr std::uint64_t kValidField = std::uint64_t{1} << 61;
  static constexpr std::uint64_t kOutsideField = std::uint64_t{1} << 62;

  [[nodiscard]] static std::uint64_t key(VirtAddr va, Asid asid) {
    const auto address = static_cast<std::int64_t>(va.value);
    const bool outside = (address >> 56) != (address >> 63);
    return ((va.value >> kPageShift) & kVpnField) | (std::uint64_t{asid} << kAsidShift) |
           kValidField | (outside ? kOutsideField : 0);
  }
  [[nodiscard]] unsigned set_of(VirtAddr va, unsigned page_shift) const {
    return static_cast<unsigned>(va.value >> page_shift) & set_mask_;
  }
  [[nodiscard]] Index find_in_set(unsigned set, std::uint64_t wanted) const;
  [[nodiscard]] unsigned way_to_fill(unsigned set);
  void drop_overlapping(const Tag& tag, VirtAddr va, unsigned page_shift);
  // Drop the valid entries whose tag fulfils the predicate; return how many. drop_covering looks
  // only where entries that cover `va` can be.
  template <typename Predicate>
  std::uint64_t drop_in_set(unsigned set, Predicate predicate);
  template <typename Predicate>
  std::uint64_t drop_anywhere(Predicate predicate);
  template <typename Predicate>
  std::uint64_t drop_covering(VirtAddr va, Predicate predicate);
  void drop(Index index);

  unsigned ways_;
  unsigned way_bits_;  // an index is set << way_bits | way; ways need not be a power of two
  Index way_mask_;
  unsigned set_mask_;
  Cycles latency_cycles_;
  std::vector<Tag> tags_;
  std::vector<Leaf> leaves_;
  Replacement replacement_;
  std::array<std::uint32_t, 64> entries_of_shift_{};  // valid entries by page shift
  std::uint64_t shifts_in_use_ = 0;                   // bit s: entries_of_shift_[s] != 0
  TlbStats stats_;
};

}  // namespace faultline
