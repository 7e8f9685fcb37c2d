// SPDX-License-Identifier: Apache-2.0
#pragma once

// One round of the co-simulation of L2 TLBs: a random sequence of lookups, insertions and fences of
// a pool of pages, chosen so that pages meet in sets, overlap, and differ from each other in one
// bit. A round is a pure function of its key.

#include <cstdint>
#include <vector>

#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/translation.h"
#include "platform/cosim/round.h"

namespace faultline {

struct TlbOperation {
  enum class Kind : std::uint8_t { Lookup, Insert, Fence, Flush };
  Kind kind = Kind::Lookup;
  Cycles gap = 0;      ///< after the end of the operation before; at least 1
  VirtAddr address{};  ///< Lookup, Insert
  Asid asid = 0;       ///< Lookup, Insert
  Leaf leaf{};         ///< Insert
  FenceScope scope{};  ///< Fence
};

inline constexpr unsigned kTlbOperations = 1000;  ///< of a round

/// `params` has passed check() and has an L2 TLB.
[[nodiscard]] std::vector<TlbOperation> random_tlb_round(const RoundKey& key,
                                                         const MmuParams& params);

}  // namespace faultline
