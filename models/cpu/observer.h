// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a hart tells whoever measures it from outside. Nothing is added to the guest's software for
// this. A hart calls its observer only at page faults and, while the observer asks for it, at
// jumps, traps and the replay of the faulting access; otherwise an observer costs one test of a
// pointer.

#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// One access that the MMU translated while somebody watched.
struct ObservedAccess {
  VirtAddr pc{};
  VirtAddr address{};
  AccessType access = AccessType::Load;
  Privilege privilege = Privilege::User;
  TranslationTimes times{};
  const WalkRecord* walk = nullptr;  ///< valid during the call only; null if the TLBs sufficed
  Abort abort{};                     ///< status None for an access that went through
};

/// A page fault (scause 12, 13, 15): the access, and the trap that it became.
struct FaultEvent {
  ObservedAccess access{};
  std::uint64_t satp = 0;
  Cycles trap_entered = 0;  ///< cycle in which the first instruction of the handler can be fetched
};

/// Called from the hart's thread, at the hart's local time. Calls may not wait.
class HartObserver {
 public:
  virtual ~HartObserver() = default;

  /// A page fault was raised and the trap taken. Returns true if the observer wants the calls below
  /// until it says otherwise.
  virtual bool fault_raised(const FaultEvent& event) = 0;
  /// A jal or jalr, also one without a link (a jump within a function, or a tail call): `target` is
  /// where it goes, `ra` is x1 after the jump, `sp` is x2. `now`: first cycle of the target.
  /// Returns true to be called further.
  virtual bool jumped(Cycles now, VirtAddr target, std::uint64_t ra, std::uint64_t sp) = 0;
  /// An interrupt or exception other than a reported fault was taken to `handler`.
  virtual bool trapped(Cycles now, std::uint64_t cause, VirtAddr handler) = 0;
  /// An xRET that leaves for `target` at privilege `to`. If this returns true and `target` is the
  /// pc of a fault that is being watched, the hart reports that instruction's accesses by
  /// replayed().
  virtual bool returned(Cycles now, VirtAddr target, Privilege to) = 0;
  /// The first instruction after an xRET has retired at `now` (first cycle of the next
  /// instruction). `access`: its translated access that corresponds to the watched fault (the fetch
  /// for a fetch fault, else the data access).
  virtual bool replayed(Cycles now, const ObservedAccess& access) = 0;
  /// The hart changed its fidelity at `now`; `timed`: to cycle fidelity.
  virtual void fidelity_changed(Cycles now, bool timed) = 0;
  /// The guest executed a marker (docs/guide.md, "Markers").
  virtual void marked(Cycles now, unsigned marker) = 0;
};

}  // namespace faultline
