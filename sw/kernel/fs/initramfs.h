// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fills the file tree from the initial archive (cpio "newc").

#include <cstdint>
#include <span>

/// Unpacks `archive` into the tree: directories, files (their content page by page into the page
/// cache) and symbolic links; missing directories on the way are made, anything else is left out.
/// Panics if the archive is broken or memory runs out. The archive is not needed afterwards.
void unpack_to_rootfs(std::span<const std::uint8_t> archive);
