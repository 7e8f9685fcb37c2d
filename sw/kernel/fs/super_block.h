// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mounted file systems.

#include "sw/kernel/fs/inode.h"

struct block_device;

/// What statfs(2) tells, in blocks of `block_size` bytes.
struct kstatfs {
  std::uint64_t type = 0;  ///< magic number of the file system
  std::uint64_t block_size = 0;
  std::uint64_t blocks = 0, blocks_free = 0, blocks_available = 0;
  std::uint64_t files = 0, files_free = 0;
};

/// What a kind of file system does as a whole.
struct super_operations {
  /// Memory for an inode, zeroed; null: out of memory.
  inode* (*alloc_inode)() = nullptr;
  void (*free_inode)(inode& node) = nullptr;
  /// Puts an inode's attributes into its place in the device's page cache; null: there is none.
  int (*write_inode)(inode& node) = nullptr;
  /// Gives the space of an inode without names back to the file system; null: there is none.
  void (*evict_inode)(inode& node) = nullptr;
  /// Writes what is not an inode's, and waits; null: there is none.
  int (*sync_fs)(super_block& sb) = nullptr;
  /// Marks the file system as cleanly unmounted on its device; null: there is nothing to do.
  int (*put_super)(super_block& sb) = nullptr;
  void (*statfs)(super_block& sb, kstatfs& to) = nullptr;
};

struct super_block {
  const char* s_type;    ///< as in /proc/mounts
  block_device* s_bdev;  ///< null: in memory
  std::uint64_t s_dev;   ///< device number that stat(2) shows
  const super_operations* s_op;
  inode* s_root;
  inode* s_covered;  ///< directory it is mounted on; null: the root of all
  bool s_readonly;
  rw_semaphore s_rename;  ///< held for writing while directories move
  list_head s_inodes;     ///< all in memory
  super_block* s_next;    ///< in the list of mounted file systems
};

/// Hides the directory `covered` behind the root of `sb`; null: `sb` is the root of all, and the
/// only file system so far.
void mount_super(super_block& sb, inode* covered);
/// Looks for a block device with an ext2 file system and mounts it at /disk. A device that claims
/// to be one but cannot be used is reported on the console and left alone.
void mount_disk();
/// Writes everything that is dirty in any file system to its device and waits (sync(2), and before
/// power-off). Returns 0 or the first -errno.
int sync_filesystems();
/// As sync_filesystems(), and marks the file systems as cleanly unmounted; nothing may write after.
int unmount_filesystems();
