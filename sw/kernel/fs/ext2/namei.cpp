// SPDX-License-Identifier: Apache-2.0
// What changes the tree: entries and the inodes they name, together.

#include "sw/kernel/fs/namei.h"

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/kernel/mm/filemap.h"

namespace {

/// Space for the text of a short link: i_block, with a terminator.
constexpr std::size_t kFastLinkSize = sizeof(ext2_inode_info::i_block);

void touch(inode& node) {
  node.i_ctime = current_time();
  mark_inode_dirty(node);
}

void drop_link(inode& node) {
  if (node.i_nlink != 0) --node.i_nlink;
  touch(node);
}

/// A directory has one place in the tree, and its ".." leads there: else the tree has a loop.
int check_place(inode& directory, inode& child) {
  if (!child.is(S_IFDIR)) return 0;
  std::uint32_t above = 0;
  const int error = ext2_find_entry(child, "..", above);
  if (error == 0 && above == directory.i_ino && &child != &directory) return 0;
  ext2_error(EXT2_SB(*directory.i_sb), "directory %lu has an entry in directory %lu, but .. is %u",
             child.i_ino, directory.i_ino, above);
  return error != 0 && error != -ENOENT ? error : -EUCLEAN;
}

int lookup(inode& directory, std::string_view name, inode*& found) {
  std::uint32_t ino = 0;
  int error = ext2_find_entry(directory, name, ino);
  if (error != 0) return error;
  inode_ref node(ext2_iget(EXT2_SB(*directory.i_sb), ino, error));
  if (!node) return error;
  error = check_place(directory, *node);
  if (error != 0) return error;
  found = node.release();
  return 0;
}

/// Ends the making of an inode: gives it its name, or takes it back.
int add_nondir(inode& directory, std::string_view name, ext2_inode_info& node, int error) {
  if (error == 0) error = ext2_add_link(directory, name, node);
  if (error != 0) node.i_nlink = 0;
  unlock_new_inode(node);
  return error;
}

int create(inode& directory, std::string_view name, std::uint32_t mode, inode*& made) {
  int error = 0;
  ext2_inode_info* const node = ext2_new_inode(EXT2_I(directory), S_IFREG | mode, error);
  if (node == nullptr) return error;
  error = add_nondir(directory, name, *node, 0);
  if (error == 0) {
    made = node;
  } else {
    iput(*node);
  }
  return error;
}

/// Puts the text of a link into its inode, or into a block if it is long.
int set_link_text(ext2_inode_info& node, std::string_view target) {
  if (target.size() < kFastLinkSize) {
    std::memcpy(node.i_block, target.data(), target.size());
    node.i_data.i_size = target.size();
    return 0;
  }
  const std::int64_t written = filemap_write(node.i_data, 0, target.data(), target.size());
  return written < 0 ? static_cast<int>(written) : 0;
}

int symlink(inode& directory, std::string_view name, std::string_view target) {
  if (target.size() >= kPathMax) return -ENAMETOOLONG;
  int error = 0;
  ext2_inode_info* const node = ext2_new_inode(EXT2_I(directory), S_IFLNK | 0777, error);
  if (node == nullptr) return error;
  error = add_nondir(directory, name, *node, set_link_text(*node, target));
  iput(*node);
  return error;
}

int mkdir(inode& directory, std::string_view name, std::uint32_t mode) {
  if (directory.i_nlink >= EXT2_LINK_MAX) return -EMLINK;
  int error = 0;
  ext2_inode_info* const node = ext2_new_inode(EXT2_I(directory), S_IFDIR | mode, error);
  if (node == nullptr) return error;
  node->i_nlink = 2;
  error = add_nondir(directory, name, *node, ext2_make_empty(*node, directory));
  iput(*node);
  if (error != 0) return error;
  ++directory.i_nlink;
  touch(directory);
  return 0;
}

int link(inode& directory, std::string_view name, inode& node) {
  if (node.i_nlink >= EXT2_LINK_MAX) return -EMLINK;
  const int error = ext2_add_link(directory, name, node);
  if (error != 0) return error;
  ++node.i_nlink;
  touch(node);
  return 0;
}

int unlink(inode& directory, std::string_view name, inode& node) {
  const int error = ext2_delete_entry(directory, name);
  if (error == 0) drop_link(node);
  return error;
}

/// A directory that has lost its entry.
void forget_directory(inode& node) {
  node.i_nlink = 0;
  touch(node);
}

int rmdir(inode& directory, std::string_view name, inode& node) {
  int error = ext2_empty_dir(node);
  if (error == 0) error = ext2_delete_entry(directory, name);
  if (error != 0) return error;
  forget_directory(node);
  drop_link(directory);
  return 0;
}

/// Gives `node` its new name: that of `target`, or one that is free.
int take_new_name(inode& node, inode& to, std::string_view new_name, inode* target) {
  if (target == nullptr) {
    if (node.is(S_IFDIR) && to.i_nlink >= EXT2_LINK_MAX) return -EMLINK;
    const int error = ext2_add_link(to, new_name, node);
    if (error == 0 && node.is(S_IFDIR)) ++to.i_nlink;
    return error;
  }
  int error = target->is(S_IFDIR) ? ext2_empty_dir(*target) : 0;
  if (error == 0) error = ext2_set_link(to, new_name, node);
  if (error != 0) return error;
  if (target->is(S_IFDIR)) {
    forget_directory(*target);
  } else {
    drop_link(*target);
  }
  return 0;
}

int rename(inode& from, std::string_view old_name, inode& node, inode& to,
           std::string_view new_name, inode* target) {
  int error = take_new_name(node, to, new_name, target);
  if (error == 0) error = ext2_delete_entry(from, old_name);
  if (error != 0) return error;
  touch(node);
  if (!node.is(S_IFDIR)) return 0;
  drop_link(from);
  return &from == &to ? 0 : ext2_set_link(node, "..", to);
}

int get_parent(inode& directory, inode*& parent) {
  std::uint32_t ino = 0;
  int error = ext2_find_entry(directory, "..", ino);
  if (error != 0) return error;
  inode_ref above(ext2_iget(EXT2_SB(*directory.i_sb), ino, error));
  if (!above) return error;
  if (!above->is(S_IFDIR)) {
    ext2_error(EXT2_SB(*directory.i_sb), ".. of directory %lu is inode %u, which is no directory",
               directory.i_ino, ino);
    return -EUCLEAN;
  }
  parent = above.release();
  return 0;
}

int get_link(inode& node, char* text) {
  const ext2_inode_info& info = EXT2_I(node);
  const std::uint64_t size = node.i_data.i_size;
  if (info.is_fast_symlink()) {
    std::memcpy(text, info.i_block, size);
  } else {
    const std::int64_t read = filemap_read(node.i_data, 0, text, size);
    if (read < 0) return static_cast<int>(read);
  }
  text[size] = '\0';
  return 0;
}

}  // namespace

const inode_operations ext2_dir_inode_operations = {.lookup = lookup,
                                                    .create = create,
                                                    .link = link,
                                                    .unlink = unlink,
                                                    .symlink = symlink,
                                                    .mkdir = mkdir,
                                                    .rmdir = rmdir,
                                                    .rename = rename,
                                                    .get_parent = get_parent};
const inode_operations ext2_file_inode_operations = {.truncate = ext2_truncate};
const inode_operations ext2_symlink_inode_operations = {.get_link = get_link};
