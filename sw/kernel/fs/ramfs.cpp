// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/ramfs.h"

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/slab.h"

namespace {

constexpr std::uint64_t kRamfsMagic = 0x858458f6;  // Linux: RAMFS_MAGIC
constexpr std::uint64_t kRootIno = 1;
constexpr std::uint64_t kRootDevice = 1;
constexpr std::uint64_t kFirstPosition = 2;  // behind "." and ".."

struct ramfs_inode : inode {
  list_head entries;  // of a directory: ramfs_entry::link, oldest first
  std::uint64_t next_position;
  inode* parent;  // of a directory, without a reference: it is not empty
};

/// A name in a directory; holds a reference to what it names.
struct ramfs_entry {
  list_head link;
  std::uint64_t position;
  inode* node;
  std::size_t size;
  char name[];
};

super_block ramfs_super{};
std::uint64_t last_ino;

ramfs_inode& self(inode& node) {
  return static_cast<ramfs_inode&>(node);
}

ramfs_entry* entry_at(list_head* at) {
  return list_entry<ramfs_entry, offsetof(ramfs_entry, link)>(at);
}

ramfs_entry* find_entry(inode& directory, std::string_view name) {
  list_head& entries = self(directory).entries;
  for (list_head* at = entries.next; at != &entries; at = at->next) {
    ramfs_entry* const entry = entry_at(at);
    if (name == std::string_view(entry->name, entry->size)) return entry;
  }
  return nullptr;
}

void touch(inode& node) {
  node.i_mtime = node.i_ctime = current_time();
}

/// Adds a name for `node`, whose link count is the caller's to set. 0 or -ENOMEM.
int add_entry(inode& directory, std::string_view name, inode& node) {
  auto* const entry = static_cast<ramfs_entry*>(kmalloc(sizeof(ramfs_entry) + name.size()));
  if (entry == nullptr) return -ENOMEM;
  ihold(node);
  entry->position = self(directory).next_position++;
  entry->node = &node;
  entry->size = name.size();
  std::memcpy(entry->name, name.data(), name.size());
  self(directory).entries.add_tail(entry->link);
  touch(directory);
  return 0;
}

void remove_entry(inode& directory, ramfs_entry* entry) {
  entry->link.remove();
  iput(*entry->node);
  kfree(entry);
  touch(directory);
}

int lookup(inode& directory, std::string_view name, inode*& found) {
  ramfs_entry* const entry = find_entry(directory, name);
  if (entry == nullptr) return -ENOENT;
  found = entry->node;
  ihold(*found);
  return 0;
}

int create(inode& directory, std::string_view name, std::uint32_t mode, inode*& made) {
  return ramfs_mknod(directory, name, S_IFREG | mode, made);
}

int link(inode& directory, std::string_view name, inode& node) {
  const int error = add_entry(directory, name, node);
  if (error != 0) return error;
  ++node.i_nlink;
  node.i_ctime = current_time();
  return 0;
}

int unlink(inode& directory, std::string_view name, inode& node) {
  --node.i_nlink;
  node.i_ctime = current_time();
  remove_entry(directory, find_entry(directory, name));
  return 0;
}

int symlink(inode& directory, std::string_view name, std::string_view target) {
  inode* made = nullptr;
  int error = ramfs_mknod(directory, name, S_IFLNK | 0777, made);
  if (error != 0) return error;
  const inode_ref node(made);
  node->i_data.i_size = target.size();
  error = page_cache_fill(node->i_data, target.data());
  if (error != 0) static_cast<void>(unlink(directory, name, *node));
  return error;
}

int mkdir(inode& directory, std::string_view name, std::uint32_t mode) {
  inode* made = nullptr;
  const int error = ramfs_mknod(directory, name, S_IFDIR | mode, made);
  if (error == 0) iput(*made);
  return error;
}

int rmdir(inode& directory, std::string_view name, inode& node) {
  if (!self(node).entries.empty()) return -ENOTEMPTY;
  node.i_nlink = 0;
  --directory.i_nlink;
  remove_entry(directory, find_entry(directory, name));
  return 0;
}

int rename(inode& from, std::string_view old_name, inode& node, inode& to,
           std::string_view new_name, inode* target) {
  if (target != nullptr && target->is(S_IFDIR) && !self(*target).entries.empty()) {
    return -ENOTEMPTY;
  }
  ramfs_entry* const old_entry = find_entry(from, old_name);
  if (target == nullptr) {
    const int error = add_entry(to, new_name, node);
    if (error != 0) return error;
  } else {
    ramfs_entry* const new_entry = find_entry(to, new_name);
    ihold(node);
    new_entry->node = &node;
    if (target->is(S_IFDIR)) {
      target->i_nlink = 0;
      --to.i_nlink;
    } else {
      --target->i_nlink;
    }
    iput(*target);
    touch(to);
  }
  if (node.is(S_IFDIR)) {
    --from.i_nlink;
    ++to.i_nlink;
    self(node).parent = &to;
  }
  node.i_ctime = current_time();
  remove_entry(from, old_entry);
  return 0;
}

int get_link(inode& link_node, char* text) {
  const std::int64_t size = filemap_read(link_node.i_data, 0, text, kPathMax - 1);
  if (size < 0) return static_cast<int>(size);
  text[size] = '\0';
  return 0;
}

int get_parent(inode& directory, inode*& parent) {
  parent = self(directory).parent;
  if (parent == nullptr) return -ENOENT;
  ihold(*parent);
  return 0;
}

int truncate(inode& node, std::uint64_t size) {
  truncate_setsize(node.i_data, size);
  touch(node);
  return 0;
}

constexpr inode_operations kOperations = {
    .lookup = lookup,
    .create = create,
    .link = link,
    .unlink = unlink,
    .symlink = symlink,
    .mkdir = mkdir,
    .rmdir = rmdir,
    .rename = rename,
    .get_link = get_link,
    .get_parent = get_parent,
    .truncate = truncate,
};

int iterate(open_file& f, dir_context& context) {
  ramfs_inode& directory = self(*f.node);
  if (!emit_dots(f, context)) return 0;
  for (list_head* at = directory.entries.next; at != &directory.entries; at = at->next) {
    const ramfs_entry& entry = *entry_at(at);
    const std::uint64_t here = kFirstPosition + entry.position;
    if (here < f.pos) continue;
    if (!context.actor(context, {entry.name, entry.size}, entry.node->i_ino,
                       dir_type(entry.node->i_mode), here + 1)) {
      return 0;
    }
    f.pos = here + 1;
  }
  return 0;
}

const file_operations kDirectoryOperations = {.iterate = iterate, .seekable = true};

inode* alloc_inode() {
  return static_cast<ramfs_inode*>(kzalloc(sizeof(ramfs_inode)));
}

void free_inode(inode& node) {
  kfree(&self(node));
}

void statfs(super_block&, kstatfs& to) {
  to = {.type = kRamfsMagic, .block_size = PAGE_SIZE};
}

constexpr super_operations kSuperOperations = {
    .alloc_inode = alloc_inode, .free_inode = free_inode, .statfs = statfs};

inode* new_node(std::uint32_t mode) {
  inode* const node = iget_locked(ramfs_super, ++last_ino);
  if (node == nullptr) return nullptr;
  node->i_mode = mode;
  node->i_nlink = node->is(S_IFDIR) ? 2 : 1;
  node->i_atime = node->i_mtime = node->i_ctime = current_time();
  node->i_op = &kOperations;
  node->i_data.a_ops = &ram_aops;
  if (node->is(S_IFREG)) node->i_fop = &generic_file_operations;
  if (node->is(S_IFDIR)) {
    node->i_fop = &kDirectoryOperations;
    self(*node).entries.init();
  }
  unlock_new_inode(*node);
  return node;
}

}  // namespace

void ramfs_init() {
  last_ino = 0;
  ramfs_super = {};
  ramfs_super.s_type = "ramfs";
  ramfs_super.s_dev = kRootDevice;
  ramfs_super.s_op = &kSuperOperations;
  ramfs_super.s_inodes.init();
  inode* const root = new_node(S_IFDIR | 0755);
  if (root == nullptr) panic("no memory for the root directory");
  self(*root).parent = root;
  ramfs_super.s_root = root;
  mount_super(ramfs_super, nullptr);
}

int ramfs_mknod(inode& directory, std::string_view name, std::uint32_t mode, inode*& made) {
  inode* const node = new_node(mode);
  if (node == nullptr) return -ENOMEM;
  if (add_entry(directory, name, *node) != 0) {
    node->i_nlink = 0;
    iput(*node);
    return -ENOMEM;
  }
  if (node->is(S_IFDIR)) {
    self(*node).parent = &directory;
    ++directory.i_nlink;
  }
  made = node;
  return 0;
}
