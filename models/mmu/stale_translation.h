// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation that was used although the page tables do not give it (any more): software changed
// an entry and left out a fence. With MmuParams::check every translation that is used, from a TLB,
// from a walk or from a hart's own copies, is compared with a walk of the tables at that moment.
//
// No error, and not reported: an access that a copy refuses although the tables allow it by now
// (the fault is spurious, Privileged 1.12, 4.2.1), and A=0 in the tables where the copy has A=1.
// A changed entry whose copies nobody uses before the fence is not seen, as it harms nobody.

#include <cstdint>
#include <string>

#include "models/common/types.h"

namespace faultline {

/// What the tables say of a translation that was used.
enum class Staleness : std::uint8_t {
  None,       ///< the same
  Unmapped,   ///< there is no such page
  Moved,      ///< the page is elsewhere
  Forbidden,  ///< the access is not allowed
  Clean,      ///< a write went on without setting D
};

struct StaleTranslation {
  Staleness kind = Staleness::None;
  VirtAddr address{};
  AccessType access = AccessType::Load;
  Asid asid = 0;
  std::uint64_t used = 0;     ///< the leaf entry of the translation that was used
  std::uint64_t current = 0;  ///< the entry where a walk of the tables ended
  std::uint8_t level = 0;     ///< of `current`
};

/// Bits of a RISC-V entry for a person: "V R - - U - A D".
[[nodiscard]] std::string pte_bits(std::uint64_t pte);

/// One paragraph for a person: address, access, ASID, both entries, and their difference in words.
/// `pc`: the instruction that made the access.
[[nodiscard]] std::string describe(const StaleTranslation& stale, VirtAddr pc);

}  // namespace faultline
