// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk_cache.h"

#include <string>

namespace faultline {

WalkCache::WalkCache(const WalkCacheParams& params, StatGroup& stats)
    : enabled_(params.enabled()),
      address_fence_drops_(params.address_fence_drops),
      latency_cycles_(params.enabled() ? params.latency_cycles : 0) {
  for (unsigned i = 0; i < params.level.size(); ++i) {
    if (params.level[i].entries == 0) continue;
    const TlbParams level{.entries = params.level[i].entries,
                          .ways = params.level[i].ways,
                          .latency_cycles = params.latency_cycles,
                          .replacement = params.replacement,
                          .seed = params.seed};
    levels_[i] = std::make_unique<Tlb>(level, stats.group("level" + std::to_string(i)));
  }
}

bool WalkCache::lookup(VirtAddr va, Asid asid, WalkPosition& position) {
  bool found = false;
  for (unsigned i = 0; i < levels_.size(); ++i) {
    if (levels_[i] == nullptr) continue;
    const Tlb::Index index = levels_[i]->lookup(va, asid);
    if (index == Tlb::kNone || found) continue;  // the levels are looked up together
    const Leaf& pointer = levels_[i]->leaf(index);
    position = {pointer.page, static_cast<std::uint8_t>(i - 1), (pointer.flags & kPteG) != 0};
    found = true;
  }
  return found;
}

void WalkCache::insert(VirtAddr va, Asid asid, const WalkPosition& next, unsigned page_shift) {
  const unsigned level = next.level + 1U;
  if (levels_[level] == nullptr) return;
  Leaf pointer;
  pointer.page = next.table;
  pointer.page_shift = static_cast<std::uint8_t>(page_shift);
  pointer.level = static_cast<std::uint8_t>(level);
  pointer.flags = static_cast<std::uint8_t>(kPteV | (next.global ? kPteG : 0));
  levels_[level]->insert(va, asid, pointer);
}

void WalkCache::fence(const FenceScope& scope) {
  if (scope.has_address && !address_fence_drops_) return;
  for (const auto& level : levels_) {
    if (level != nullptr) level->fence(scope);
  }
}

void WalkCache::flush() {
  for (const auto& level : levels_) {
    if (level != nullptr) level->flush();
  }
}

}  // namespace faultline
