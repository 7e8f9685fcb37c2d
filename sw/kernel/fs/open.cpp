// SPDX-License-Identifier: Apache-2.0
// Opening by path, and the paths of what is open.

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/path_walk.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/slab.h"

namespace {

/// Makes the missing regular file that a walk has ended at.
lookup_result create_at(inode& directory, std::string_view name, std::uint32_t mode) {
  directory.i_rwsem.write_lock();
  inode* made = nullptr;
  int error = directory.i_op->lookup(directory, name, made);
  if (error == -ENOENT) {
    error = -EPERM;
    if (directory.i_nlink == 0) {
      error = -ENOENT;
    } else if (directory.i_sb->s_readonly) {
      error = -EROFS;
    } else if (directory.i_op->create != nullptr) {
      error = directory.i_op->create(directory, name, mode & S_IALLUGO, made);
    }
  }
  directory.i_rwsem.write_unlock();
  if (error != 0) return {{}, error};
  return {inode_ref(made), 0};
}

/// Takes a walk to its end, creating what is missing if the flags ask for it. `parent` gets the
/// directory of the last component.
lookup_result open_last(path_walk& walk, unsigned flags, std::uint32_t mode, inode_ref& parent) {
  const bool create = (flags & O_CREAT) != 0;
  const bool exclusive = create && (flags & O_EXCL) != 0;
  if (create && walk.trailing_slash()) return {{}, -EISDIR};
  parent = inode_ref::hold(*walk.at());
  const int error = walk.to_last((flags & O_NOFOLLOW) == 0 && !exclusive);
  if (error == 0) {
    if (exclusive) return {{}, -EEXIST};
    return {std::move(walk.at()), 0};
  }
  if (error != -ENOENT || !create) return {{}, error};
  parent = inode_ref::hold(*walk.at());
  if (walk.trailing_slash()) return {{}, -EISDIR};
  return create_at(*walk.at(), walk.name(), mode);
}

/// Whether an inode may be opened so: 0 or -errno.
int may_open(const inode& node, unsigned flags) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if ((flags & O_PATH) != 0) return 0;
  if (node.is(S_IFLNK)) return -ELOOP;
  if (node.is(S_IFDIR)) return writes || (flags & O_CREAT) != 0 ? -EISDIR : 0;
  if (node.i_fop == nullptr) return -ENXIO;
  return writes && node.is(S_IFREG) && node.i_sb->s_readonly ? -EROFS : 0;
}

char* copy_name(std::string_view name) {
  auto* const copy = static_cast<char*>(kmalloc(name.size() + 1));
  if (copy == nullptr) return nullptr;
  std::memcpy(copy, name.data(), name.size());
  copy[name.size()] = '\0';
  return copy;
}

}  // namespace

open_file* open_path(inode& start, std::string_view path, unsigned flags, std::uint32_t mode,
                     int& error) {
  error = -ENOENT;
  if (path.empty()) return nullptr;
  path_walk walk(start, path);
  error = walk.to_parent();
  if (error != 0) return nullptr;
  inode_ref parent;
  const lookup_result found = open_last(walk, flags, mode, parent);
  error = found.error;
  if (error != 0) return nullptr;
  inode& node = *found.node;
  if ((flags & O_DIRECTORY) != 0 && !node.is(S_IFDIR)) error = -ENOTDIR;
  if (error == 0) error = may_open(node, flags);
  if (error == 0 && (flags & O_TRUNC) != 0 && node.is(S_IFREG)) error = vfs_truncate(node, 0);
  if (error != 0) return nullptr;
  open_file* const f = open_inode(node, flags, error);
  if (f == nullptr || node.is(S_IFDIR)) return f;
  f->directory = parent.release();
  f->name = copy_name(walk.name());
  return f;
}

open_file* open_exec(inode& start, std::string_view path, int& error) {
  constexpr std::uint32_t kAnyExecute = 0111;
  open_file* const f = open_path(start, path, O_RDONLY, 0, error);
  if (f == nullptr) return nullptr;
  if (f->node->is(S_IFREG) && (f->node->i_mode & kAnyExecute) != 0) return f;
  fput(*f);
  error = -EACCES;
  return nullptr;
}

bool emit_dots(open_file& f, dir_context& context) {
  const unsigned type = dir_type(S_IFDIR);
  if (f.pos == 0) {
    if (!context.actor(context, ".", f.node->i_ino, type, 1)) return false;
    f.pos = 1;
  }
  if (f.pos == 1) {
    const lookup_result parent = lookup_one(*f.node, "..");
    const std::uint64_t ino = parent.error == 0 ? parent.node->i_ino : f.node->i_ino;
    if (!context.actor(context, "..", ino, type, 2)) return false;
    f.pos = 2;
  }
  return true;
}
