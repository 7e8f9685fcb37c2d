// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/namei.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/path_walk.h"
#include "sw/kernel/fs/super_block.h"

namespace {

/// Holds a directory for a change of its entries.
class directory_guard {
 public:
  explicit directory_guard(inode& directory) : directory_(directory) {
    directory_.i_rwsem.write_lock();
  }
  ~directory_guard() { directory_.i_rwsem.write_unlock(); }
  directory_guard(const directory_guard&) = delete;
  directory_guard& operator=(const directory_guard&) = delete;

 private:
  inode& directory_;
};

/// Holds two directories of one file system, which may be the same, while no other pair is held.
class rename_guard {
 public:
  rename_guard(inode& first, inode& second, bool second_is_above)
      : first_(second_is_above ? second : first), second_(second_is_above ? first : second) {
    first_.i_rwsem.write_lock();
    if (&first_ != &second_) second_.i_rwsem.write_lock();
  }
  ~rename_guard() {
    if (&first_ != &second_) second_.i_rwsem.write_unlock();
    first_.i_rwsem.write_unlock();
  }
  rename_guard(const rename_guard&) = delete;
  rename_guard& operator=(const rename_guard&) = delete;

 private:
  inode& first_;
  inode& second_;
};

bool is_dots(std::string_view name) {
  return name == "." || name == "..";
}

/// Whether entries of a directory may change: 0 or -errno. Its i_rwsem is held.
int may_change(const inode& directory) {
  if (!directory.is(S_IFDIR)) return -ENOTDIR;
  if (directory.i_nlink == 0) return -ENOENT;
  return directory.i_sb->s_readonly ? -EROFS : 0;
}

/// Whether `name` may be made in a directory that is held: 0 or -errno.
int may_create(inode& directory, std::string_view name) {
  if (name.empty() || is_dots(name)) return -EEXIST;
  if (name.size() >= kNameMax) return -ENAMETOOLONG;
  if (!directory.is(S_IFDIR)) return -ENOTDIR;
  inode* found = nullptr;
  const int error = directory.i_op->lookup(directory, name, found);
  if (error == 0) {
    iput(*found);
    return -EEXIST;
  }
  return error == -ENOENT ? may_change(directory) : error;
}

/// Finds the entry `name` of a directory that is held, to be removed or moved.
lookup_result find_to_remove(inode& directory, std::string_view name) {
  if (name.size() >= kNameMax) return {{}, -ENAMETOOLONG};
  if (!directory.is(S_IFDIR)) return {{}, -ENOTDIR};
  inode* found = nullptr;
  int error = directory.i_op->lookup(directory, name, found);
  if (error != 0) return {{}, error};
  inode_ref node(found);
  error = may_change(directory);
  if (error == 0 && node->i_mounted != nullptr) error = -EBUSY;
  if (error != 0) return {{}, error};
  return {std::move(node), 0};
}

/// Whether `above` is `node` or on its way to the root of its file system; an errno if the way
/// cannot be read, -EUCLEAN if it leads around in circles, as only a corrupt one's does.
int is_ancestor(inode& above, inode& node) {
  constexpr unsigned kMaxDepth = 1u << 16;
  inode_ref at = inode_ref::hold(node);
  for (unsigned depth = 0; depth < kMaxDepth; ++depth) {
    if (at.get() == &above) return 1;
    if (at.get() == at->i_sb->s_root) return 0;
    inode* parent = nullptr;
    const int error = at->i_op->get_parent(*at, parent);
    if (error != 0) return error;
    at = inode_ref(parent);
  }
  return -EUCLEAN;
}

struct rename_ends {
  inode& from;
  std::string_view old_name;
  inode& to;
  std::string_view new_name;
  unsigned flags;
};

/// What rename asks of the node and of what has its new name.
int may_rename(const inode& node, const inode* target) {
  if (target == nullptr) return 0;
  if (node.is(S_IFDIR) && !target->is(S_IFDIR)) return -ENOTDIR;
  if (!node.is(S_IFDIR) && target->is(S_IFDIR)) return -EISDIR;
  return 0;
}

/// The part of rename in which both directories are held.
int rename_held(const rename_ends& ends) {
  const lookup_result node = find_to_remove(ends.from, ends.old_name);
  if (node.error != 0) return node.error;
  const lookup_result target = find_to_remove(ends.to, ends.new_name);
  if (target.error != 0 && target.error != -ENOENT) return target.error;
  const int changeable = may_change(ends.to);
  if (changeable != 0) return changeable;
  if (node.node->is(S_IFDIR)) {
    const int loop = is_ancestor(*node.node, ends.to);
    if (loop != 0) return loop < 0 ? loop : -EINVAL;
  }
  if (target.node && (ends.flags & RENAME_NOREPLACE) != 0) return -EEXIST;
  if (target.node.get() == node.node.get()) return 0;  // two names of one file stay as they are
  const int error = may_rename(*node.node, target.node.get());
  if (error != 0) return error;
  if (target.node && target.node->is(S_IFDIR)) {
    // Whoever is about to make an entry in it must be done first, or find it removed.
    const int above = is_ancestor(*target.node, ends.from);
    if (above != 0) return above < 0 ? above : -ENOTEMPTY;
    const directory_guard guard(*target.node);
    return ends.from.i_op->rename(ends.from, ends.old_name, *node.node, ends.to, ends.new_name,
                                  target.node.get());
  }
  return ends.from.i_op->rename(ends.from, ends.old_name, *node.node, ends.to, ends.new_name,
                                target.node.get());
}

int rename_between(const rename_ends& ends) {
  super_block& sb = *ends.from.i_sb;
  if (&sb != ends.to.i_sb) return -EXDEV;
  if (ends.from.i_op->rename == nullptr) return -EPERM;
  sb.s_rename.write_lock();
  const int above = is_ancestor(ends.to, ends.from);
  int error = above;
  if (above >= 0) {
    const rename_guard guard(ends.from, ends.to, above == 1);
    error = rename_held(ends);
  }
  sb.s_rename.write_unlock();
  return error;
}

/// Walks to the directory of the last component and calls `change(directory, name)` there.
template <typename Change>
int at_parent(inode& start, std::string_view path, Change change) {
  if (path.empty()) return -ENOENT;
  path_walk walk(start, path);
  const int error = walk.to_parent();
  return error != 0 ? error : change(*walk.at(), walk.name(), walk.trailing_slash());
}

}  // namespace

lookup_result lookup_path(inode& start, std::string_view path, bool follow_last) {
  if (path.empty()) return {{}, -ENOENT};
  path_walk walk(start, path);
  int error = walk.to_parent();
  if (error == 0) error = walk.to_last(follow_last);
  if (error != 0) return {{}, error};
  return {std::move(walk.at()), 0};
}

int vfs_mkdir(inode& start, std::string_view path, std::uint32_t mode) {
  return at_parent(start, path, [mode](inode& directory, std::string_view name, bool) {
    const directory_guard guard(directory);
    const int error = may_create(directory, name);
    if (error != 0) return error;
    if (directory.i_op->mkdir == nullptr) return -EPERM;
    return directory.i_op->mkdir(directory, name, mode & S_IALLUGO);
  });
}

int vfs_symlink(inode& start, std::string_view path, std::string_view target) {
  if (target.empty()) return -ENOENT;
  return at_parent(start, path, [target](inode& directory, std::string_view name, bool slash) {
    const directory_guard guard(directory);
    const int error = may_create(directory, name);
    if (error != 0) return error;
    if (slash) return -ENOENT;
    if (directory.i_op->symlink == nullptr) return -EPERM;
    return directory.i_op->symlink(directory, name, target);
  });
}

int vfs_link(inode& node, inode& start, std::string_view path) {
  return at_parent(start, path, [&node](inode& directory, std::string_view name, bool slash) {
    const directory_guard guard(directory);
    const int error = may_create(directory, name);
    if (error != 0) return error;
    if (slash) return -ENOENT;
    if (directory.i_sb != node.i_sb) return -EXDEV;
    if (node.is(S_IFDIR) || directory.i_op->link == nullptr) return -EPERM;
    return node.i_nlink == 0 ? -ENOENT : directory.i_op->link(directory, name, node);
  });
}

int vfs_unlink(inode& start, std::string_view path) {
  return at_parent(start, path, [](inode& directory, std::string_view name, bool slash) {
    if (name.empty() || is_dots(name)) return -EISDIR;
    const directory_guard guard(directory);
    const lookup_result found = find_to_remove(directory, name);
    if (found.error != 0) return found.error;
    if (found.node->is(S_IFDIR)) return -EISDIR;
    if (slash) return -ENOTDIR;
    if (directory.i_op->unlink == nullptr) return -EPERM;
    return directory.i_op->unlink(directory, name, *found.node);
  });
}

int vfs_rmdir(inode& start, std::string_view path) {
  return at_parent(start, path, [](inode& directory, std::string_view name, bool) {
    if (name.empty()) return -EBUSY;
    if (is_dots(name)) return name == "." ? -EINVAL : -ENOTEMPTY;
    const directory_guard guard(directory);
    const lookup_result found = find_to_remove(directory, name);
    if (found.error != 0) return found.error;
    if (!found.node->is(S_IFDIR)) return -ENOTDIR;
    if (directory.i_op->rmdir == nullptr) return -EPERM;
    const directory_guard child(*found.node);
    return directory.i_op->rmdir(directory, name, *found.node);
  });
}

int vfs_rename(inode& old_start, std::string_view old_path, inode& new_start,
               std::string_view new_path, unsigned flags) {
  if ((flags & ~RENAME_NOREPLACE) != 0) return -EINVAL;
  return at_parent(old_start, old_path, [&](inode& from, std::string_view old_name, bool) {
    return at_parent(new_start, new_path, [&](inode& to, std::string_view new_name, bool) {
      if (old_name.empty() || new_name.empty() || is_dots(old_name) || is_dots(new_name)) {
        return -EBUSY;
      }
      return rename_between({from, old_name, to, new_name, flags});
    });
  });
}

int vfs_truncate(inode& node, std::uint64_t size) {
  if (node.is(S_IFDIR)) return -EISDIR;
  if (!node.is(S_IFREG)) return -EINVAL;
  if (node.i_sb->s_readonly) return -EROFS;
  if (node.i_op->truncate == nullptr) return -EPERM;
  node.i_rwsem.write_lock();
  const int error = node.i_op->truncate(node, size);
  node.i_rwsem.write_unlock();
  return error;
}
