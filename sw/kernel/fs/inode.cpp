// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/inode.h"

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/slab.h"

namespace {

/// Links that one path may lead through (Linux: MAXSYMLINKS).
constexpr unsigned kMaxLinks = 40;
constexpr std::uint32_t kDirectoryMode = S_IFDIR | 0755;

inode* root = nullptr;
std::uint64_t last_ino = 0;

inode* new_inode(std::string_view name, std::uint32_t mode) {
  auto* const node = static_cast<inode*>(kzalloc(sizeof(inode)));
  auto* const copy = static_cast<char*>(kmalloc(name.size() + 1));
  if (node == nullptr || copy == nullptr) {
    kfree(node);
    kfree(copy);
    return nullptr;
  }
  std::memcpy(copy, name.data(), name.size());
  copy[name.size()] = '\0';
  node->ino = ++last_ino;
  node->mode = mode;
  node->name = copy;
  address_space_init(node->i_data, 0, nullptr);
  return node;
}

/// Takes the first component off `path`.
std::string_view next_component(std::string_view& path) {
  while (!path.empty() && path.front() == '/') path.remove_prefix(1);
  const std::string_view component = path.substr(0, path.find('/'));
  path.remove_prefix(component.size());
  return component;
}

class path_walk {
 public:
  explicit path_walk(bool follow_last) : follow_last_(follow_last) {}

  lookup_result walk(inode& start, std::string_view path) {
    inode* at = path.starts_with('/') ? root : &start;
    for (;;) {
      const std::string_view component = next_component(path);
      if (component.empty()) return {at, 0};
      if (!at->is(S_IFDIR)) return {nullptr, -ENOTDIR};
      inode* const found = find_entry(*at, component);
      if (found == nullptr) return {nullptr, -ENOENT};
      // A slash behind the last component asks for what a link leads to.
      if (!found->is(S_IFLNK) || (path.empty() && !follow_last_)) {
        at = found;
        continue;
      }
      const lookup_result target = follow(*at, *found);
      if (target.error != 0) return target;
      at = target.node;
    }
  }

 private:
  lookup_result follow(inode& directory, inode& link) {
    if (++links_ > kMaxLinks) return {nullptr, -ELOOP};
    char text[kNameMax];
    if (link.i_data.i_size >= sizeof(text)) return {nullptr, -ENAMETOOLONG};
    const std::int64_t size = filemap_read(link.i_data, 0, text, sizeof(text));
    if (size < 0) return {nullptr, static_cast<int>(size)};
    const bool outer = follow_last_;
    follow_last_ = true;
    const lookup_result result = walk(directory, {text, static_cast<std::size_t>(size)});
    follow_last_ = outer;
    return result;
  }

  bool follow_last_;
  unsigned links_ = 0;
};

}  // namespace

void inode_init() {
  root = new_inode("", kDirectoryMode);
  if (root == nullptr) panic("no memory for the root directory");
  root->parent = root;
}

inode* root_inode() {
  return root;
}

inode* make_inode(inode& directory, std::string_view name, std::uint32_t mode) {
  inode* const node = new_inode(name, mode);
  if (node == nullptr) return nullptr;
  node->parent = &directory;
  node->sibling = directory.children;
  directory.children = node;
  return node;
}

inode* find_entry(inode& directory, std::string_view name) {
  if (name == ".") return &directory;
  if (name == "..") return directory.parent;
  for (inode* node = directory.children; node != nullptr; node = node->sibling) {
    if (name == node->name) return node;
  }
  return nullptr;
}

lookup_result lookup_path(inode& start, std::string_view path, bool follow_last) {
  if (path.empty()) return {nullptr, -ENOENT};
  return path_walk(follow_last).walk(start, path);
}
