// SPDX-License-Identifier: Apache-2.0
#pragma once

// The table walkers of one MMU: the engine that does the walks (walk_engine.h), its port to memory,
// and the statistics of walks, which are the same whatever the engine is built of. Not modelled:
// two walks for the same page are not merged; the port to memory serves all walks at once.

#include <array>
#include <memory>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/pmp.h"
#include "models/mmu/walk_engine.h"
#include "models/mmu/walk_port.h"
#include "models/mmu/walk_record.h"

namespace faultline {

class Walker {
 public:
  /// `params` must have passed check(); `pmp` and `map` must outlive the walker; `stats` is the
  /// walker's own group. `make_engine` builds what does the walks; null: CppWalkEngine.
  Walker(const MmuParams& params, const Pmp& pmp, const MemoryMap& map, StatGroup& stats,
         const WalkEngineFactory& make_engine = nullptr);

  /// WalkEngine::walk(), counted; from any time of the clock.
  const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                         bool& cacheable);
  /// WalkEngine::fence() and flush(); `now` is true time.
  void fence(Cycles now, const FenceScope& scope) { engine_->fence(now, scope); }
  void flush(Cycles now) { engine_->flush(now); }

  [[nodiscard]] WalkPort& port() { return port_; }
  [[nodiscard]] const WalkPort& port() const { return port_; }
  /// Walks that were answered, and the cycles from their start to their answers.
  [[nodiscard]] std::uint64_t walks() const { return walks_; }
  [[nodiscard]] std::uint64_t walk_cycles() const { return walk_cycles_; }

 private:
  static constexpr std::size_t kSources = 7;  // values of ServedBy

  void count(const WalkRecord& record);
  void register_statistics(StatGroup& stats);

  MmuParams params_;
  WalkPort port_;
  std::unique_ptr<WalkEngine> engine_;

  std::uint64_t walks_ = 0;
  std::uint64_t walk_cycles_ = 0;
  std::uint64_t queue_cycles_ = 0;
  std::uint64_t pte_reads_ = 0;
  std::uint64_t pte_updates_ = 0;
  std::uint64_t lost_updates_ = 0;
  std::array<std::uint64_t, WalkCacheParams::kMaxLevels> reads_by_level_{};
  std::array<std::uint64_t, kSources> reads_by_source_{};  // by ServedBy
};

}  // namespace faultline
