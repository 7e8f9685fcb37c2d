// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page-walk caches: for each level a small cache of pointers, so that a walk can skip the
// levels above. A pointer of level i covers what one entry of level i maps, and is tagged like a
// TLB entry with the part of the address above that, the ASID, and global. Only valid pointers are
// kept. Fences: sfence.vma without an address drops pointers as it drops leaves. With an address it
// need not (RISC-V Privileged 1.12, 4.2.1: leaf entries only), but may; see
// WalkCacheParams::address_fence_drops.
//
// All walk engines share them, with a port each. Like registers, they change at the end of a cycle:
// all lookups of a cycle see the state at its beginning, after its fence; then the effects of
// lookups (on the replacement state) and insertions apply, in the order of the engines' numbers.
// Lookups are counted at once, the effects when they apply.

#include <array>
#include <memory>
#include <vector>

#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/params.h"
#include "models/mmu/tlb.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk.h"

namespace faultline {

class WalkCache {
 public:
  /// `params` must have passed check().
  WalkCache(const WalkCacheParams& params, StatGroup& stats);

  // The cycle `now` never decreases from call to call. A fence is the first operation of its cycle;
  // an engine has at most one in each.

  /// Looks all levels up for the walk on `engine`; true if one hits. Then `position` is where the
  /// walk goes on: the table that the deepest pointer found points to.
  bool lookup(Cycles now, unsigned engine, VirtAddr va, Asid asid, WalkPosition& position);
  /// Keeps the pointer that led from the level above to `next`; 2^`page_shift` bytes is what it
  /// maps.
  void insert(Cycles now, unsigned engine, VirtAddr va, Asid asid, const WalkPosition& next,
              unsigned page_shift);

  void fence(Cycles now, const FenceScope& scope);
  void flush(Cycles now);
  /// Applies the effects of all cycles before `now`, as every other operation does first. For
  /// whoever looks at the statistics.
  void settle(Cycles now);

  [[nodiscard]] bool enabled() const { return enabled_; }
  [[nodiscard]] Cycles latency_cycles() const { return latency_cycles_; }
  /// The cache of pointers of `level`; null if there is none.
  [[nodiscard]] const Tlb* level(unsigned level) const { return levels_[level].get(); }

 private:
  /// What an operation does at the end of its cycle: a touch of an entry, or an insertion.
  struct Effect {
    unsigned engine = 0;
    Tlb::Index touched = Tlb::kNone;  // kNone: an insertion, of what follows
    std::uint8_t level = 0;
    std::uint8_t page_shift = 0;
    bool global = false;
    Asid asid = 0;
    VirtAddr va{};
    PhysAddr table{};
  };
  void defer(Cycles now, const Effect& effect);
  void apply(const Effect& effect);

  bool enabled_;
  bool address_fence_drops_;
  Cycles latency_cycles_;
  std::array<std::unique_ptr<Tlb>, WalkCacheParams::kMaxLevels> levels_{};
  std::vector<Effect> effects_;  // of cycle effects_of_, by engine
  Cycles effects_of_ = 0;
};

}  // namespace faultline
