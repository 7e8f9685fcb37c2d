// SPDX-License-Identifier: Apache-2.0
#pragma once

// Paths, and what changes the tree they lead through (Linux: fs/namei.c). All functions may sleep.

#include "sw/kernel/fs/inode.h"

/// The root directory.
[[nodiscard]] inode* root_inode();

/// What a path leads to: an inode, or an errno.
struct lookup_result {
  inode_ref node;
  int error;  ///< 0, or negative
};
/// Follows `path` from `start` (from the root if it is absolute). Symbolic links are followed, the
/// last component's only if `follow_last`.
[[nodiscard]] lookup_result lookup_path(inode& start, std::string_view path, bool follow_last);
/// Follows one component from a directory: "." and ".." and mounted file systems included, links
/// not followed.
[[nodiscard]] lookup_result lookup_one(inode& directory, std::string_view name);

/// Creates what `path` names; 0 or -errno. `mode` holds permissions only.
[[nodiscard]] int vfs_mkdir(inode& start, std::string_view path, std::uint32_t mode);
[[nodiscard]] int vfs_symlink(inode& start, std::string_view path, std::string_view target);
/// Gives `node` another name.
[[nodiscard]] int vfs_link(inode& node, inode& start, std::string_view path);
/// Removes the name of anything but a directory, and an empty directory.
[[nodiscard]] int vfs_unlink(inode& start, std::string_view path);
[[nodiscard]] int vfs_rmdir(inode& start, std::string_view path);

/// Moves a name; what had the new name loses it. 0 or -errno.
[[nodiscard]] int vfs_rename(inode& old_start, std::string_view old_path, inode& new_start,
                             std::string_view new_path, unsigned flags);
/// Changes the size of a file; 0 or -errno (-EISDIR, -EINVAL: it has none, -EROFS ...).
[[nodiscard]] int vfs_truncate(inode& node, std::uint64_t size);

/// Writes the absolute path of a directory, with its terminator, to `text` of kPathMax bytes.
/// Returns its length with the terminator, -ENAMETOOLONG, or -ENOENT if it was removed.
[[nodiscard]] std::int64_t directory_path(inode& directory, char* text);
