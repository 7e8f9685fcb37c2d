// SPDX-License-Identifier: Apache-2.0
// The list of mounted file systems, and writing them back.

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/page_writeback.h"

namespace {

super_block* first;

int write_and_wait(address_space& mapping) {
  return filemap_write_and_wait_range(mapping, 0, kLastPage);
}

int sync_metadata(super_block& sb) {
  return sb.s_op->sync_fs == nullptr ? 0 : sb.s_op->sync_fs(sb);
}

/// Calls `visit` for every inode of a file system that is neither new nor on its way out; returns
/// the first error.
template <typename Visit>
int for_each_inode(super_block& sb, Visit visit) {
  int error = 0;
  inode_ref current;  // keeps its place in the list while `visit` sleeps
  for (list_head* at = sb.s_inodes.next; at != &sb.s_inodes; at = at->next) {
    auto* const node = list_entry<inode, offsetof(inode, i_sb_list)>(at);
    if ((node->i_state & (I_NEW | I_FREEING)) != 0) continue;
    current = igrab(*node);
    const int result = visit(*node);
    if (error == 0) error = result;
  }
  return error;
}

int sync_filesystem(super_block& sb) {
  if (sb.s_bdev == nullptr || sb.s_readonly) return 0;
  int error = for_each_inode(sb, [](inode& node) { return write_and_wait(node.i_data); });
  const int attributes = for_each_inode(sb, write_inode);
  const int metadata = sync_metadata(sb);
  if (error == 0) error = attributes;
  return error != 0 ? error : metadata;
}

}  // namespace

void mount_super(super_block& sb, inode* covered) {
  sb.s_covered = covered;
  sb.s_next = nullptr;
  if (covered == nullptr) {
    first = &sb;
    return;
  }
  ihold(*covered);
  covered->i_mounted = &sb;
  super_block* last = first;
  while (last->s_next != nullptr) last = last->s_next;
  last->s_next = &sb;
}

inode* root_inode() {
  return first->s_root;
}

int write_inode_now(inode& node) {
  if (node.i_sb->s_bdev == nullptr || node.i_sb->s_readonly) return 0;
  const int error = write_and_wait(node.i_data);
  const int attributes = write_inode(node);
  return error != 0 ? error : attributes;
}

int vfs_fsync(open_file& f) {
  inode& node = *f.node;
  const int error = write_inode_now(node);
  if (node.i_sb->s_bdev == nullptr || node.i_sb->s_readonly) return error;
  const int metadata = sync_metadata(*node.i_sb);
  return error != 0 ? error : metadata;
}

int sync_filesystems() {
  int error = 0;
  for (super_block* sb = first; sb != nullptr; sb = sb->s_next) {
    const int result = sync_filesystem(*sb);
    if (error == 0) error = result;
  }
  return error;
}

int unmount_filesystems() {
  const int error = sync_filesystems();
  int unmounted = 0;
  for (super_block* sb = first; sb != nullptr; sb = sb->s_next) {
    if (sb->s_op->put_super == nullptr) continue;
    const int result = sb->s_op->put_super(*sb);
    if (unmounted == 0) unmounted = result;
  }
  return error != 0 ? error : unmounted;
}
