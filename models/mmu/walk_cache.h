// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page-walk caches: for each level a small cache of pointers, so that a walk can skip the
// levels above. A pointer of level i covers what one entry of level i maps, and is tagged like a
// TLB entry with the part of the address above that, the ASID, and global. Only valid pointers are
// kept. Fences: sfence.vma without an address drops pointers as it drops leaves. With an address it
// need not (RISC-V Privileged 1.12, 4.2.1: leaf entries only), but may; see
// WalkCacheParams::address_fence_drops.

#include <array>
#include <memory>

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

  /// Looks all levels up; true if one hits. Then `position` is where the walk goes on: the table
  /// that the deepest pointer found points to.
  bool lookup(VirtAddr va, Asid asid, WalkPosition& position);
  /// Keeps the pointer that led from the level above to `next`; 2^`page_shift` bytes is what it
  /// maps.
  void insert(VirtAddr va, Asid asid, const WalkPosition& next, unsigned page_shift);

  void fence(const FenceScope& scope);
  void flush();

  [[nodiscard]] bool enabled() const { return enabled_; }
  [[nodiscard]] Cycles latency_cycles() const { return latency_cycles_; }
  /// The cache of pointers of `level`; null if there is none.
  [[nodiscard]] const Tlb* level(unsigned level) const { return levels_[level].get(); }

 private:
  bool enabled_;
  bool address_fence_drops_;
  Cycles latency_cycles_;
  std::array<std::unique_ptr<Tlb>, WalkCacheParams::kMaxLevels> levels_{};
};

}  // namespace faultline
