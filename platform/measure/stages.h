// SPDX-License-Identifier: Apache-2.0
#pragma once

// The stages that a fault's cycles are divided into, and the kernel functions that make up the
// firmware's stages. The names of functions are Linux's, which the kernel of sw/ uses; any kernel
// with these symbols is measured in the same way. A function that a kernel does not have, or has
// inlined, simply takes no part: its cycles go to the stage of its caller.

#include <cstdint>
#include <span>
#include <string_view>

namespace faultline {

/// In the order in which they are listed; roughly the order in which they happen.
enum class Stage : std::uint8_t {
  // The access that fails.
  L1Tlb,
  L2Tlb,
  WalkQueue,
  WalkRead,
  WalkUpdate,
  WalkOther,
  TrapEntry,
  // The firmware.
  Save,
  Dispatch,
  VmaLookup,
  Account,
  TableWalk,
  TableAlloc,
  Path,
  PageAlloc,
  Zero,
  Copy,
  PageCache,
  FaultAround,
  Readahead,
  Swap,
  Mkwrite,
  Split,
  MkPte,
  Rmap,
  Lru,
  SetPte,
  Fence,
  Reclaim,
  Signal,
  Schedule,
  Restore,
  // What may come between.
  Wait,
  Monitor,
  Interrupt,
  NestedFault,
  // The access again.
  Return,
  ReplayL1Tlb,
  ReplayL2Tlb,
  ReplayWalkQueue,
  ReplayWalkRead,
  ReplayWalkUpdate,
  ReplayWalkOther,
  ReplayAccess,
};

inline constexpr std::size_t kStageCount = static_cast<std::size_t>(Stage::ReplayAccess) + 1;

/// Who spends a stage's cycles.
enum class StageSide : std::uint8_t {
  Hardware,
  Firmware,
  Waiting,  ///< nobody: the process sleeps, or others run
};
[[nodiscard]] const char* to_string(StageSide side);

/// Stages that share a column of the printed table, in the order of the columns.
enum class StageGroup : std::uint8_t {
  Walk,
  Trap,
  Decide,
  Vma,
  Tables,
  Alloc,
  Data,
  Cache,
  Read,
  Pte,
  Lists,
  Fence,
  Wait,
  Other,
  Replay,
};
inline constexpr std::size_t kStageGroupCount = static_cast<std::size_t>(StageGroup::Replay) + 1;
/// The column's head, at most 7 characters.
[[nodiscard]] std::string_view group_name(StageGroup group);

struct StageInfo {
  std::string_view name;  ///< as in results: "walk_read", "zero"
  StageSide side;
  StageGroup group;
  std::string_view description;
};

[[nodiscard]] const StageInfo& stage_info(Stage stage);

/// How a stage's functions and the functions of other stages that they call share the cycles.
enum class Nesting : std::uint8_t {
  Open,      ///< those keep their own stage
  Absorbs,   ///< those count here too: zeroing a page of tables is part of allocating the table
  Separate,  ///< as Absorbs; and it never counts elsewhere, for it may be needed anywhere
};

/// Functions whose cycles, and those of what they call, belong to a stage.
struct StageFunctions {
  Stage stage;
  Nesting nesting;
  std::span<const std::string_view> functions;
};

/// The firmware's stages with the functions that make it up. A function stands in it at most once.
[[nodiscard]] std::span<const StageFunctions> stage_functions();

}  // namespace faultline
