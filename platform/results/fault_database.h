// SPDX-License-Identifier: Apache-2.0
#pragma once

// faults.db: a row for every fault and every stage of it, in SQLite. The schema is described in
// docs/results.md and, in the database itself, by the table `stage_kind` and the table `path`.

#include <filesystem>

#include "platform/config/machine_config.h"
#include "platform/results/run_result.h"

namespace faultline {

/// Writes a new database, replacing an older one. Throws std::runtime_error, naming the file, if
/// SQLite reports an error.
void write_fault_database(const std::filesystem::path& file, const MachineConfig& config,
                          const RunResult& result);

}  // namespace faultline
