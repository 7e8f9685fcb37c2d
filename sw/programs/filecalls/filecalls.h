// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parts of the program filecalls: each checks some of the system calls on files, in a directory
// of its own that it leaves empty.

#include <string>

#include "sw/programs/checks.h"

namespace program::filecalls {

extern Checks checks;

/// Whether a call failed with that error.
[[nodiscard]] bool fails(long result, int error);

/// Opening, reading, writing, positions, vectors, duplicates.
void check_content(const std::string& directory);
/// Directories, names, links, attributes, times, the current directory.
void check_tree(const std::string& directory);
/// Mappings of files: shared and private, write-back, truncation below a mapping.
void check_mappings(const std::string& directory);
/// A device that runs full: write(2) says ENOSPC, a mapping raises SIGBUS. For /disk only.
void check_full_device(const std::string& directory);
/// Pipes, poll, devices, and what the kernel tells in /proc.
void check_streams();

}  // namespace program::filecalls
