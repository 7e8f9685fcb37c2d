// SPDX-License-Identifier: Apache-2.0
#pragma once

// The folder that a run leaves: config.yaml, stats.json, latency.csv, faults.db, console.txt.
// docs/results.md describes the files. None of them holds a time of day, a duration or anything
// else of the host, so two runs of one configuration leave the same bytes.

#include <filesystem>

#include "platform/config/machine_config.h"
#include "platform/results/run_result.h"

namespace faultline {

/// Makes the folder (and those above it). Throws std::runtime_error, naming it, if that is
/// impossible; to be called before the run, so that nobody waits for a run whose results cannot be
/// kept.
void prepare_run_folder(const std::filesystem::path& folder);

/// Writes all files, replacing older ones. Throws std::runtime_error naming the file that
/// failed.
void write_run_folder(const std::filesystem::path& folder, const MachineConfig& config,
                      const RunResult& result);

}  // namespace faultline
