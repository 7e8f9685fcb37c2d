// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files, directories, links and devices as the file systems share them (Linux: the VFS's inode).
// There is no cache of directory entries: a path is resolved by asking directories, and a directory
// finds its parent by its own "..".
//
// An inode stays in memory while someone holds a reference, and for a while after, because its
// pages are the cache of its content. i_rwsem protects what a directory contains and the size of a
// file; it is taken before mmap_lock and before the lock of a page. With two directories, both are
// held only under the file system's rename lock.

#include <cstdint>
#include <string_view>
#include <utility>

#include "sw/kernel/fs/fcntl.h"
#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/rwsem.h"

struct file_operations;
struct inode;
struct super_block;

/// The permission bits, set-id bits included.
inline constexpr std::uint32_t S_IALLUGO = 07777;

/// Longest name and path that the kernel takes, with their terminators (Linux: NAME_MAX + 1,
/// PATH_MAX).
inline constexpr std::size_t kNameMax = 256;
inline constexpr std::size_t kPathMax = 4096;

/// A point in time; the clock counts from the start of the machine.
struct timespec64 {
  std::int64_t tv_sec;
  std::int64_t tv_nsec;  ///< 0 .. 999999999
};

/// What a file system does with a directory's entries, a link's text and a file's size. The caller
/// has checked what is the same everywhere: types, existence, that both are of one file system,
/// that it may be written, the length of names; it holds i_rwsem of the directories for writing
/// (lookup: for reading). All return 0 or -errno. A null function: EPERM.
struct inode_operations {
  /// Finds an entry (never "." or ".."); `found` gets a reference. -ENOENT: there is none.
  int (*lookup)(inode& directory, std::string_view name, inode*& found) = nullptr;
  /// Makes an empty regular file; `made` gets a reference.
  int (*create)(inode& directory, std::string_view name, std::uint32_t mode,
                inode*& made) = nullptr;
  /// Gives `node` another name.
  int (*link)(inode& directory, std::string_view name, inode& node) = nullptr;
  /// Takes a name from `node`, which is no directory.
  int (*unlink)(inode& directory, std::string_view name, inode& node) = nullptr;
  /// Makes a symbolic link with text `target`.
  int (*symlink)(inode& directory, std::string_view name, std::string_view target) = nullptr;
  int (*mkdir)(inode& directory, std::string_view name, std::uint32_t mode) = nullptr;
  /// Removes the directory `node`; -ENOTEMPTY.
  int (*rmdir)(inode& directory, std::string_view name, inode& node) = nullptr;
  /// Moves `node` to another name; what had that name (`target`, or null) loses it.
  int (*rename)(inode& from, std::string_view old_name, inode& node, inode& to,
                std::string_view new_name, inode* target) = nullptr;
  /// Reads a link's text into `text` of kPathMax bytes, with its terminator.
  int (*get_link)(inode& link, char* text) = nullptr;
  /// The directory that holds `directory`, with a reference.
  int (*get_parent)(inode& directory, inode*& parent) = nullptr;
  /// Makes a regular file `size` bytes long; the caller holds its i_rwsem for writing.
  int (*truncate)(inode& node, std::uint64_t size) = nullptr;
};

/// Bits of inode::i_state.
enum inode_state : std::uint32_t {
  I_NEW = 1u << 0,      ///< being filled; iget_locked() waits for it
  I_DIRTY = 1u << 1,    ///< differs from its place on the device
  I_FREEING = 1u << 2,  ///< being removed; iget_locked() waits for its end
};

struct inode {
  super_block* i_sb;
  std::uint64_t i_ino;
  std::uint32_t i_mode;  ///< type and permissions
  std::uint32_t i_nlink;
  std::uint32_t i_uid;
  std::uint32_t i_gid;
  std::uint64_t i_rdev;    ///< of a device: its number
  std::uint64_t i_blocks;  ///< space in use, in units of 512 bytes
  timespec64 i_atime;
  timespec64 i_mtime;
  timespec64 i_ctime;
  std::int32_t i_count;   ///< references
  std::uint32_t i_state;  ///< inode_state bits
  rw_semaphore i_rwsem;
  address_space i_data;  ///< content of a file; its size is i_data.i_size
  const inode_operations* i_op;
  const file_operations* i_fop;
  super_block* i_mounted;  ///< the file system whose root hides this directory, or null
  list_head i_hash;        ///< in the table of all inodes
  list_head i_sb_list;     ///< in super_block::s_inodes
  list_head i_lru;         ///< in the list of those without references

  [[nodiscard]] bool is(std::uint32_t type) const { return (i_mode & S_IFMT) == type; }
};

/// Makes the table of inodes. Called once, after the memory-management core is up.
void inode_init();

/// The inode `ino` of a file system with a reference, from memory or new; null: out of memory. A
/// new one has I_NEW set and is the caller's to fill; then unlock_new_inode(), or iget_failed().
[[nodiscard]] inode* iget_locked(super_block& sb, std::uint64_t ino);
/// Lets others see an inode that was filled.
void unlock_new_inode(inode& node);
/// Forgets an inode that could not be filled, with the caller's reference.
void iget_failed(inode& node);
/// Takes another reference.
inline void ihold(inode& node) {
  ++node.i_count;
}
/// Gives a reference back. The last one of an inode without names frees it on its file system too;
/// others stay until kept ones are too many. May sleep.
void iput(inode& node);
/// The inode differs from its place on the device from now on.
void mark_inode_dirty(inode& node);
/// Puts the attributes of a dirty inode into the device's page cache. 0 or -errno.
[[nodiscard]] int write_inode(inode& node);
/// Writes back the dirty pages and attributes of one inode and waits. 0 or -errno.
[[nodiscard]] int write_inode_now(inode& node);
/// Writes back and drops all inodes without references; for unmounting and for memory.
void prune_icache();

/// The time for i_atime and its like (kernel: the clock; host tests: their own).
[[nodiscard]] timespec64 current_time();

/// A counted reference to an inode, or none.
class inode_ref {
 public:
  inode_ref() = default;
  /// Takes over a reference that the caller has.
  explicit inode_ref(inode* node) : node_(node) {}
  inode_ref(inode_ref&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  inode_ref& operator=(inode_ref&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  inode_ref(const inode_ref&) = delete;
  inode_ref& operator=(const inode_ref&) = delete;
  ~inode_ref() {
    if (node_ != nullptr) iput(*node_);
  }

  /// A reference of its own to `node`.
  [[nodiscard]] static inode_ref hold(inode& node) {
    ihold(node);
    return inode_ref(&node);
  }
  /// Hands the reference to the caller.
  [[nodiscard]] inode* release() { return std::exchange(node_, nullptr); }
  [[nodiscard]] inode* get() const { return node_; }
  inode& operator*() const { return *node_; }
  inode* operator->() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }

 private:
  inode* node_ = nullptr;
};

/// A reference to an inode of the table, which may have none so far.
[[nodiscard]] inode_ref igrab(inode& node);
