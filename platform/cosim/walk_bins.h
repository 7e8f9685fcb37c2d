// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tables of the walkers' coverage, with the written rule of each: which of its bins a design
// can reach.

#include <cstdint>
#include <vector>

#include "models/mmu/params.h"
#include "platform/cosim/coverage.h"

namespace faultline::walk_bins {

/// The tables in their order.
enum Table : std::uint8_t {
  Outcome,        ///< row: outcome_row(); column: AbortStatus
  Rights,         ///< row: rights_row(); column: rights_column()
  AccessedDirty,  ///< row: AccessType x 2 + ADUE; column: A x 2 + D
  Entries,        ///< row: level; column: EntryFault
  ReservedBits,   ///< row: 0 leaf, 1 pointer; column: bit - kLowestReserved
  Misaligned,     ///< row: level - 1; column: which level's part of the page number
  Canonical,      ///< row: levels - 3; column: bit - kLowestUpper
  Fences,         ///< row: FenceRow; column: form
  Arcs,           ///< row: state of the RTL; column: its next state
  WalkCaches,     ///< row: level - 1; column: CacheEvent
  Refusals,       ///< row: 0 read, 1 update; column: Refuser
  Moments,        ///< row: Moment
};

inline constexpr unsigned kMaxLevels = 5;
inline constexpr unsigned kLowestReserved = 54;  ///< bits 63:54 of an entry
inline constexpr unsigned kLowestUpper = 38;     ///< Sv39's highest bit that is translated
inline constexpr unsigned kStates = 9;           ///< state_e of rtl/faultline_pkg.sv
inline constexpr unsigned kQueuedRow = kStates;  ///< of Fences: the request is in the queue

enum EntryFault : std::uint8_t {
  Invalid,
  WriteOnly,
  ReservedInLeaf,
  ReservedInPointer,
  DirtyPointer,
  AccessedPointer,
  UserPointer,
  LowestPointer,
};

enum CacheEvent : std::uint8_t { FirstBelow, Fill, Eviction, Fenced };

enum Refuser : std::uint8_t { ByHole, ByDevice, ByNoBytes, ByPmp, ByBus };

/// Points in time and what meets there.
enum Moment : std::uint8_t {
  TakenAtOnce,
  WaitedInQueue,
  WaitedOutside,
  BackToBack,
  FenceAtStart,
  Kept,
  NotKept,
  GlobalLeaf,
  GlobalPointer,
  NotGlobal,
  UpdateStored,
  UpdateLost,
  UpdatesGivenUp,
  AnswerAfterOneCycle,
  AnswerLater,
  GrantedAtOnce,
  GrantedLater,
  GrantWithAnswer,
  TwoLookUps,
  TwoFills,
  TwoRequests,
  TwoAnswers,
  TwoEnds,
};

[[nodiscard]] std::vector<CoverTable> make_tables();
/// Adds what a design with `params` can reach.
void widen(std::vector<CoverTable>& tables, const MmuParams& params);

}  // namespace faultline::walk_bins
