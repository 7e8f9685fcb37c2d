// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/stale_translation.h"

#include <fmt/format.h>

#include "models/mmu/pte.h"

namespace faultline {

namespace {

std::uint64_t frame_of(std::uint64_t pte) {
  return (pte & kPtePpnMask) >> kPtePpnShift << kPageShift;
}

/// What of the entry does not let the access through any more.
std::string forbidden(const StaleTranslation& stale) {
  const std::uint64_t lost = stale.used & ~stale.current;
  const std::uint64_t user_changed = (stale.used ^ stale.current) & kPteU;
  if (user_changed != 0) {
    return (stale.current & kPteU) != 0 ? "the page now belongs to user mode"
                                        : "the page no longer belongs to user mode";
  }
  if (writes(stale.access) && (lost & kPteW) != 0) return "the page is no longer writable";
  if (stale.access == AccessType::Fetch && (lost & kPteX) != 0) {
    return "the page is no longer executable";
  }
  return "the page no longer allows the access";
}

std::string difference(const StaleTranslation& stale) {
  switch (stale.kind) {
    case Staleness::None:
      return "nothing has changed";
    case Staleness::Unmapped:
      return "the page is no longer mapped";
    case Staleness::Moved:
      return fmt::format("the page is at {:#x} now, no longer at {:#x}", frame_of(stale.current),
                         frame_of(stale.used));
    case Staleness::Forbidden:
      return forbidden(stale);
    case Staleness::Clean:
      return "the write left D clear: the page would be taken for unchanged";
  }
  return "?";
}

}  // namespace

std::string pte_bits(std::uint64_t pte) {
  constexpr std::string_view kNames = "VRWXUGAD";
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (i != 0) text += ' ';
    text += (pte >> i & 1) != 0 ? kNames[i] : '-';
  }
  return text;
}

std::string describe(const StaleTranslation& stale, VirtAddr pc) {
  return fmt::format(
      "stale translation: {} at {:#x} by the instruction at {:#x}, ASID {}: {}\n"
      "  used:      PTE {:#018x} ({})\n"
      "  in memory: PTE {:#018x} ({}), level {}\n"
      "  a fence (sfence.vma) is missing between the change of the entry and this access\n",
      to_string(stale.access), stale.address.value, pc.value, stale.asid, difference(stale),
      stale.used, pte_bits(stale.used), stale.current, pte_bits(stale.current), stale.level);
}

}  // namespace faultline
