// SPDX-License-Identifier: Apache-2.0
#pragma once

// The content of files that a configuration makes up.

#include <vector>

#include "platform/config/machine_config.h"

namespace faultline {

/// The bytes of a made-up file: little-endian words of SplitMix64 from `file.seed`.
/// Throws LoadError if the host has no memory for them.
[[nodiscard]] std::vector<unsigned char> generate_bytes(const GeneratedFile& file);

}  // namespace faultline
