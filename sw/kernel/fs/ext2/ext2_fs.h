// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an ext2 file system looks like on its device, as the Second Extended File System is
// described by its documentation in Linux (Documentation/filesystems/ext2.rst) and made by
// e2fsprogs. All numbers are little-endian, like the machines this runs on. Only blocks of 4 KiB.

#include <cstddef>
#include <cstdint>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

inline constexpr std::uint16_t EXT2_SUPER_MAGIC = 0xef53;
inline constexpr std::uint32_t EXT2_BLOCK_SIZE = 4096;
inline constexpr std::uint32_t EXT2_LOG_BLOCK_SIZE = 2;  ///< s_log_block_size of 4 KiB
/// The superblock's place, in bytes from the start of the device.
inline constexpr std::uint64_t EXT2_SUPER_OFFSET = 1024;
inline constexpr std::uint32_t EXT2_BITS_PER_BLOCK = EXT2_BLOCK_SIZE * 8;
inline constexpr std::uint32_t EXT2_ADDR_PER_BLOCK = EXT2_BLOCK_SIZE / 4;
inline constexpr std::uint32_t EXT2_SECTORS_PER_BLOCK = EXT2_BLOCK_SIZE / 512;

// Inode numbers.
inline constexpr std::uint32_t EXT2_ROOT_INO = 2;
inline constexpr std::uint32_t EXT2_GOOD_OLD_FIRST_INO = 11;

inline constexpr std::uint32_t EXT2_GOOD_OLD_REV = 0;
inline constexpr std::uint32_t EXT2_DYNAMIC_REV = 1;
inline constexpr std::uint16_t EXT2_GOOD_OLD_INODE_SIZE = 128;

// ext2_super_block::s_state.
inline constexpr std::uint16_t EXT2_VALID_FS = 1;  ///< cleanly unmounted
inline constexpr std::uint16_t EXT2_ERROR_FS = 2;  ///< an error was found

// Features. Unknown incompatible ones forbid mounting, unknown "ro" ones forbid writing.
inline constexpr std::uint32_t EXT2_FEATURE_INCOMPAT_FILETYPE = 0x2;
inline constexpr std::uint32_t EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER = 0x1;
inline constexpr std::uint32_t EXT2_FEATURE_RO_COMPAT_LARGE_FILE = 0x2;
inline constexpr std::uint32_t EXT2_FEATURE_INCOMPAT_SUPP = EXT2_FEATURE_INCOMPAT_FILETYPE;
inline constexpr std::uint32_t EXT2_FEATURE_RO_COMPAT_SUPP =
    EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE;

struct ext2_super_block {
  std::uint32_t s_inodes_count;
  std::uint32_t s_blocks_count;
  std::uint32_t s_r_blocks_count;
  std::uint32_t s_free_blocks_count;
  std::uint32_t s_free_inodes_count;
  std::uint32_t s_first_data_block;
  std::uint32_t s_log_block_size;
  std::uint32_t s_log_frag_size;
  std::uint32_t s_blocks_per_group;
  std::uint32_t s_frags_per_group;
  std::uint32_t s_inodes_per_group;
  std::uint32_t s_mtime;
  std::uint32_t s_wtime;
  std::uint16_t s_mnt_count;
  std::uint16_t s_max_mnt_count;
  std::uint16_t s_magic;
  std::uint16_t s_state;
  std::uint16_t s_errors;
  std::uint16_t s_minor_rev_level;
  std::uint32_t s_lastcheck;
  std::uint32_t s_checkinterval;
  std::uint32_t s_creator_os;
  std::uint32_t s_rev_level;
  std::uint16_t s_def_resuid;
  std::uint16_t s_def_resgid;
  // From revision 1 on.
  std::uint32_t s_first_ino;
  std::uint16_t s_inode_size;
  std::uint16_t s_block_group_nr;
  std::uint32_t s_feature_compat;
  std::uint32_t s_feature_incompat;
  std::uint32_t s_feature_ro_compat;
  std::uint8_t s_rest[920];
};
static_assert(sizeof(ext2_super_block) == 1024);
static_assert(offsetof(ext2_super_block, s_magic) == 56);
static_assert(offsetof(ext2_super_block, s_feature_ro_compat) == 100);

struct ext2_group_desc {
  std::uint32_t bg_block_bitmap;
  std::uint32_t bg_inode_bitmap;
  std::uint32_t bg_inode_table;
  std::uint16_t bg_free_blocks_count;
  std::uint16_t bg_free_inodes_count;
  std::uint16_t bg_used_dirs_count;
  std::uint16_t bg_pad;
  std::uint32_t bg_reserved[3];
};
static_assert(sizeof(ext2_group_desc) == 32);
inline constexpr std::uint32_t EXT2_DESC_PER_BLOCK = EXT2_BLOCK_SIZE / sizeof(ext2_group_desc);

// Block numbers in an inode.
inline constexpr unsigned EXT2_NDIR_BLOCKS = 12;
inline constexpr unsigned EXT2_IND_BLOCK = 12;
inline constexpr unsigned EXT2_DIND_BLOCK = 13;
inline constexpr unsigned EXT2_TIND_BLOCK = 14;
inline constexpr unsigned EXT2_N_BLOCKS = 15;
/// Largest regular file: the largest that e2fsck accepts with blocks of 4 KiB (i_blocks counts
/// sectors in 32 bits).
inline constexpr std::uint64_t EXT2_MAX_FILE_SIZE = 2'196'873'666'560;

/// ext2_inode::i_flags: the directory has a hash index behind its linear entries.
inline constexpr std::uint32_t EXT2_INDEX_FL = 0x1000;

struct ext2_inode {
  std::uint16_t i_mode;
  std::uint16_t i_uid;
  std::uint32_t i_size;
  std::uint32_t i_atime;
  std::uint32_t i_ctime;
  std::uint32_t i_mtime;
  std::uint32_t i_dtime;
  std::uint16_t i_gid;
  std::uint16_t i_links_count;
  std::uint32_t i_blocks;  ///< in sectors of 512 bytes
  std::uint32_t i_flags;
  std::uint32_t i_osd1;
  std::uint32_t i_block[EXT2_N_BLOCKS];  ///< block numbers, or the text of a short link
  std::uint32_t i_generation;
  std::uint32_t i_file_acl;
  std::uint32_t i_size_high;  ///< of regular files
  std::uint32_t i_faddr;
  std::uint32_t i_frag;
  std::uint16_t i_uid_high;
  std::uint16_t i_gid_high;
  std::uint32_t i_reserved2;
};
static_assert(sizeof(ext2_inode) == 128);

/// An entry of a directory; entries fill a block without gaps and do not cross its end.
struct ext2_dir_entry {
  std::uint32_t inode;    ///< 0: not in use
  std::uint16_t rec_len;  ///< to the next entry, a multiple of 4
  std::uint8_t name_len;
  std::uint8_t file_type;  ///< ext2_file_type, if the file system has the feature
  char name[];             ///< not terminated
};
static_assert(sizeof(ext2_dir_entry) == 8);

enum ext2_file_type : std::uint8_t {
  EXT2_FT_UNKNOWN,
  EXT2_FT_REG_FILE,
  EXT2_FT_DIR,
  EXT2_FT_CHRDEV,
  EXT2_FT_BLKDEV,
  EXT2_FT_FIFO,
  EXT2_FT_SOCK,
  EXT2_FT_SYMLINK,
};

/// Bytes of an entry for a name of `size` bytes.
[[nodiscard]] constexpr std::uint32_t ext2_rec_len(std::size_t size) {
  return static_cast<std::uint32_t>((sizeof(ext2_dir_entry) + size + 3) / 4 * 4);
}

/// Most names that a file may have.
inline constexpr std::uint32_t EXT2_LINK_MAX = 32000;
