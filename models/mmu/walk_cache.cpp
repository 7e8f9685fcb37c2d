// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk_cache.h"

#include <algorithm>
#include <cassert>
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

bool WalkCache::lookup(Cycles now, unsigned engine, VirtAddr va, Asid asid,
                       WalkPosition& position) {
  settle(now);
  bool found = false;
  for (unsigned i = 0; i < levels_.size(); ++i) {
    if (levels_[i] == nullptr) continue;
    const Tlb::Index index = levels_[i]->probe(va, asid);
    if (index == Tlb::kNone) continue;
    const Leaf& pointer = levels_[i]->leaf(index);
    defer(now, {.engine = engine, .touched = index, .level = static_cast<std::uint8_t>(i)});
    if (found) continue;  // the levels are looked up together
    position = {pointer.page, static_cast<std::uint8_t>(i - 1), (pointer.flags & kPteG) != 0};
    found = true;
  }
  return found;
}

void WalkCache::insert(Cycles now, unsigned engine, VirtAddr va, Asid asid,
                       const WalkPosition& next, unsigned page_shift) {
  settle(now);
  const auto level = static_cast<std::uint8_t>(next.level + 1);
  if (levels_[level] == nullptr) return;
  defer(now, {.engine = engine,
              .level = level,
              .page_shift = static_cast<std::uint8_t>(page_shift),
              .global = next.global,
              .asid = asid,
              .va = va,
              .table = next.table});
}

void WalkCache::fence(Cycles now, const FenceScope& scope) {
  settle(now);
  if (scope.has_address && !address_fence_drops_) return;
  for (const auto& level : levels_) {
    if (level != nullptr) level->fence(scope);
  }
}

void WalkCache::flush(Cycles now) {
  settle(now);
  for (const auto& level : levels_) {
    if (level != nullptr) level->flush();
  }
}

void WalkCache::settle(Cycles now) {
  if (effects_.empty() || effects_of_ >= now) return;
  for (const Effect& effect : effects_) apply(effect);
  effects_.clear();
}

void WalkCache::defer(Cycles now, const Effect& effect) {
  assert((effects_.empty() || effects_of_ == now) && "time went backwards");
  effects_of_ = now;
  effects_.insert(std::ranges::upper_bound(effects_, effect.engine, {}, &Effect::engine), effect);
}

void WalkCache::apply(const Effect& effect) {
  Tlb& tlb = *levels_[effect.level];
  if (effect.touched != Tlb::kNone) {
    tlb.refresh(effect.touched);
    return;
  }
  Leaf pointer;
  pointer.page = effect.table;
  pointer.page_shift = effect.page_shift;
  pointer.level = effect.level;
  pointer.flags = static_cast<std::uint8_t>(kPteV | (effect.global ? kPteG : 0));
  tlb.insert(effect.va, effect.asid, pointer);
}

}  // namespace faultline
