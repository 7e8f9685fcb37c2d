// SPDX-License-Identifier: Apache-2.0
#pragma once

// Why a hart has stopped, and what a person needs to see why.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/common/types.h"
#include "models/mmu/stale_translation.h"

namespace faultline {

enum class StopReason : std::uint8_t {
  None,              ///< still running
  Requested,         ///< somebody called request_stop(): the guest ended, or the user
  MaxCycles,         ///< HartLimits::max_cycles
  MaxInstructions,   ///< HartLimits::max_instructions
  TrapLoop,          ///< traps without progress: HartLimits::max_fruitless_traps or max_equal_traps
  WaitsForever,      ///< wfi, and nothing in the simulation can ever wake the hart
  StaleTranslation,  ///< MmuParams::check found a translation that the page tables do not give
};

/// One trap that was taken, or several equal ones in a row.
struct TrapEntry {
  VirtAddr pc{};            ///< what went to xepc
  std::uint64_t cause = 0;  ///< xcause
  std::uint64_t tval = 0;   ///< xtval
  Privilege from = Privilege::Machine;
  VirtAddr handler{};
  Cycles when = 0;          ///< of the last one
  std::uint64_t times = 1;  ///< how often it was taken in a row

  /// True if `other` differs in nothing but time.
  [[nodiscard]] bool equals(const TrapEntry& other) const {
    return pc == other.pc && cause == other.cause && tval == other.tval && from == other.from &&
           handler == other.handler;
  }
};

/// The stale translation that stopped a hart, and the instruction that used it.
struct StaleAccess {
  StaleTranslation translation{};
  VirtAddr pc{};
};

/// The state of a stopped hart.
struct HartStop {
  static constexpr unsigned kTraps = 8;

  StopReason reason = StopReason::None;
  VirtAddr pc{};  ///< of the next instruction
  Privilege privilege = Privilege::Machine;
  Cycles cycle = 0;
  std::uint64_t instructions = 0;
  std::array<TrapEntry, kTraps> traps{};  ///< the last ones, newest first
  unsigned trap_count = 0;                ///< how many of them are valid
  std::optional<StaleAccess> stale;       ///< the first one, if there was one
};

[[nodiscard]] const char* to_string(StopReason reason);
/// "load page fault", "machine timer interrupt", ... for any xcause.
[[nodiscard]] std::string cause_name(std::uint64_t cause);
/// Several lines for a person: reason, pc, privilege and the last traps.
[[nodiscard]] std::string describe(const HartStop& stop);

}  // namespace faultline
