// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/path_walk.h"

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/slab.h"

namespace {

void skip_slashes(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
}

/// The root of what is mounted on `node`, or the node itself.
inode_ref cross_mounts(inode_ref node) {
  while (node->i_mounted != nullptr) node = inode_ref::hold(*node->i_mounted->s_root);
  return node;
}

lookup_result lookup_dotdot(inode& directory) {
  inode_ref at = inode_ref::hold(directory);
  while (at.get() == at->i_sb->s_root) {
    if (at->i_sb->s_covered == nullptr) return {std::move(at), 0};
    at = inode_ref::hold(*at->i_sb->s_covered);
  }
  inode* parent = nullptr;
  const int error = at->i_op->get_parent(*at, parent);
  if (error != 0) return {{}, error};
  return {cross_mounts(inode_ref(parent)), 0};
}

}  // namespace

lookup_result lookup_one(inode& directory, std::string_view name) {
  if (!directory.is(S_IFDIR)) return {{}, -ENOTDIR};
  if (name == ".") return {inode_ref::hold(directory), 0};
  if (name == "..") return lookup_dotdot(directory);
  if (name.size() >= kNameMax) return {{}, -ENAMETOOLONG};
  inode* found = nullptr;
  directory.i_rwsem.read_lock();
  const int error = directory.i_op->lookup(directory, name, found);
  directory.i_rwsem.read_unlock();
  if (error != 0) return {{}, error};
  return {cross_mounts(inode_ref(found)), 0};
}

path_walk::path_walk(inode& start, std::string_view path)
    : at_(inode_ref::hold(path.starts_with('/') ? *root_inode() : start)), rest_(path) {
  skip_slashes(rest_);
}

path_walk::~path_walk() {
  kfree(text_);
}

void path_walk::next_component() {
  name_ = rest_.substr(0, rest_.find('/'));
  rest_.remove_prefix(name_.size());
  const bool slash = rest_.starts_with('/');
  skip_slashes(rest_);
  trailing_slash_ = slash && rest_.empty();
}

/// The path becomes the link's text with the rest behind it, from the directory of the link.
int path_walk::follow_link(inode& link) {
  if (++links_ > kMaxLinks) return -ELOOP;
  auto* const text = static_cast<char*>(kmalloc(kPathMax));
  if (text == nullptr) return -ENOMEM;
  const int error = link.i_op->get_link(link, text);
  const std::size_t size = error == 0 ? std::strlen(text) : 0;
  const std::string_view behind = trailing_slash_ ? std::string_view("/") : rest_;
  if (error != 0 || size == 0 || size + 1 + behind.size() >= kPathMax) {
    kfree(text);
    return error != 0 ? error : size == 0 ? -ENOENT : -ENAMETOOLONG;
  }
  text[size] = '/';
  std::memcpy(text + size + 1, behind.data(), behind.size());
  const bool more = trailing_slash_ || !rest_.empty();
  kfree(text_);
  text_ = text;
  rest_ = {text, more ? size + 1 + behind.size() : size};
  if (rest_.starts_with('/')) at_ = inode_ref::hold(*root_inode());
  skip_slashes(rest_);
  return 0;
}

int path_walk::to_parent() {
  for (;;) {
    next_component();
    if (!at_->is(S_IFDIR)) return -ENOTDIR;
    if (rest_.empty()) return 0;
    lookup_result found = lookup_one(*at_, name_);
    if (found.error != 0) return found.error;
    if (!found.node->is(S_IFLNK)) {
      at_ = std::move(found.node);
      continue;
    }
    const int error = follow_link(*found.node);
    if (error != 0) return error;
  }
}

int path_walk::to_last(bool follow) {
  for (;;) {
    if (name_.empty()) return 0;
    lookup_result found = lookup_one(*at_, name_);
    if (found.error != 0) return found.error;
    if (!found.node->is(S_IFLNK) || !(follow || trailing_slash_)) {
      if (trailing_slash_ && !found.node->is(S_IFDIR)) return -ENOTDIR;
      at_ = std::move(found.node);
      return 0;
    }
    int error = follow_link(*found.node);
    if (error == 0) error = to_parent();
    if (error != 0) return error;
  }
}
