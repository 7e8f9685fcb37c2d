// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ext2 file system, read and written: what its parts ask of each other. Blocks are 4 KiB, so a
// block is a page. Content of files and directories is cached per inode, the rest (superblock,
// descriptors, bitmaps, inode tables, indirect blocks) in the cache of the device.
//
// Nothing read from the device is believed: whatever is out of range is reported on the console by
// ext2_error() and becomes -EUCLEAN, an unreadable block -EIO.

#include <cstdint>
#include <string_view>

#include "sw/kernel/fs/ext2/ext2_fs.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/page_alloc.h"

/// A block of metadata in the cache of the device, held by a reference.
class ext2_buffer {
 public:
  ext2_buffer() = default;
  explicit ext2_buffer(page* p) : page_(p) {}
  ext2_buffer(ext2_buffer&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
  ext2_buffer& operator=(ext2_buffer&& other) noexcept {
    std::swap(page_, other.page_);
    return *this;
  }
  ext2_buffer(const ext2_buffer&) = delete;
  ext2_buffer& operator=(const ext2_buffer&) = delete;
  ~ext2_buffer() {
    if (page_ != nullptr) put_page(page_);
  }

  explicit operator bool() const { return page_ != nullptr; }
  /// The content from byte `offset` on.
  template <typename T>
  [[nodiscard]] T* at(std::size_t offset = 0) const {
    return reinterpret_cast<T*>(static_cast<char*>(page_address(page_)) + offset);
  }
  /// The content has changed.
  void mark_dirty() const;

 private:
  page* page_ = nullptr;
};

/// A mounted file system.
struct ext2_sb_info : super_block {
  ext2_buffer s_sbh;          ///< block 0
  ext2_super_block* s_es;     ///< in it
  ext2_buffer* s_group_desc;  ///< blocks of descriptors
  std::uint32_t s_gdb_count;
  std::uint32_t s_groups_count;
  std::uint32_t s_blocks_count;
  std::uint32_t s_inodes_count;
  std::uint32_t s_blocks_per_group;
  std::uint32_t s_inodes_per_group;
  std::uint32_t s_inode_size;
  std::uint32_t s_first_ino;  ///< first inode that is not reserved
  bool s_filetype;            ///< entries hold the type of what they name
  bool* s_bitmap_checked;     ///< per group: its block bitmap covers the group's own blocks
  std::uint32_t s_next_generation;
  std::uint32_t s_earliest;  ///< the clock of the device's own times begins here
};

[[nodiscard]] inline ext2_sb_info& EXT2_SB(super_block& sb) {
  return static_cast<ext2_sb_info&>(sb);
}

/// An inode in memory.
struct ext2_inode_info : inode {
  std::uint32_t i_block[EXT2_N_BLOCKS];
  std::uint32_t i_flags;
  std::uint32_t i_file_acl;
  std::uint32_t i_dtime;
  std::uint32_t i_generation;
  std::uint32_t i_goal;         ///< where the next block would best be
  bool i_fresh;                 ///< its place in the table holds nothing worth keeping
  rw_semaphore truncate_mutex;  ///< held for writing while i_block and what it leads to change

  [[nodiscard]] ext2_sb_info& sb() const { return EXT2_SB(*i_sb); }
  /// Whether it is a link whose text is in i_block.
  [[nodiscard]] bool is_fast_symlink() const {
    return is(S_IFLNK) && i_blocks == (i_file_acl != 0 ? EXT2_SECTORS_PER_BLOCK : 0);
  }
};

[[nodiscard]] inline ext2_inode_info& EXT2_I(inode& node) {
  return static_cast<ext2_inode_info&>(node);
}

// super.cpp

/// Mounts `bdev` on `covered`. 0, or -errno after a message.
[[nodiscard]] int ext2_mount(block_device& bdev, inode& covered);
/// Whether the superblock of a device claims an ext2 file system.
[[nodiscard]] bool ext2_probe(block_device& bdev);
/// Reports an inconsistency, and notes it in the superblock.
[[gnu::format(printf, 2, 3)]] void ext2_error(ext2_sb_info& sb, const char* format, ...);
/// Reads a block of metadata; empty: `error` says why.
[[nodiscard]] ext2_buffer ext2_bread(ext2_sb_info& sb, std::uint32_t block, int& error);
/// The block, zeroed without being read; empty: -ENOMEM.
[[nodiscard]] ext2_buffer ext2_getblk_zeroed(ext2_sb_info& sb, std::uint32_t block, int& error);
/// Forgets a block of metadata that is being freed: it must not be written any more.
void ext2_bforget(ext2_sb_info& sb, std::uint32_t block);
/// Seconds for the device's own times (of mounting, writing, deleting). The machine's clock begins
/// at 0, so this one goes on from when the device was last written; a smaller time of deletion
/// could also be taken for the number of an inode, in the list of orphans that shares its place.
[[nodiscard]] std::uint32_t ext2_now(const ext2_sb_info& sb);
/// Descriptor of a group, and marking it dirty.
[[nodiscard]] ext2_group_desc& ext2_get_group_desc(ext2_sb_info& sb, std::uint32_t group);
void ext2_mark_group_dirty(ext2_sb_info& sb, std::uint32_t group);

// balloc.cpp

/// Whether the numbers of `count` blocks from `block` on may be in a file's map: in range and no
/// places of the file system's own.
[[nodiscard]] bool ext2_data_block_valid(ext2_sb_info& sb, std::uint32_t block,
                                         std::uint32_t count);
/// Allocates a block, near `goal` if possible. 0, -ENOSPC or another -errno.
[[nodiscard]] int ext2_new_block(ext2_sb_info& sb, std::uint32_t goal, std::uint32_t& block);
/// Frees a block; false: it was not in use or out of range, which has been reported.
bool ext2_free_block(ext2_sb_info& sb, std::uint32_t block);
/// The first clear bit in [first, end) of a bitmap; `end`: none.
[[nodiscard]] std::uint32_t ext2_find_next_zero_bit(const void* bitmap, std::uint32_t first,
                                                    std::uint32_t end);
/// Sets or clears a bit; returns what it was.
bool ext2_test_and_set_bit(void* bitmap, std::uint32_t bit);
bool ext2_test_and_clear_bit(void* bitmap, std::uint32_t bit);

// ialloc.cpp

/// Makes an inode for an entry of `directory`: link count 1, dirty, not yet unlocked (I_NEW). Null:
/// `error` says why.
[[nodiscard]] ext2_inode_info* ext2_new_inode(ext2_inode_info& directory, std::uint32_t mode,
                                              int& error);
/// Gives the number of an inode back; `directory`: it was one.
void ext2_free_inode(ext2_sb_info& sb, std::uint32_t ino, bool directory);

// block_map.cpp

/// Blocks of a file that follow each other on the device.
struct ext2_block_run {
  std::uint32_t first;  ///< 0: a hole
  std::uint32_t count;  ///< at least 1
};
/// The block of page `index`, and those known to follow it, up to `most` in all. 0 or -errno.
[[nodiscard]] int ext2_find_blocks(ext2_inode_info& node, std::uint64_t index, std::uint64_t most,
                                   ext2_block_run& run);
/// Gives page `index` a block if it has none. 0 or -errno.
[[nodiscard]] int ext2_make_block(ext2_inode_info& node, std::uint64_t index);
/// Frees the blocks of pages from `first` on. 0 or -errno.
int ext2_truncate_blocks(ext2_inode_info& node, std::uint64_t first);

// inode.cpp

/// The inode `ino` with a reference; null: `error` says why.
[[nodiscard]] inode* ext2_iget(ext2_sb_info& sb, std::uint32_t ino, int& error);
/// Sets the operations that the type of an inode asks for.
void ext2_set_inode_operations(ext2_inode_info& node);
int ext2_write_inode(inode& node);
void ext2_evict_inode(inode& node);
[[nodiscard]] int ext2_truncate(inode& node, std::uint64_t size);

// dir.cpp

/// The inode number of an entry; 0 or -errno (-ENOENT).
[[nodiscard]] int ext2_find_entry(inode& directory, std::string_view name, std::uint32_t& ino);
/// Adds an entry that is known not to exist. 0 or -errno.
[[nodiscard]] int ext2_add_link(inode& directory, std::string_view name, const inode& node);
/// Removes an entry. 0 or -errno.
[[nodiscard]] int ext2_delete_entry(inode& directory, std::string_view name);
/// Lets an entry name another inode. 0 or -errno.
[[nodiscard]] int ext2_set_link(inode& directory, std::string_view name, const inode& node);
/// Gives an empty directory its first block, with "." and "..".
[[nodiscard]] int ext2_make_empty(inode& directory, const inode& parent);
/// Whether there is nothing but "." and "..": 0, -ENOTEMPTY or another -errno.
[[nodiscard]] int ext2_empty_dir(inode& directory);
extern const file_operations ext2_dir_operations;

// namei.cpp

extern const inode_operations ext2_dir_inode_operations;
extern const inode_operations ext2_file_inode_operations;
extern const inode_operations ext2_symlink_inode_operations;
