// SPDX-License-Identifier: Apache-2.0
#pragma once

// The files of a run's waves.

#include <filesystem>

#include "platform/waves/wave_recorder.h"

namespace faultline {

/// Removes the waves of an older run from its folder.
void remove_waves(const std::filesystem::path& folder);

/// After the run, which ended in cycle `now`: writes waves.vcd and says so on the error output, or
/// says why there is nothing to write. Throws std::runtime_error if the file cannot be written.
void write_waves(WaveRecorder& waves, Board& board, const std::filesystem::path& folder);

}  // namespace faultline
