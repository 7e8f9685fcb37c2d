// SPDX-License-Identifier: Apache-2.0
#pragma once

// The content of files that a configuration makes up.

#include <cstdint>
#include <vector>

#include "platform/config/machine_config.h"

namespace faultline {

/// Largest made-up file, for they are made in the host's memory.
inline constexpr std::uint64_t kMaxGeneratedBytes = std::uint64_t{16} << 30;

/// The bytes of a made-up file: little-endian words of SplitMix64 from `file.seed`.
/// Throws LoadError for more than kMaxGeneratedBytes.
[[nodiscard]] std::vector<unsigned char> generate_bytes(const GeneratedFile& file);

}  // namespace faultline
