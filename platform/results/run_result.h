// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run leaves behind, before it is written anywhere. All of it is decided by the
// configuration and the guest's software; nothing of the host is in it.

#include <nlohmann/json.hpp>
#include <string>

#include "platform/board.h"
#include "platform/config/machine_config.h"
#include "platform/measure/fault_log.h"

namespace faultline {

struct RunResult {
  RunOutcome outcome;
  RunProgress progress;               ///< since power-on
  nlohmann::ordered_json statistics;  ///< of the region of interest, see to_json(StatGroup)
  bool region_marked = false;         ///< the guest marked a region of interest
  bool warmed_up = false;             ///< the statistics begin at the end of a functional warm-up
  FaultLog faults;
  std::string console;  ///< what the guest wrote
};

/// What the statistics cover: "region of interest", "after the warm-up" or "whole run".
[[nodiscard]] const char* coverage(const RunResult& result);
/// "exited", "limit" or "wild".
[[nodiscard]] const char* to_string(RunOutcome::Kind kind);

}  // namespace faultline
