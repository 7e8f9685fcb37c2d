// SPDX-License-Identifier: Apache-2.0
#pragma once

// The table walkers of one MMU, cycle by cycle. A walk runs in the thread of whoever asked, on its
// local clock; several initiators contend for the queue and the walkers. Not modelled: two walks
// for the same page are not merged; the walk caches and the port to memory serve all walkers at
// once.
//
// One walk is this sequence. "Cycles" is the time spent in a state; an action with a time stamp
// happens at the end of its state.
//
//   state       cycles         what happens                                      next
//   ----------  -------------  ------------------------------------------------  ----------
//   Queued      until one is   the request waits for a walker                    Accept
//               free
//   Accept      accept_cycles  stamp `started` at its beginning                  LookUp
//   LookUp      walk_cache     all walk caches are looked up at once; the walk
//               .latency       goes on below the deepest hit (this state is
//                              skipped if there are no walk caches)              Issue
//   Issue       issue_cycles   entry address formed, PMP and PMA checked; stamp
//                              `issued`: the request is put to memory            Wait
//                              refused: WalkAccessFault                          Respond
//   Wait        memory's       stamp `responded`: the entry's value is there     Decode
//   Decode      decode_cycles  steps 3 to 7 of 4.3.2: a pointer (it enters its
//                              walk cache now)                                   Issue
//                              a leaf that is good, or an abort                  Respond
//                              a leaf whose A or D is to be set (Svadu)          Update
//   Update      update_cycles  PMP and PMA checked for a store; stamp `issued`:
//                              the compare-and-set is put to memory              UpdateWait
//                              refused: WalkAccessFault                          Respond
//   UpdateWait  memory's       stamp `responded`: compared, and set if equal     Respond
//                              the entry had changed: it is read again           Issue
//   Respond     respond_cycles stamp `finished`: TLBs filled, result usable; the
//                              walker is free for the next request               (done)
//
// So a walk of n reads, each answered in m cycles, takes
//   accept + walk_cache + n x (issue + m + decode) + respond.

#include <array>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/pmp.h"
#include "models/mmu/timed_slots.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk.h"
#include "models/mmu/walk_cache.h"
#include "models/mmu/walk_port.h"
#include "models/mmu/walk_record.h"

namespace faultline {

class Walker {
 public:
  struct Request {
    VirtAddr address{};
    AccessType access = AccessType::Load;
    TranslationContext context{};
  };

  /// `params` must have passed check(); `pmp` and `map` must outlive the walker; `stats` is the
  /// walker's own group.
  Walker(const MmuParams& params, const Pmp& pmp, const MemoryMap& map, StatGroup& stats);

  /// Walks; the clock is advanced to `finished`. Returns the record, whose status tells the result;
  /// it stays valid until the calling thread waits. `leaf` is set if the status is None.
  /// `cacheable` becomes false if a fence came while the walk was under way: its result is right
  /// for this access but may not be kept.
  const WalkRecord& walk(LocalClock& clock, const Request& request, Leaf& leaf, bool& cacheable);

  void fence(const FenceScope& scope);
  void flush();

  [[nodiscard]] WalkPort& port() { return port_; }
  [[nodiscard]] const WalkPort& port() const { return port_; }
  [[nodiscard]] const WalkCache& walk_cache() const { return walk_cache_; }
  /// Walks that were answered, and the cycles from their requests to their answers.
  [[nodiscard]] std::uint64_t walks() const { return walks_; }
  [[nodiscard]] std::uint64_t walk_cycles() const { return walk_cycles_; }

 private:
  static constexpr std::size_t kSources = 7;  // values of ServedBy

  template <typename Format>
  class Sequence;
  /// What belongs to one walker.
  struct Unit {
    WalkRecord record{};
    WalkTransaction transaction;
  };

  /// PMP and PMA for an implicit access to an entry: S-mode privilege (3.7), main memory only.
  [[nodiscard]] bool entry_allowed(PhysAddr address, unsigned bytes, AccessType access) const;
  void count(const WalkRecord& record);
  void register_statistics(StatGroup& stats);

  MmuParams params_;
  const Pmp& pmp_;
  const MemoryMap& map_;
  WalkCache walk_cache_;
  WalkPort port_;
  TimedSlots queue_;
  TimedSlots walkers_;
  std::vector<Unit> units_;   // one a walker
  std::uint64_t fences_ = 0;  // tells a walk that a fence came while it was under way

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
