// SPDX-License-Identifier: Apache-2.0
#pragma once

// The contents of the board's disks, as a configuration asks for them, and the way back to a file.

#include <filesystem>
#include <memory>

#include "models/dev/disk_medium.h"
#include "platform/config/machine_config.h"
#include "platform/loader/load_error.h"

namespace faultline {

/// The disk: made from a folder and made-up files, or the copy of an image, with its bad sectors.
/// Null if the configuration asks for no disk. Throws LoadError: sources that cannot be read or are
/// no disk, an `out` that cannot be written, keys that need a disk without one.
[[nodiscard]] std::unique_ptr<DiskMedium> make_disk(const DiskConfig& config);

/// The swap area: Linux's header of version 1 in its first page, then nothing. Null if its size is
/// 0.
[[nodiscard]] std::unique_ptr<DiskMedium> make_swap(const SwapConfig& config);

/// Throws LoadError if `file` cannot be written, is something other than a file, or is the image
/// that the disk was read from (`source`). To be called before a run whose disk is to be kept
/// there.
void require_writable_image(const std::filesystem::path& file, const std::filesystem::path& source);

/// Writes the medium as it is now, beside `file`, whose place it takes when it is complete; pages
/// of zeros become holes. Throws LoadError.
void write_disk_image(const DiskMedium& medium, const std::filesystem::path& file);

}  // namespace faultline
