// SPDX-License-Identifier: Apache-2.0
#pragma once

// The names of the enumerations in the waves. waves/filters has a file of the same content for
// each, for GTKWave; a test compares them.

#include <cstdint>

#include "models/dram/bank.h"
#include "models/mmu/translation.h"
#include "platform/measure/stages.h"
#include "platform/waves/wave_value.h"

namespace faultline {

/// What a TLB's `lookup` shows.
enum class WaveLookup : std::uint8_t { Idle, Busy, Hit, Miss };
/// The states of a walk engine, with the encoding of state_e (rtl/faultline_pkg.sv).
enum class WaveWalkState : std::uint8_t {
  Idle,
  Accept,
  LookUp,
  Issue,
  Wait,
  Decode,
  Update,
  UpdateWait,
  Respond,
};

[[nodiscard]] const ValueNames& privilege_names();
[[nodiscard]] const ValueNames& access_names();
[[nodiscard]] const ValueNames& abort_names();
[[nodiscard]] const ValueNames& served_by_names();
[[nodiscard]] const ValueNames& lookup_names();
[[nodiscard]] const ValueNames& walk_state_names();
/// The stages of a fault by the names of faults.db. 0 is none; stage_value() gives the others.
[[nodiscard]] const ValueNames& stage_names();
[[nodiscard]] constexpr std::uint64_t stage_value(Stage stage) {
  return static_cast<std::uint64_t>(stage) + 1;
}
/// Commands of the DRAM. 0 is none; command_value() gives the others.
[[nodiscard]] const ValueNames& command_names();
[[nodiscard]] constexpr std::uint64_t command_value(DramCommand command) {
  return static_cast<std::uint64_t>(command) + 1;
}

/// All of them.
[[nodiscard]] const std::vector<const ValueNames*>& all_value_names();

}  // namespace faultline
