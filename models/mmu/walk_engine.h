// SPDX-License-Identifier: Apache-2.0
#pragma once

// What does the walks of one MMU, cycle by cycle: the queue, the walk engines and the walk caches,
// behind one interface, so that the C++ model (cpp_walk_engine.h) and the verilated RTL
// (models/rtl/rtl_walk_engine.h) can take each other's place. Both keep to what follows, and both
// wait for other processes at the same points, so that nothing else in the machine can tell them
// apart.
//
// One walk is this sequence. "Cycles" is the time spent in a state; an action with a time stamp
// happens at the end of its state.
//
//   state       cycles         what happens                                      next
//   ----------  -------------  ------------------------------------------------  ----------
//   Queued      until one is   the request waits for an engine                   Accept
//               idle
//   Accept      accept_cycles  stamp `started` at its beginning                  LookUp
//                              the address is not canonical                      Respond
//   LookUp      walk_cache     all walk caches are looked up at once; the walk
//               .latency       goes on below the deepest hit (this state is
//                              skipped if there are no walk caches)              Issue
//   Issue       issue_cycles   entry address formed, PMP and PMA checked; stamp
//                              `issued`: the request is put to memory            Wait
//                              refused, or the record is full: WalkAccessFault   Respond
//   Wait        memory's       stamp `responded`: the entry's value is there     Decode
//   Decode      decode_cycles  steps 3 to 7 of 4.3.2: a pointer (it enters its
//                              walk cache now)                                   Issue
//                              a leaf that is good, or an abort                  Respond
//                              a leaf whose A or D is to be set (Svadu)          Update
//   Update      update_cycles  PMP and PMA checked for a store; stamp `issued`:
//                              the compare-and-set is put to memory              UpdateWait
//                              refused, or the record is full: WalkAccessFault   Respond
//   UpdateWait  memory's       stamp `responded`: compared, and set if equal     Respond
//                              the entry had changed: it is read again           Issue
//   Respond     respond_cycles stamp `finished`: TLBs filled, result usable; the
//                              engine is idle in this very cycle                 (done)
//
// An error of memory (Wait, UpdateWait) is a WalkAccessFault as well, after Decode for a read and
// at once for an update. So a walk of n reads, each answered in m cycles, takes
//   accept + walk_cache + n x (issue + m + decode) + respond.
//
// The rules between walks, and for what happens in one cycle:
// 1. The port takes one request a cycle. Whoever finds it taken, or the queue full, waits outside,
//    first come first served. `requested` is the cycle in which the request gets in.
// 2. The queue is a FIFO of queue_depth places. A request may start in the cycle in which it gets
//    in; its place is free again in the cycle `started`.
// 3. One walk starts a cycle at most: the oldest request, on the idle engine of the lowest number.
//    An engine is idle from the cycle `finished` of its last walk.
// 4. The walk caches, one for each level, serve all engines at once, and change at the end of a
//    cycle (walk_cache.h).
// 5. A fence of cycle t comes before all else of cycle t. Nothing may be kept of what a walk
//    decides from then on: pointers, and the leaf (`cacheable`). It does not concern a walk that
//    starts in cycle t.
// 6. Memory takes at least one cycle, also for an error (walk_port.h).
// 7. Every step may take 0 cycles in the C++ model; in the RTL each takes at least one.

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

  /// sfence.vma in cycle `now`, which is true time. To be called before other threads act in that
  /// cycle, if there are any (SC_METHODs run before SC_THREADs).
  virtual void fence(Cycles now, const FenceScope& scope) = 0;
  /// Empties the walk caches as a change of fidelity does; counted nowhere.
  virtual void flush(Cycles now) = 0;
};

/// What an engine works with; all of it outlives the engine, the struct itself need not.
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
