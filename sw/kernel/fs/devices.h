// SPDX-License-Identifier: Apache-2.0
#pragma once

// Character devices: the console, /dev/null and /dev/zero.

#include "sw/kernel/fs/file.h"

/// Device numbers (Linux: Documentation/admin-guide/devices.txt), major << 8 | minor.
inline constexpr std::uint64_t kConsoleDevice = 5u << 8 | 1;
inline constexpr std::uint64_t kNullDevice = 1u << 8 | 3;
inline constexpr std::uint64_t kZeroDevice = 1u << 8 | 5;

/// Makes the nodes in /dev, and /tmp. Panics without memory.
void make_devices();
/// Whether a mapping of this file is anonymous memory: that of /dev/zero.
[[nodiscard]] bool maps_zero_device(const open_file& f);
