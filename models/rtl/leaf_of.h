// SPDX-License-Identifier: Apache-2.0
#pragma once

// A leaf as the RTL's ports show it: an entry of Sv39, Sv48 or Sv57, its level, and whether it or a
// pointer above it is global.

#include <cstdint>

#include "models/mmu/leaf.h"
#include "models/mmu/sv_format.h"

namespace faultline {

[[nodiscard]] inline Leaf leaf_of(std::uint64_t pte, std::uint8_t level, bool global) {
  // The entries of the three formats are the same.
  const DecodedPte decoded = Sv39::decode(pte);
  Leaf leaf;
  leaf.page = decoded.target;
  leaf.pte = pte;
  leaf.page_shift = static_cast<std::uint8_t>(Sv39::page_shift(level));
  leaf.level = level;
  leaf.flags = static_cast<std::uint8_t>(decoded.flags | (global ? kPteG : 0));
  return leaf;
}

}  // namespace faultline
