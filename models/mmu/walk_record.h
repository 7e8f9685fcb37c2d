// SPDX-License-Identifier: Apache-2.0
#pragma once

// The WalkRecord: all that one table walk did, in order, with its cycles. It is the one currency in
// which the hart, the C++ walker and the RTL walker are compared, traced and counted.

#include <array>
#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/abort.h"

namespace faultline {

/// One read of a page-table entry.
struct PteRead {
  PhysAddr address{};
  std::uint64_t value = 0;  ///< 0 if the read was refused
  Cycles issued = 0;        ///< cycle in which the walker put the request to memory
  Cycles responded = 0;     ///< cycle in which the response arrived
  std::uint8_t level = 0;   ///< root = levels-1 ... 0
  ServedBy served_by = ServedBy::None;

  bool operator==(const PteRead&) const = default;
};

/// An update of A (and D) that the walker wrote (Svadu).
struct PteUpdate {
  PhysAddr address{};
  std::uint64_t old_value = 0;
  std::uint64_t new_value = 0;
  Cycles issued = 0;
  Cycles responded = 0;
  bool stored = false;  ///< false: the compare-and-set found another value and the walk read again

  bool operator==(const PteUpdate&) const = default;
};

/// One walk, from the request to the walker to its response.
struct WalkRecord {
  /// Sv57 has 5 levels; a lost compare-and-set reads its level again. More reads than this end in
  /// an abort (WalkAccessFault) rather than in an endless walk.
  static constexpr unsigned kMaxReads = 16;
  static constexpr unsigned kMaxUpdates = 8;

  VirtAddr address{};
  Asid asid = 0;
  AccessType access = AccessType::Load;
  Privilege privilege = Privilege::User;
  std::uint8_t engine = 0;  ///< which walk engine did it

  Cycles requested = 0;  ///< cycle in which the walk was put into the walker's queue
  Cycles started = 0;    ///< cycle in which a walker took it
  Cycles finished = 0;   ///< cycle in which its result can be used

  std::uint8_t walk_cache_level =
      0;  ///< level of the first entry read; levels-1 if no walk cache hit
  std::uint8_t read_count = 0;
  std::uint8_t update_count = 0;
  std::array<PteRead, kMaxReads> reads{};
  std::array<PteUpdate, kMaxUpdates> updates{};

  AbortStatus status = AbortStatus::None;
  std::uint8_t leaf_level = 0;  ///< level of the leaf, or of the entry that decided the abort
  std::uint64_t leaf_pte = 0;   ///< the leaf as it stands after updates; 0 on abort
};

}  // namespace faultline
