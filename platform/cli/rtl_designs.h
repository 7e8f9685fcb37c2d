// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where this executable finds the RTL and keeps its designs.

#include "models/rtl/library.h"
#include "platform/config/machine_config.h"

namespace faultline {

/// For the RTL engines of `config`: sources as `sim.rtl_sources` says, waves as `sim.waves`,
/// designs in `rtl` beside the executable; says on the error output when something is built. Throws
/// LoadError if the folder of sim.rtl_sources has not the sources.
[[nodiscard]] RtlLibraryOptions rtl_options(const MachineConfig& config);

}  // namespace faultline
