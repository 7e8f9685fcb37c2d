// SPDX-License-Identifier: Apache-2.0
// Which inodes are in use.

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"

namespace {

ext2_buffer read_inode_bitmap(ext2_sb_info& sb, std::uint32_t group, int& error) {
  return ext2_bread(sb, ext2_get_group_desc(sb, group).bg_inode_bitmap, error);
}

/// Where to look first: a directory goes to the group with most free blocks, a file to that of its
/// directory.
std::uint32_t find_group(ext2_sb_info& sb, const ext2_inode_info& directory, std::uint32_t mode) {
  const auto parent = static_cast<std::uint32_t>((directory.i_ino - 1) / sb.s_inodes_per_group);
  if ((mode & S_IFMT) != S_IFDIR) return parent;
  std::uint32_t best = parent;
  for (std::uint32_t group = 0; group < sb.s_groups_count; ++group) {
    const ext2_group_desc& desc = ext2_get_group_desc(sb, group);
    const bool better =
        desc.bg_free_blocks_count > ext2_get_group_desc(sb, best).bg_free_blocks_count;
    if (better && desc.bg_free_inodes_count != 0) best = group;
  }
  return best;
}

/// Takes a free inode of a group. 0, -ENOSPC or -errno.
int take_from_group(ext2_sb_info& sb, std::uint32_t group, bool directory, std::uint32_t& ino) {
  ext2_group_desc& desc = ext2_get_group_desc(sb, group);
  if (desc.bg_free_inodes_count == 0) return -ENOSPC;
  int error = 0;
  const ext2_buffer bitmap = read_inode_bitmap(sb, group, error);
  if (!bitmap) return error;
  const std::uint32_t first = group == 0 ? sb.s_first_ino - 1 : 0;
  const std::uint32_t end = sb.s_inodes_per_group;
  const std::uint32_t bit = ext2_find_next_zero_bit(bitmap.at<void>(), first, end);
  if (bit == end || desc.bg_free_inodes_count == 0) return -ENOSPC;
  ext2_test_and_set_bit(bitmap.at<void>(), bit);
  bitmap.mark_dirty();
  --desc.bg_free_inodes_count;
  --sb.s_es->s_free_inodes_count;
  if (directory) ++desc.bg_used_dirs_count;
  ext2_mark_group_dirty(sb, group);
  ino = group * sb.s_inodes_per_group + bit + 1;
  return 0;
}

int take_inode(ext2_sb_info& sb, std::uint32_t goal_group, bool directory, std::uint32_t& ino) {
  int result = -ENOSPC;
  for (std::uint32_t i = 0; i < sb.s_groups_count && sb.s_es->s_free_inodes_count != 0; ++i) {
    const int error = take_from_group(sb, (goal_group + i) % sb.s_groups_count, directory, ino);
    if (error == 0) return 0;
    if (error != -ENOSPC) result = error;
  }
  return result;
}

}  // namespace

ext2_inode_info* ext2_new_inode(ext2_inode_info& directory, std::uint32_t mode, int& error) {
  ext2_sb_info& sb = directory.sb();
  const std::uint32_t group = find_group(sb, directory, mode);
  std::uint32_t ino = 0;
  error = take_inode(sb, group, (mode & S_IFMT) == S_IFDIR, ino);
  if (error != 0) return nullptr;
  inode* const made = iget_locked(sb, ino);
  if (made == nullptr) {
    ext2_free_inode(sb, ino, (mode & S_IFMT) == S_IFDIR);
    error = -ENOMEM;
    return nullptr;
  }
  if ((made->i_state & I_NEW) == 0) {
    // Its number stays taken: whom it belongs to is for e2fsck to find out.
    error = -EUCLEAN;
    ext2_error(sb, "inode %u is in use, but the inode bitmap marks it as free", ino);
    iput(*made);
    return nullptr;
  }
  ext2_inode_info& node = EXT2_I(*made);
  node.i_mode = mode;
  node.i_nlink = 1;
  node.i_atime = node.i_mtime = node.i_ctime = current_time();
  node.i_generation = sb.s_next_generation++;
  node.i_goal = (ino - 1) / sb.s_inodes_per_group * sb.s_blocks_per_group;
  node.i_fresh = true;
  ext2_set_inode_operations(node);
  mark_inode_dirty(node);
  return &node;
}

void ext2_free_inode(ext2_sb_info& sb, std::uint32_t ino, bool directory) {
  const std::uint32_t group = (ino - 1) / sb.s_inodes_per_group;
  int error = 0;
  const ext2_buffer bitmap = read_inode_bitmap(sb, group, error);
  if (!bitmap) return;
  if (!ext2_test_and_clear_bit(bitmap.at<void>(), (ino - 1) % sb.s_inodes_per_group)) {
    ext2_error(sb, "freeing inode %u, which is free", ino);
    return;
  }
  bitmap.mark_dirty();
  ext2_group_desc& desc = ext2_get_group_desc(sb, group);
  ++desc.bg_free_inodes_count;
  ++sb.s_es->s_free_inodes_count;
  if (directory && desc.bg_used_dirs_count != 0) --desc.bg_used_dirs_count;
  ext2_mark_group_dirty(sb, group);
}
