// SPDX-License-Identifier: Apache-2.0
// Which blocks are in use.

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"
#include "sw/lib/bits.h"

namespace {

constexpr unsigned kBitsPerByte = 8;

std::uint32_t first_block_of(const ext2_sb_info& sb, std::uint32_t group) {
  return group * sb.s_blocks_per_group;
}

/// Blocks of a group; the last one may be short.
std::uint32_t blocks_in_group(const ext2_sb_info& sb, std::uint32_t group) {
  const std::uint32_t left = sb.s_blocks_count - first_block_of(sb, group);
  return left < sb.s_blocks_per_group ? left : sb.s_blocks_per_group;
}

std::uint32_t inode_table_blocks(const ext2_sb_info& sb) {
  return sb.s_inodes_per_group * sb.s_inode_size / EXT2_BLOCK_SIZE;
}

bool is_power_of(std::uint32_t number, std::uint32_t base) {
  while (number % base == 0) number /= base;
  return number == 1;
}

/// Whether a group begins with a copy of the superblock and the descriptors.
bool has_super(const ext2_sb_info& sb, std::uint32_t group) {
  const ext2_super_block& es = *sb.s_es;
  if (group <= 1 || es.s_rev_level == EXT2_GOOD_OLD_REV ||
      (es.s_feature_ro_compat & EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER) == 0) {
    return true;
  }
  return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

bool test_bit(const void* bitmap, std::uint32_t bit) {
  return (static_cast<const std::uint8_t*>(bitmap)[bit / kBitsPerByte] >> (bit % kBitsPerByte) &
          1) != 0;
}

/// Whether a bitmap says that the group's own blocks are in use.
bool covers_metadata(ext2_sb_info& sb, std::uint32_t group, const void* bitmap) {
  const ext2_group_desc& desc = ext2_get_group_desc(sb, group);
  const std::uint32_t first = first_block_of(sb, group);
  bool covered = test_bit(bitmap, desc.bg_block_bitmap - first) &&
                 test_bit(bitmap, desc.bg_inode_bitmap - first);
  for (std::uint32_t i = 0; i < inode_table_blocks(sb); ++i) {
    covered = covered && test_bit(bitmap, desc.bg_inode_table - first + i);
  }
  const std::uint32_t head = has_super(sb, group) ? 1 + sb.s_gdb_count : 0;
  for (std::uint32_t i = 0; i < head && i < blocks_in_group(sb, group); ++i) {
    covered = covered && test_bit(bitmap, i);
  }
  return covered;
}

/// The block bitmap of a group; empty: `error` says why.
ext2_buffer read_block_bitmap(ext2_sb_info& sb, std::uint32_t group, int& error) {
  ext2_buffer bitmap = ext2_bread(sb, ext2_get_group_desc(sb, group).bg_block_bitmap, error);
  if (!bitmap || sb.s_bitmap_checked[group]) return bitmap;
  if (!covers_metadata(sb, group, bitmap.at<void>())) {
    ext2_error(sb, "block bitmap of group %u marks the group's own blocks as free", group);
    error = -EUCLEAN;
    return {};
  }
  sb.s_bitmap_checked[group] = true;
  return bitmap;
}

/// Takes a free block of a group, from bit `first` on if there is one. 0, -ENOSPC or -errno.
int take_from_group(ext2_sb_info& sb, std::uint32_t group, std::uint32_t first,
                    std::uint32_t& block) {
  ext2_group_desc& desc = ext2_get_group_desc(sb, group);
  if (desc.bg_free_blocks_count == 0) return -ENOSPC;
  int error = 0;
  const ext2_buffer bitmap = read_block_bitmap(sb, group, error);
  if (!bitmap) return error;
  // From here on nothing sleeps: the bit that is found is still clear when it is set.
  const std::uint32_t end = blocks_in_group(sb, group);
  std::uint32_t bit = ext2_find_next_zero_bit(bitmap.at<void>(), first, end);
  if (bit == end) bit = ext2_find_next_zero_bit(bitmap.at<void>(), 0, end);
  if (bit == end || desc.bg_free_blocks_count == 0) return -ENOSPC;
  ext2_test_and_set_bit(bitmap.at<void>(), bit);
  bitmap.mark_dirty();
  --desc.bg_free_blocks_count;
  --sb.s_es->s_free_blocks_count;
  ext2_mark_group_dirty(sb, group);
  block = first_block_of(sb, group) + bit;
  return 0;
}

}  // namespace

std::uint32_t ext2_find_next_zero_bit(const void* bitmap, std::uint32_t first, std::uint32_t end) {
  constexpr std::uint32_t kBits = 64;
  std::uint32_t bit = first;
  while (bit < end) {
    std::uint64_t word = 0;
    std::memcpy(&word, static_cast<const char*>(bitmap) + bit / kBits * sizeof(word), sizeof(word));
    const std::uint64_t clear = ~word & ~std::uint64_t{0} << (bit % kBits);
    if (clear != 0) {
      bit = bit / kBits * kBits + log2_floor(clear & -clear);
      break;
    }
    bit = (bit / kBits + 1) * kBits;
  }
  return bit < end ? bit : end;
}

bool ext2_test_and_set_bit(void* bitmap, std::uint32_t bit) {
  const bool old = test_bit(bitmap, bit);
  static_cast<std::uint8_t*>(bitmap)[bit / kBitsPerByte] |=
      static_cast<std::uint8_t>(1u << (bit % kBitsPerByte));
  return old;
}

bool ext2_test_and_clear_bit(void* bitmap, std::uint32_t bit) {
  const bool old = test_bit(bitmap, bit);
  static_cast<std::uint8_t*>(bitmap)[bit / kBitsPerByte] &=
      static_cast<std::uint8_t>(~(1u << (bit % kBitsPerByte)));
  return old;
}

bool ext2_data_block_valid(ext2_sb_info& sb, std::uint32_t block, std::uint32_t count) {
  if (block == 0 || block >= sb.s_blocks_count || count > sb.s_blocks_count - block) return false;
  const std::uint32_t group = block / sb.s_blocks_per_group;
  const std::uint32_t offset = block - first_block_of(sb, group);
  const std::uint32_t left = sb.s_blocks_per_group - offset;
  if (count > left) {
    return ext2_data_block_valid(sb, block, left) &&
           ext2_data_block_valid(sb, block + left, count - left);
  }
  const auto overlaps = [&](std::uint32_t first, std::uint32_t length) {
    return block - first < length || first - block < count;
  };
  const ext2_group_desc& desc = ext2_get_group_desc(sb, group);
  return !overlaps(desc.bg_block_bitmap, 1) && !overlaps(desc.bg_inode_bitmap, 1) &&
         !overlaps(desc.bg_inode_table, inode_table_blocks(sb)) &&
         (offset > sb.s_gdb_count || !has_super(sb, group));
}

int ext2_new_block(ext2_sb_info& sb, std::uint32_t goal, std::uint32_t& block) {
  if (goal == 0 || goal >= sb.s_blocks_count) goal = 1;
  const std::uint32_t goal_group = goal / sb.s_blocks_per_group;
  int result = -ENOSPC;
  for (std::uint32_t i = 0; i < sb.s_groups_count && sb.s_es->s_free_blocks_count != 0; ++i) {
    const std::uint32_t group = (goal_group + i) % sb.s_groups_count;
    const std::uint32_t first = i == 0 ? goal % sb.s_blocks_per_group : 0;
    const int error = take_from_group(sb, group, first, block);
    if (error == -ENOSPC) continue;
    if (error != 0) {
      result = error;  // another group may do
      continue;
    }
    if (ext2_data_block_valid(sb, block, 1)) return 0;
    ext2_error(sb, "block bitmap of group %u marks block %u of the file system as free", group,
               block);
    return -EUCLEAN;
  }
  return result;
}

bool ext2_free_block(ext2_sb_info& sb, std::uint32_t block) {
  if (!ext2_data_block_valid(sb, block, 1)) {
    ext2_error(sb, "freeing bad block %u", block);
    return false;
  }
  const std::uint32_t group = block / sb.s_blocks_per_group;
  int error = 0;
  const ext2_buffer bitmap = read_block_bitmap(sb, group, error);
  if (!bitmap) return false;
  if (!ext2_test_and_clear_bit(bitmap.at<void>(), block - first_block_of(sb, group))) {
    ext2_error(sb, "freeing block %u, which is free", block);
    return false;
  }
  bitmap.mark_dirty();
  ++ext2_get_group_desc(sb, group).bg_free_blocks_count;
  ++sb.s_es->s_free_blocks_count;
  ext2_mark_group_dirty(sb, group);
  return true;
}
