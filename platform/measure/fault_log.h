// SPDX-License-Identifier: Apache-2.0
#pragma once

// What was measured of each fault: one record, and its cycles by stage. Plain data, in the order in
// which the faults were raised; platform/results writes and summarises it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/common/types.h"
#include "models/mmu/abort.h"
#include "platform/measure/stages.h"

namespace faultline {

/// How the measurement of a fault ended.
enum class FaultOutcome : std::uint8_t {
  Resumed,     ///< the access was replayed and retired
  Refaulted,   ///< the replayed instruction faulted again before it retired (a record of its own)
  Abandoned,   ///< control went elsewhere: the process was ended, or a kernel access broken off
  Unfinished,  ///< the run ended first
};
[[nodiscard]] const char* to_string(FaultOutcome outcome);

/// How the fault counts for its process (mm_account_fault): errors count as neither.
enum class FaultAccount : std::uint8_t {
  None,
  Minor,
  Major,  ///< waited for a device, or for somebody who did
};

/// What the guest said of the caches when the fault was raised (markers 0x104 to 0x106).
enum class CacheState : std::uint8_t { Unknown, Cold, Warm };
[[nodiscard]] const char* to_string(CacheState state);

/// The cycles of one fault in one stage. Walk reads are told apart by the level of the entry and by
/// who had it.
struct StageSlice {
  static constexpr std::uint8_t kNoLevel = 0xff;

  Stage stage = Stage::L1Tlb;
  std::uint8_t level = kNoLevel;
  ServedBy served_by = ServedBy::None;
  std::uint32_t visits = 0;  ///< how often the stage was entered
  Cycles cycles = 0;

  [[nodiscard]] bool same_kind(const StageSlice& other) const {
    return stage == other.stage && level == other.level && served_by == other.served_by;
  }
};

/// One fault, from the access that missed to the same access retired.
struct FaultRecord {
  VirtAddr address{};  ///< as accessed
  VirtAddr pc{};
  AccessType access = AccessType::Load;
  Privilege privilege = Privilege::User;  ///< of the access
  AbortStatus status = AbortStatus::None;
  std::uint8_t level = 0;  ///< of the entry that decided
  Asid asid = 0;
  FaultOutcome outcome = FaultOutcome::Unfinished;
  bool timed = true;       ///< false: raised in functional fidelity, an instruction is a cycle
  bool in_roi = true;      ///< in the region that the results' tables cover
  std::uint32_t path = 0;  ///< index in fault_paths()
  FaultAccount account = FaultAccount::None;
  CacheState caches = CacheState::Unknown;
  std::uint32_t passes = 0;  ///< entries into handle_mm_fault: 2 if the first one had to wait
  std::uint32_t page_cache_hits = 0;    ///< entries into filemap_fault that found their page
  std::uint32_t page_cache_misses = 0;  ///< and that did not
  std::uint64_t pte = 0;  ///< leaf entry that the repeated access used, 0: it was not repeated
  Cycles start = 0;       ///< the access was presented to the L1 TLB
  Cycles total = 0;       ///< the sum of the stages
  std::size_t first_slice = 0;
  std::size_t slice_count = 0;
};

/// All faults of a run.
struct FaultLog {
  std::vector<FaultRecord> faults;
  std::vector<StageSlice> slices;

  /// A fault's stages, in the order of their first cycles; none twice.
  [[nodiscard]] std::span<const StageSlice> slices_of(const FaultRecord& fault) const {
    return std::span(slices).subspan(fault.first_slice, fault.slice_count);
  }
};

}  // namespace faultline
