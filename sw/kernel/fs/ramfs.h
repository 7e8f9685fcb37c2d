// SPDX-License-Identifier: Apache-2.0
#pragma once

// The file system in memory that holds the root: what the archive brought, /dev, /tmp. Its pages
// have no other place, so they are never evicted.

#include "sw/kernel/fs/inode.h"

struct super_block;

/// Makes the empty root of all. Called once, after inode_init(); panics without memory.
void ramfs_init();
/// Makes a node of any type called `name`; `made` gets a reference. 0 or -ENOMEM. The caller holds
/// i_rwsem or is alone.
[[nodiscard]] int ramfs_mknod(inode& directory, std::string_view name, std::uint32_t mode,
                              inode*& made);
