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
  kOutcome,        ///< row: outcome_row(); column: AbortStatus
  kRights,         ///< row: rights_row(); column: rights_column()
  kAccessedDirty,  ///< row: AccessType x 2 + ADUE; column: A x 2 + D
  kEntries,        ///< row: level; column: EntryFault
  kReservedBits,   ///< row: 0 leaf, 1 pointer; column: bit - kLowestReserved
  kMisaligned,     ///< row: level - 1; column: which level's part of the page number
  kCanonical,      ///< row: levels - 3; column: bit - kLowestUpper
  kFences,         ///< row: FenceRow; column: form
  kArcs,           ///< row: state of the RTL; column: its next state
  kWalkCaches,     ///< row: level - 1; column: CacheEvent
  kRefusals,       ///< row: 0 read, 1 update; column: Refuser
  kMoments,        ///< row: Moment
};

inline constexpr unsigned kMaxLevels = 5;
inline constexpr unsigned kLowestReserved = 54;  ///< bits 63:54 of an entry
inline constexpr unsigned kLowestUpper = 38;     ///< Sv39's highest bit that is translated
inline constexpr unsigned kStates = 9;           ///< state_e of rtl/faultline_pkg.sv
inline constexpr unsigned kQueuedRow = kStates;  ///< of kFences: the request is in the queue

enum EntryFault : std::uint8_t {
  kInvalid,
  kWriteOnly,
  kReservedInLeaf,
  kReservedInPointer,
  kDirtyPointer,
  kAccessedPointer,
  kUserPointer,
  kLowestPointer,
};

enum CacheEvent : std::uint8_t { kFirstBelow, kFill, kEviction, kFenced };

enum Refuser : std::uint8_t { kHole, kDevice, kNoBytes, kPmp, kBus };

/// Points in time and what meets there.
enum Moment : std::uint8_t {
  kTakenAtOnce,
  kWaitedInQueue,
  kWaitedOutside,
  kBackToBack,
  kFenceAtStart,
  kKept,
  kNotKept,
  kGlobalLeaf,
  kGlobalPointer,
  kNotGlobal,
  kUpdateStored,
  kUpdateLost,
  kUpdatesGivenUp,
  kAnswerAfterOneCycle,
  kAnswerLater,
  kGrantedAtOnce,
  kGrantedLater,
  kGrantWithAnswer,
  kTwoLookUps,
  kTwoFills,
  kTwoRequests,
  kTwoAnswers,
  kTwoEnds,
};

[[nodiscard]] std::vector<CoverTable> make_tables();
/// Adds what a design with `params` can reach.
void widen(std::vector<CoverTable>& tables, const MmuParams& params);

}  // namespace faultline::walk_bins
