// SPDX-License-Identifier: Apache-2.0
#pragma once

// What does the walks of one MMU, cycle by cycle: the queue, the walk engines and the walk caches,
// behind one interface, so that the C++ model (cpp_walk_engine.h) and the verilated RTL
// (models/rtl/rtl_walk_engine.h) can take each other's place. Both keep to the contract of
// walker.h, and both wait for other processes at the same points, so that nothing else in the
// machine can tell them apart.

#include <functional>
#include <memory>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/pmp.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk_port.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// One translation that is to be walked.
struct WalkRequest {
  VirtAddr address{};
  AccessType access = AccessType::Load;
  TranslationContext context{};
};

class WalkEngine {
 public:
  virtual ~WalkEngine() = default;

  /// Walks; the clock is advanced to `finished`. Returns the record, whose status tells the result;
  /// it stays valid until the calling thread waits. `leaf` is set if the status is None.
  /// `cacheable` becomes false if a fence came while the walk was under way: its result is right
  /// for this access but may not be kept. To be called at the clock's true time
  /// (LocalClock::before_shared()), from any number of SystemC threads.
  virtual const WalkRecord& walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                                 bool& cacheable) = 0;

  /// sfence.vma in cycle `now`, which is true time; of the events of that cycle it comes first.
  virtual void fence(Cycles now, const FenceScope& scope) = 0;
  /// Empties the walk caches as a change of fidelity does; counted nowhere.
  virtual void flush(Cycles now) = 0;
};

/// What an engine works with; all of it outlives the engine.
struct WalkEngineParts {
  const MmuParams& params;  ///< has passed check()
  const Pmp& pmp;
  const MemoryMap& map;
  WalkPort& port;
  StatGroup& walk_cache_stats;  ///< the group `walk_cache`: the same statistics from every engine

  /// PMP and PMA for an implicit access to an entry: S-mode privilege (RISC-V Privileged 1.12,
  /// 3.7.1), main memory only.
  [[nodiscard]] bool entry_allowed(PhysAddr address, unsigned bytes, AccessType access) const {
    return map.kind_of(address, bytes) == RegionKind::Memory &&
           pmp.allows(address, bytes, access, Privilege::Supervisor);
  }
};

using WalkEngineFactory = std::function<std::unique_ptr<WalkEngine>(const WalkEngineParts&)>;

}  // namespace faultline
