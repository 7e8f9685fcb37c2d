// SPDX-License-Identifier: Apache-2.0
#pragma once

// The walk engines in C++: each walk is a sequence of states in the thread of whoever asked.

#include <vector>

#include "models/mmu/walk_cache.h"
#include "models/mmu/walk_engine.h"
#include "models/mmu/walk_queue.h"

namespace faultline {

class CppWalkEngine final : public WalkEngine {
 public:
  explicit CppWalkEngine(const WalkEngineParts& parts);

  const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                         bool& cacheable) override;
  void fence(Cycles now, const FenceScope& scope) override;
  void flush(Cycles now) override;

 private:
  template <typename Format>
  class Sequence;
  /// What belongs to one engine.
  struct Unit {
    WalkRecord record{};
    WalkTransaction transaction;
  };

  WalkEngineParts parts_;
  WalkCache walk_cache_;
  WalkQueue queue_;
  std::vector<Unit> units_;
  Cycles last_fence_ = 0;  // tells a walk that a fence came while it was under way
};

}  // namespace faultline
