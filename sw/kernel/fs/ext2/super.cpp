// SPDX-License-Identifier: Apache-2.0
// Mounting: the superblock, the group descriptors, and what they must look like.

#include <cstdarg>
#include <cstring>
#include <new>

#include "sw/kernel/block/block_device.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/slab.h"
#include "sw/lib/format.h"

namespace {

constexpr std::size_t kMessageSize = 160;

std::uint64_t device_blocks(const block_device& bdev) {
  return bdev.sectors / EXT2_SECTORS_PER_BLOCK;
}

[[gnu::format(printf, 2, 3)]] int refuse(const block_device& bdev, const char* format, ...) {
  char text[kMessageSize];
  std::va_list args;
  va_start(args, format);
  lib::vformat_into(text, sizeof(text), format, args);
  va_end(args);
  printk(log_level::error, "EXT2-fs error (%s): cannot mount: %s\n", bdev.name, text);
  return -EINVAL;
}

int check_features(const block_device& bdev, const ext2_super_block& es) {
  if (es.s_rev_level == EXT2_GOOD_OLD_REV) return 0;
  if (es.s_rev_level != EXT2_DYNAMIC_REV) {
    return refuse(bdev, "unknown revision %u", es.s_rev_level);
  }
  const std::uint32_t unknown = es.s_feature_incompat & ~EXT2_FEATURE_INCOMPAT_SUPP;
  return unknown == 0 ? 0 : refuse(bdev, "unsupported incompatible features 0x%x", unknown);
}

int check_geometry(const block_device& bdev, const ext2_super_block& es) {
  if (es.s_log_block_size != EXT2_LOG_BLOCK_SIZE || es.s_log_frag_size != EXT2_LOG_BLOCK_SIZE) {
    return refuse(bdev, "only blocks of 4096 bytes are supported (s_log_block_size %u)",
                  es.s_log_block_size);
  }
  if (es.s_first_data_block != 0) {
    return refuse(bdev, "bad first data block %u", es.s_first_data_block);
  }
  if (es.s_blocks_count < 2 || es.s_blocks_count > device_blocks(bdev)) {
    return refuse(bdev, "%u blocks do not fit the device of %lu", es.s_blocks_count,
                  device_blocks(bdev));
  }
  if (es.s_blocks_per_group == 0 || es.s_blocks_per_group > EXT2_BITS_PER_BLOCK ||
      es.s_frags_per_group != es.s_blocks_per_group) {
    return refuse(bdev, "bad number of blocks per group %u", es.s_blocks_per_group);
  }
  return 0;
}

/// Inodes: their size, and how many.
int check_inodes(const block_device& bdev, const ext2_super_block& es, const ext2_sb_info& sb) {
  if (sb.s_inode_size < EXT2_GOOD_OLD_INODE_SIZE || sb.s_inode_size > EXT2_BLOCK_SIZE ||
      (sb.s_inode_size & (sb.s_inode_size - 1)) != 0) {
    return refuse(bdev, "bad inode size %u", sb.s_inode_size);
  }
  const std::uint32_t per_block = EXT2_BLOCK_SIZE / sb.s_inode_size;
  if (es.s_inodes_per_group == 0 || es.s_inodes_per_group > EXT2_BITS_PER_BLOCK ||
      es.s_inodes_per_group % per_block != 0) {
    return refuse(bdev, "bad number of inodes per group %u", es.s_inodes_per_group);
  }
  if (es.s_inodes_count != std::uint64_t{sb.s_groups_count} * es.s_inodes_per_group) {
    return refuse(bdev, "%u inodes are not %u groups of %u", es.s_inodes_count, sb.s_groups_count,
                  es.s_inodes_per_group);
  }
  if (sb.s_first_ino < EXT2_GOOD_OLD_FIRST_INO || sb.s_first_ino > es.s_inodes_per_group) {
    return refuse(bdev, "bad first inode %u", sb.s_first_ino);
  }
  return 0;
}

/// A group's bitmaps and inode table must lie inside the group.
int check_descriptors(ext2_sb_info& sb) {
  for (std::uint32_t group = 0; group < sb.s_groups_count; ++group) {
    const ext2_group_desc& desc = ext2_get_group_desc(sb, group);
    const std::uint64_t first = std::uint64_t{group} * sb.s_blocks_per_group;
    const std::uint64_t group_end = first + sb.s_blocks_per_group;
    const std::uint64_t end = group_end < sb.s_blocks_count ? group_end : sb.s_blocks_count;
    const std::uint64_t table =
        std::uint64_t{sb.s_inodes_per_group} * sb.s_inode_size / EXT2_BLOCK_SIZE;
    const auto inside = [first, end](std::uint64_t block, std::uint64_t count) {
      return block > 0 && block >= first && block < end && count <= end - block;
    };
    if (!inside(desc.bg_block_bitmap, 1)) {
      return refuse(*sb.s_bdev, "block bitmap of group %u at bad block %u", group,
                    desc.bg_block_bitmap);
    }
    if (!inside(desc.bg_inode_bitmap, 1)) {
      return refuse(*sb.s_bdev, "inode bitmap of group %u at bad block %u", group,
                    desc.bg_inode_bitmap);
    }
    if (!inside(desc.bg_inode_table, table)) {
      return refuse(*sb.s_bdev, "inode table of group %u at bad block %u", group,
                    desc.bg_inode_table);
    }
  }
  return 0;
}

int read_descriptors(ext2_sb_info& sb) {
  sb.s_gdb_count = (sb.s_groups_count + EXT2_DESC_PER_BLOCK - 1) / EXT2_DESC_PER_BLOCK;
  if (std::uint64_t{1} + sb.s_gdb_count >= sb.s_blocks_count) {
    return refuse(*sb.s_bdev, "no room for the descriptors of %u groups", sb.s_groups_count);
  }
  sb.s_group_desc = static_cast<ext2_buffer*>(kzalloc(sb.s_gdb_count * sizeof(ext2_buffer)));
  sb.s_bitmap_checked = static_cast<bool*>(kzalloc(sb.s_groups_count));
  if (sb.s_group_desc == nullptr || sb.s_bitmap_checked == nullptr) return -ENOMEM;
  for (std::uint32_t i = 0; i < sb.s_gdb_count; ++i) {
    int error = 0;
    sb.s_group_desc[i] = ext2_bread(sb, 1 + i, error);
    if (error != 0) {
      refuse(*sb.s_bdev, "cannot read the group descriptors in block %u", 1 + i);
      return error;
    }
  }
  return check_descriptors(sb);
}

/// Fills `sb` from the device. 0 or -errno.
int fill_super(ext2_sb_info& sb) {
  block_device& bdev = *sb.s_bdev;
  int error = 0;
  sb.s_sbh = ext2_bread(sb, 0, error);
  if (error != 0) {
    refuse(bdev, "cannot read the superblock");
    return error;
  }
  sb.s_es = sb.s_sbh.at<ext2_super_block>(EXT2_SUPER_OFFSET);
  const ext2_super_block& es = *sb.s_es;
  if (es.s_magic != EXT2_SUPER_MAGIC) return refuse(bdev, "no ext2 file system");
  error = check_features(bdev, es);
  if (error == 0) error = check_geometry(bdev, es);
  if (error != 0) return error;
  const bool dynamic = es.s_rev_level != EXT2_GOOD_OLD_REV;
  sb.s_blocks_count = es.s_blocks_count;
  sb.s_inodes_count = es.s_inodes_count;
  sb.s_blocks_per_group = es.s_blocks_per_group;
  sb.s_inodes_per_group = es.s_inodes_per_group;
  sb.s_inode_size = dynamic ? es.s_inode_size : EXT2_GOOD_OLD_INODE_SIZE;
  sb.s_first_ino = dynamic ? es.s_first_ino : EXT2_GOOD_OLD_FIRST_INO;
  sb.s_filetype = dynamic && (es.s_feature_incompat & EXT2_FEATURE_INCOMPAT_FILETYPE) != 0;
  sb.s_groups_count = (es.s_blocks_count - 1) / es.s_blocks_per_group + 1;
  sb.s_earliest = es.s_wtime > es.s_inodes_count ? es.s_wtime : es.s_inodes_count;
  error = check_inodes(bdev, es, sb);
  return error != 0 ? error : read_descriptors(sb);
}

void decide_read_only(ext2_sb_info& sb) {
  const ext2_super_block& es = *sb.s_es;
  const std::uint32_t unknown = es.s_rev_level == EXT2_GOOD_OLD_REV
                                    ? 0
                                    : es.s_feature_ro_compat & ~EXT2_FEATURE_RO_COMPAT_SUPP;
  sb.s_readonly = sb.s_bdev->read_only || unknown != 0;
  if (unknown != 0) {
    printk(log_level::warning,
           "EXT2-fs warning (%s): mounted read-only: unsupported features 0x%x\n", sb.s_bdev->name,
           unknown);
  }
  if ((es.s_state & EXT2_VALID_FS) == 0 || (es.s_state & EXT2_ERROR_FS) != 0) {
    printk(log_level::warning,
           "EXT2-fs warning (%s): was not cleanly unmounted or has errors: e2fsck is recommended\n",
           sb.s_bdev->name);
  }
}

/// Notes in the superblock that the file system is in use.
void setup_super(ext2_sb_info& sb) {
  if (sb.s_readonly) return;
  sb.s_es->s_state &= static_cast<std::uint16_t>(~EXT2_VALID_FS);
  sb.s_es->s_mtime = ext2_now(sb);
  ++sb.s_es->s_mnt_count;
  sb.s_sbh.mark_dirty();
}

void free_super(ext2_sb_info* sb) {
  for (std::uint32_t i = 0; sb->s_group_desc != nullptr && i < sb->s_gdb_count; ++i) {
    sb->s_group_desc[i].~ext2_buffer();
  }
  kfree(sb->s_group_desc);
  kfree(sb->s_bitmap_checked);
  sb->~ext2_sb_info();
  kfree(sb);
}

inode* alloc_inode() {
  return static_cast<ext2_inode_info*>(kzalloc(sizeof(ext2_inode_info)));
}

void free_inode(inode& node) {
  kfree(&EXT2_I(node));
}

int sync_fs(super_block& super) {
  ext2_sb_info& sb = EXT2_SB(super);
  address_space& mapping = sb.s_bdev->mapping;
  if (mapping.nr_dirty != 0) {
    sb.s_es->s_wtime = ext2_now(sb);
    sb.s_sbh.mark_dirty();
  }
  const int error = filemap_write_and_wait_range(mapping, 0, kLastPage);
  const int flushed = blkdev_issue_flush(*sb.s_bdev);
  return error != 0 ? error : flushed;
}

/// Files without names that are open to the end lose their space now.
void evict_nameless(ext2_sb_info& sb) {
  for (list_head* at = sb.s_inodes.next; at != &sb.s_inodes; at = at->next) {
    auto* const node = list_entry<inode, offsetof(inode, i_sb_list)>(at);
    if (node->i_nlink != 0 || (node->i_state & (I_NEW | I_FREEING)) != 0) continue;
    truncate_inode_pages(node->i_data);
    ext2_evict_inode(*node);
  }
}

int put_super(super_block& super) {
  ext2_sb_info& sb = EXT2_SB(super);
  if (sb.s_readonly) return 0;
  evict_nameless(sb);
  sb.s_es->s_state |= EXT2_VALID_FS;
  sb.s_sbh.mark_dirty();
  return sync_fs(super);
}

void statfs(super_block& super, kstatfs& to) {
  const ext2_sb_info& sb = EXT2_SB(super);
  to.type = EXT2_SUPER_MAGIC;
  to.block_size = EXT2_BLOCK_SIZE;
  to.blocks = sb.s_blocks_count;
  to.blocks_free = to.blocks_available = sb.s_es->s_free_blocks_count;
  to.files = sb.s_inodes_count;
  to.files_free = sb.s_es->s_free_inodes_count;
}

constexpr super_operations kSuperOperations = {.alloc_inode = alloc_inode,
                                               .free_inode = free_inode,
                                               .write_inode = ext2_write_inode,
                                               .evict_inode = ext2_evict_inode,
                                               .sync_fs = sync_fs,
                                               .put_super = put_super,
                                               .statfs = statfs};

int read_root(ext2_sb_info& sb) {
  int error = 0;
  inode* const root = ext2_iget(sb, EXT2_ROOT_INO, error);
  if (root == nullptr) {
    refuse(*sb.s_bdev, "cannot read the root directory (error %d)", -error);
    return error;
  }
  sb.s_root = root;
  if (root->is(S_IFDIR)) return 0;
  return refuse(*sb.s_bdev, "the root is no directory");
}

}  // namespace

void ext2_buffer::mark_dirty() const {
  static_cast<void>(set_page_dirty(*page_));
}

bool ext2_probe(block_device& bdev) {
  if (device_blocks(bdev) == 0) return false;
  int error = 0;
  page* const p = read_mapping_page(bdev.mapping, 0, error);
  if (p == nullptr) {
    refuse(bdev, "cannot read block 0 (error %d)", -error);
    return false;
  }
  const ext2_buffer buffer(p);
  return buffer.at<ext2_super_block>(EXT2_SUPER_OFFSET)->s_magic == EXT2_SUPER_MAGIC;
}

int ext2_mount(block_device& bdev, inode& covered) {
  constexpr std::uint64_t kDeviceNumber = 254u << 8;  // virtio's disks on Linux: 254:0
  void* const place = kzalloc(sizeof(ext2_sb_info));
  if (place == nullptr) return -ENOMEM;
  auto* const sb = ::new (place) ext2_sb_info{};
  sb->s_type = "ext2";
  sb->s_bdev = &bdev;
  sb->s_dev = kDeviceNumber;
  sb->s_op = &kSuperOperations;
  sb->s_inodes.init();
  sb->s_next_generation = 1;
  int error = fill_super(*sb);
  if (error == 0) error = read_root(*sb);
  if (error != 0) {
    if (sb->s_root != nullptr) iput(*sb->s_root);
    prune_icache();
    free_super(sb);
    return error;
  }
  decide_read_only(*sb);
  setup_super(*sb);
  mount_super(*sb, &covered);
  return 0;
}

std::uint32_t ext2_now(const ext2_sb_info& sb) {
  constexpr std::uint64_t kLatest = ~std::uint32_t{0};
  const std::uint64_t now =
      std::uint64_t{sb.s_earliest} + static_cast<std::uint64_t>(current_time().tv_sec);
  return static_cast<std::uint32_t>(now < kLatest ? now : kLatest);
}

void ext2_error(ext2_sb_info& sb, const char* format, ...) {
  char text[kMessageSize];
  std::va_list args;
  va_start(args, format);
  lib::vformat_into(text, sizeof(text), format, args);
  va_end(args);
  printk(log_level::error, "EXT2-fs error (%s): %s\n", sb.s_bdev->name, text);
  if (sb.s_readonly || sb.s_es == nullptr) return;
  sb.s_es->s_state |= EXT2_ERROR_FS;
  sb.s_sbh.mark_dirty();
}

ext2_buffer ext2_bread(ext2_sb_info& sb, std::uint32_t block, int& error) {
  error = 0;
  page* const p = read_mapping_page(sb.s_bdev->mapping, block, error);
  if (p == nullptr) {
    printk(log_level::error, "EXT2-fs error (%s): cannot read block %u (error %d)\n",
           sb.s_bdev->name, block, -error);
    return {};
  }
  error = 0;
  return ext2_buffer(p);
}

ext2_buffer ext2_getblk_zeroed(ext2_sb_info& sb, std::uint32_t block, int& error) {
  address_space& mapping = sb.s_bdev->mapping;
  ext2_bforget(sb, block);
  error = -ENOMEM;
  page* const p = alloc_pages(GFP_KERNEL, 0);
  if (p == nullptr) return {};
  ext2_buffer buffer(p);
  std::memset(buffer.at<char>(), 0, EXT2_BLOCK_SIZE);
  lock_page(p);
  error = filemap_add_folio(mapping, p, block);
  if (error == 0) {
    SetPageUptodate(p);
    buffer.mark_dirty();
  }
  unlock_page(p);
  if (error != 0) return {};
  return buffer;
}

void ext2_bforget(ext2_sb_info& sb, std::uint32_t block) {
  page* const p = find_get_page(sb.s_bdev->mapping, block);
  if (p == nullptr) return;
  lock_page(p);
  if (p->mapping == reinterpret_cast<std::uintptr_t>(&sb.s_bdev->mapping)) {
    wait_on_page_writeback(*p);
    cancel_dirty_page(*p);
    filemap_remove_folio(p);
  }
  unlock_page(p);
  put_page(p);
}

ext2_group_desc& ext2_get_group_desc(ext2_sb_info& sb, std::uint32_t group) {
  return sb.s_group_desc[group / EXT2_DESC_PER_BLOCK]
      .at<ext2_group_desc>()[group % EXT2_DESC_PER_BLOCK];
}

void ext2_mark_group_dirty(ext2_sb_info& sb, std::uint32_t group) {
  sb.s_group_desc[group / EXT2_DESC_PER_BLOCK].mark_dirty();
  sb.s_sbh.mark_dirty();
}
