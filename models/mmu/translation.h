// SPDX-License-Identifier: Apache-2.0
#pragma once

// What goes into a translation and what comes out of it.

#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "models/mmu/walk_record.h"

namespace faultline {

/// satp.MODE (RISC-V Privileged 1.12, table 4.4).
enum class SatpMode : std::uint8_t { Bare = 0, Sv39 = 8, Sv48 = 9, Sv57 = 10 };

/// The architectural state that decides how an address is translated. The hart computes it anew
/// when privilege, satp, mstatus or menvcfg change; for loads and stores `privilege` is already the
/// one that MPRV selects.
struct TranslationContext {
  std::uint64_t satp = 0;  ///< MODE 63:60, ASID 59:44, PPN 43:0 (RISC-V Privileged 1.12, 4.1.11)
  Privilege privilege = Privilege::Machine;
  bool sum = false;   ///< mstatus.SUM
  bool mxr = false;   ///< mstatus.MXR
  bool adue = false;  ///< menvcfg.ADUE: Svadu; false is Svade

  [[nodiscard]] Asid asid() const { return static_cast<Asid>(satp >> 44); }
  /// True if addresses are translated: satp.MODE is not Bare and privilege is below M.
  [[nodiscard]] bool paged() const { return (satp >> 60) != 0 && privilege != Privilege::Machine; }
  bool operator==(const TranslationContext&) const = default;
};

/// What a TLB said to one translation.
enum class TlbAnswer : std::uint8_t {
  None,  ///< it was not asked
  Hit,
  Miss,
};

/// The cycles of one translation, for the stages of a fault: consecutive points in local time. A
/// part that did not take place has zero length.
struct TranslationTimes {
  Cycles start = 0;     ///< presented to the L1 TLB
  Cycles l1_done = 0;   ///< L1 TLB has answered
  Cycles l2_done = 0;   ///< L2 TLB has answered
  Cycles done = 0;      ///< translation or abort is there (includes queueing and the walk)
  bool walked = false;  ///< Mmu::last_walk() describes the walk
  TlbAnswer l1 = TlbAnswer::None;
  TlbAnswer l2 = TlbAnswer::None;
};

/// The result of a translation: a physical address, or an abort.
struct Translation {
  PhysAddr address{};
  Abort abort{};
  std::uint64_t pte = 0;  ///< the leaf entry it came from, as the walk or the TLB had it; 0: none
  [[nodiscard]] bool ok() const { return abort.status == AbortStatus::None; }
};

/// The four forms of sfence.vma (RISC-V Privileged 1.12, 4.2.1): each operand may be absent (x0).
struct FenceScope {
  bool has_address = false;
  bool has_asid = false;
  VirtAddr address{};
  Asid asid = 0;
};

}  // namespace faultline
