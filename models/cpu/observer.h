// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a hart tells whoever measures it from outside. Nothing is added to the guest's software for
// this. A hart calls its observer only at page faults and, while the observer asks for it, at
// jumps, traps and the replay of the faulting access, or before every instruction; otherwise an
// observer costs one test of a pointer.

#include <cstdint>
#include <optional>

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
  std::uint64_t pte = 0;  ///< the leaf entry that translated it, as the walk or the TLB had it; 0:
                          ///< none did
};

/// A page fault (scause 12, 13, 15): the access, and the trap that it became.
struct FaultEvent {
  ObservedAccess access{};
  std::uint64_t satp = 0;
  Cycles trap_entered = 0;  ///< cycle in which the first instruction of the handler can be fetched
};

/// What a call hands over: the registers after the jump.
struct CallRegisters {
  std::uint64_t ra = 0;  ///< x1
  std::uint64_t sp = 0;  ///< x2
  std::uint64_t a0 = 0;  ///< x10, the first argument
  std::uint64_t a1 = 0;  ///< x11, the second
};

/// An access that failed and is about to be made again.
struct AwaitedAccess {
  VirtAddr pc{};
  VirtAddr address{};
  AccessType access = AccessType::Load;
};

/// Called from the hart's thread, at the hart's local time. Calls may not wait.
class HartObserver {
 public:
  virtual ~HartObserver() = default;

  /// A page fault was raised and the trap taken. Returns true if the observer wants the calls below
  /// until it says otherwise.
  virtual bool fault_raised(const FaultEvent& event) = 0;
  /// A jal or jalr, also one without a link (a jump within a function, or a tail call) to `target`.
  /// `now`: first cycle of the target. Returns true to be called further.
  virtual bool jumped(Cycles now, VirtAddr target, const CallRegisters& registers) = 0;
  /// An interrupt or exception other than a reported fault was taken to `handler`.
  virtual bool trapped(Cycles now, std::uint64_t cause, VirtAddr handler) = 0;
  /// An xRET leaves for `target` at privilege `to`. Returns the access that the instruction at
  /// `target` will make again, to have it reported by replayed(); nothing if it is no such
  /// instruction.
  virtual std::optional<AwaitedAccess> returned(Cycles now, VirtAddr target, Privilege to) = 0;
  /// The first instruction after an xRET has retired at `now` (first cycle of the next
  /// instruction). `access`: its translated access that corresponds to the awaited one (the fetch
  /// for a fetch fault, else the data access). Returns true to be called further.
  virtual bool replayed(Cycles now, const ObservedAccess& access) = 0;
  /// The hart is about to execute the instruction at `pc`: `now` is the first cycle after the one
  /// before it. Only while instructions are observed (Hart::observe_instructions_from). Returns
  /// true to be called before the next one too.
  virtual bool reached(Cycles /*now*/, VirtAddr /*pc*/, Privilege /*privilege*/) { return false; }
  /// The hart changed its fidelity at `now`; `timed`: to cycle fidelity.
  virtual void fidelity_changed(Cycles now, bool timed) = 0;
  /// The guest executed a marker (docs/guide.md, "Markers").
  virtual void marked(Cycles now, unsigned marker) = 0;
};

}  // namespace faultline
