// SPDX-License-Identifier: Apache-2.0
// Inodes and the pages of their files.

#include <cstring>

#include "sw/kernel/block/mpage.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/readahead.h"

namespace {

int get_block(address_space& mapping, std::uint64_t index, block_map& map) {
  ext2_inode_info& node = EXT2_I(*mapping.host);
  ext2_block_run run{};
  const int error = ext2_find_blocks(node, index, map.nr_pages, run);
  if (error != 0) return error;
  map = {.bdev = run.first == 0 ? nullptr : node.i_sb->s_bdev,
         .sector = std::uint64_t{run.first} * EXT2_SECTORS_PER_BLOCK,
         .nr_pages = run.count};
  return 0;
}

int read_folio(address_space& mapping, page& p) {
  return mpage_read_folio(mapping, p, get_block);
}

void readahead(address_space& mapping, std::uint64_t first, std::uint64_t nr) {
  mpage_readahead(mapping, first, nr, get_block);
}

int writepage(address_space& mapping, page& p) {
  return mpage_writepage(mapping, p, get_block);
}

int writepages(address_space& mapping, std::uint64_t first, std::uint64_t last) {
  return mpage_writepages(mapping, first, last, get_block);
}

int write_begin(address_space& mapping, page& p) {
  constexpr std::uint64_t kMaxPages = EXT2_MAX_FILE_SIZE / EXT2_BLOCK_SIZE;
  ext2_inode_info& node = EXT2_I(*mapping.host);
  if (node.i_sb->s_readonly) return -EROFS;
  return p.index >= kMaxPages ? -EFBIG : ext2_make_block(node, p.index);
}

constexpr address_space_operations kAddressSpaceOperations = {.read_folio = read_folio,
                                                              .readahead = readahead,
                                                              .writepage = writepage,
                                                              .writepages = writepages,
                                                              .write_begin = write_begin};

/// An inode's place in the table.
struct raw_inode {
  ext2_buffer buffer;
  ext2_inode* raw;
};

int find_raw(ext2_sb_info& sb, std::uint64_t ino, raw_inode& place) {
  const auto group = static_cast<std::uint32_t>((ino - 1) / sb.s_inodes_per_group);
  const std::uint64_t offset = (ino - 1) % sb.s_inodes_per_group * sb.s_inode_size;
  const auto block = static_cast<std::uint32_t>(ext2_get_group_desc(sb, group).bg_inode_table +
                                                offset / EXT2_BLOCK_SIZE);
  int error = 0;
  place.buffer = ext2_bread(sb, block, error);
  if (place.buffer) place.raw = place.buffer.at<ext2_inode>(offset % EXT2_BLOCK_SIZE);
  return error;
}

std::uint64_t size_of(const ext2_inode& raw) {
  const bool regular = (raw.i_mode & S_IFMT) == S_IFREG;
  return raw.i_size | (regular ? std::uint64_t{raw.i_size_high} << 32 : 0);
}

/// What is wrong with an inode that an entry names; null: nothing.
const char* check_raw(const ext2_inode& raw) {
  const std::uint64_t size = size_of(raw);
  switch (raw.i_mode & S_IFMT) {
    case S_IFREG:
      return size > EXT2_MAX_FILE_SIZE ? "size" : nullptr;
    case S_IFDIR:
      return size == 0 || size % EXT2_BLOCK_SIZE != 0 ? "directory size" : nullptr;
    case S_IFLNK:
      return size == 0 || size >= kPathMax || (raw.i_blocks == 0 && size >= sizeof(raw.i_block))
                 ? "length"
                 : nullptr;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
      return nullptr;
    default:
      return "type";
  }
}

constexpr timespec64 time_of(std::uint32_t seconds) {
  return {.tv_sec = static_cast<std::int32_t>(seconds), .tv_nsec = 0};
}

void fill_inode(ext2_inode_info& node, const ext2_inode& raw) {
  constexpr unsigned kHalf = 16;
  node.i_mode = raw.i_mode;
  node.i_uid = raw.i_uid | static_cast<std::uint32_t>(raw.i_uid_high) << kHalf;
  node.i_gid = raw.i_gid | static_cast<std::uint32_t>(raw.i_gid_high) << kHalf;
  node.i_nlink = raw.i_links_count;
  node.i_atime = time_of(raw.i_atime);
  node.i_ctime = time_of(raw.i_ctime);
  node.i_mtime = time_of(raw.i_mtime);
  node.i_blocks = raw.i_blocks;
  node.i_data.i_size = size_of(raw);
  node.i_flags = raw.i_flags;
  node.i_file_acl = raw.i_file_acl;
  node.i_dtime = raw.i_dtime;
  node.i_generation = raw.i_generation;
  for (unsigned i = 0; i < EXT2_N_BLOCKS; ++i) node.i_block[i] = raw.i_block[i];
  node.i_goal = static_cast<std::uint32_t>((node.i_ino - 1) / node.sb().s_inodes_per_group *
                                           node.sb().s_blocks_per_group);
  // A device's number: in the first word if it is an old one of 16 bits, else in the second.
  if (node.is(S_IFCHR) || node.is(S_IFBLK)) {
    node.i_rdev = raw.i_block[0] != 0 ? raw.i_block[0] : raw.i_block[1];
  }
  ext2_set_inode_operations(node);
}

/// Reads an inode from the table. 0 or -errno.
int read_inode(ext2_inode_info& node) {
  raw_inode place{};
  const int error = find_raw(node.sb(), node.i_ino, place);
  if (error != 0) return error;
  const ext2_inode& raw = *place.raw;
  if (raw.i_links_count == 0) {
    ext2_error(node.sb(), "inode %lu is deleted, but has a name", node.i_ino);
    return -EUCLEAN;
  }
  const char* const wrong = check_raw(raw);
  if (wrong != nullptr) {
    ext2_error(node.sb(), "inode %lu has a bad %s (mode 0%o, size %lu)", node.i_ino, wrong,
               raw.i_mode, size_of(raw));
    return -EUCLEAN;
  }
  fill_inode(node, raw);
  return 0;
}

bool valid_ino(const ext2_sb_info& sb, std::uint32_t ino) {
  return ino == EXT2_ROOT_INO || (ino >= sb.s_first_ino && ino <= sb.s_inodes_count);
}

void put_raw(const ext2_inode_info& node, ext2_inode& raw) {
  constexpr unsigned kHalf = 16;
  raw.i_mode = static_cast<std::uint16_t>(node.i_mode);
  raw.i_uid = static_cast<std::uint16_t>(node.i_uid);
  raw.i_uid_high = static_cast<std::uint16_t>(node.i_uid >> kHalf);
  raw.i_gid = static_cast<std::uint16_t>(node.i_gid);
  raw.i_gid_high = static_cast<std::uint16_t>(node.i_gid >> kHalf);
  raw.i_links_count = static_cast<std::uint16_t>(node.i_nlink);
  raw.i_size = static_cast<std::uint32_t>(node.i_data.i_size);
  if (node.is(S_IFREG)) raw.i_size_high = static_cast<std::uint32_t>(node.i_data.i_size >> 32);
  raw.i_atime = static_cast<std::uint32_t>(node.i_atime.tv_sec);
  raw.i_ctime = static_cast<std::uint32_t>(node.i_ctime.tv_sec);
  raw.i_mtime = static_cast<std::uint32_t>(node.i_mtime.tv_sec);
  raw.i_dtime = node.i_dtime;
  raw.i_blocks = static_cast<std::uint32_t>(node.i_blocks);
  raw.i_flags = node.i_flags;
  raw.i_file_acl = node.i_file_acl;
  raw.i_generation = node.i_generation;
  for (unsigned i = 0; i < EXT2_N_BLOCKS; ++i) raw.i_block[i] = node.i_block[i];
}

/// A file of 2 GiB and more needs a feature of that name.
void note_large_file(ext2_sb_info& sb, std::uint64_t size) {
  constexpr std::uint64_t kLarge = std::uint64_t{1} << 31;
  ext2_super_block& es = *sb.s_es;
  if (size < kLarge || es.s_rev_level == EXT2_GOOD_OLD_REV ||
      (es.s_feature_ro_compat & EXT2_FEATURE_RO_COMPAT_LARGE_FILE) != 0) {
    return;
  }
  es.s_feature_ro_compat |= EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
  sb.s_sbh.mark_dirty();
}

/// Takes a reference from the block of extended attributes, which inodes may share.
void drop_attributes(ext2_inode_info& node) {
  constexpr std::uint32_t kAttributesMagic = 0xea020000;
  ext2_sb_info& sb = node.sb();
  const std::uint32_t block = std::exchange(node.i_file_acl, 0);
  if (block == 0) return;
  if (!ext2_data_block_valid(sb, block, 1)) {
    ext2_error(sb, "bad block %u of attributes in inode %lu", block, node.i_ino);
    return;
  }
  int error = 0;
  const ext2_buffer buffer = ext2_bread(sb, block, error);
  if (!buffer) return;
  std::uint32_t* const header = buffer.at<std::uint32_t>();  // magic, number of references
  if (header[0] != kAttributesMagic) {
    ext2_error(sb, "block %u of inode %lu holds no attributes", block, node.i_ino);
  } else if (header[1] > 1) {
    --header[1];
    buffer.mark_dirty();
  } else {
    ext2_bforget(sb, block);
    static_cast<void>(ext2_free_block(sb, block));
  }
}

/// The end of a file within its last page becomes zeros, on the device too.
int zero_tail(ext2_inode_info& node, std::uint64_t size) {
  const std::uint64_t used = size % EXT2_BLOCK_SIZE;
  ext2_block_run last{};
  int error = used == 0 ? 0 : ext2_find_blocks(node, size / EXT2_BLOCK_SIZE, 1, last);
  if (error != 0 || last.first == 0) return error;
  page* const p = read_mapping_page(node.i_data, size / EXT2_BLOCK_SIZE, error);
  if (p == nullptr) return error;
  lock_page(p);
  std::memset(static_cast<char*>(page_address(p)) + used, 0, EXT2_BLOCK_SIZE - used);
  static_cast<void>(set_page_dirty(*p));
  unlock_page(p);
  put_page(p);
  return 0;
}

}  // namespace

void ext2_set_inode_operations(ext2_inode_info& node) {
  node.i_data.a_ops = &kAddressSpaceOperations;
  node.i_data.ra_pages = VM_READAHEAD_PAGES;
  if (node.is(S_IFREG)) {
    node.i_op = &ext2_file_inode_operations;
    node.i_fop = &generic_file_operations;
  } else if (node.is(S_IFDIR)) {
    node.i_op = &ext2_dir_inode_operations;
    node.i_fop = &ext2_dir_operations;
  } else if (node.is(S_IFLNK)) {
    node.i_op = &ext2_symlink_inode_operations;
  } else {
    node.i_op = &ext2_file_inode_operations;
  }
}

inode* ext2_iget(ext2_sb_info& sb, std::uint32_t ino, int& error) {
  error = -EUCLEAN;
  if (!valid_ino(sb, ino)) {
    ext2_error(sb, "bad inode number %u", ino);
    return nullptr;
  }
  error = -ENOMEM;
  inode* const node = iget_locked(sb, ino);
  if (node == nullptr) return nullptr;
  error = 0;
  if ((node->i_state & I_NEW) == 0) {
    if (node->i_nlink != 0) return node;
    iput(*node);
    ext2_error(sb, "inode %u is deleted, but has a name", ino);
    error = -EUCLEAN;
    return nullptr;
  }
  error = read_inode(EXT2_I(*node));
  if (error != 0) {
    iget_failed(*node);
    return nullptr;
  }
  unlock_new_inode(*node);
  return node;
}

int ext2_write_inode(inode& node) {
  ext2_inode_info& info = EXT2_I(node);
  raw_inode place{};
  const int error = find_raw(info.sb(), node.i_ino, place);
  if (error != 0) return error;
  if (info.i_fresh) {
    std::memset(place.raw, 0, info.sb().s_inode_size);
    info.i_fresh = false;
  }
  put_raw(info, *place.raw);
  place.buffer.mark_dirty();
  if (node.is(S_IFREG)) note_large_file(info.sb(), node.i_data.i_size);
  return 0;
}

void ext2_evict_inode(inode& node) {
  ext2_inode_info& info = EXT2_I(node);
  if (node.i_sb->s_readonly) return;
  if (!info.is_fast_symlink() && !node.is(S_IFCHR) && !node.is(S_IFBLK)) {
    node.i_data.i_size = 0;
    ext2_truncate_blocks(info, 0);
  }
  drop_attributes(info);
  info.i_dtime = ext2_now(info.sb());
  static_cast<void>(ext2_write_inode(node));
  ext2_free_inode(info.sb(), static_cast<std::uint32_t>(node.i_ino), node.is(S_IFDIR));
}

int ext2_truncate(inode& node, std::uint64_t size) {
  ext2_inode_info& info = EXT2_I(node);
  if (size > EXT2_MAX_FILE_SIZE) return -EFBIG;
  const std::uint64_t old_size = node.i_data.i_size;
  int error = size < old_size ? zero_tail(info, size) : 0;
  if (error != 0) return error;
  truncate_setsize(node.i_data, size);
  if (size < old_size) {
    error = ext2_truncate_blocks(info, (size + EXT2_BLOCK_SIZE - 1) / EXT2_BLOCK_SIZE);
  }
  node.i_mtime = node.i_ctime = current_time();
  mark_inode_dirty(node);
  return error;
}
