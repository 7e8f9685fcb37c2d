// SPDX-License-Identifier: Apache-2.0
// From a page of a file to its block: 12 direct numbers, then trees of one, two and three levels of
// blocks full of numbers.

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/ext2/ext2.h"

namespace {

constexpr unsigned kMaxDepth = 4;

/// The way from the inode to a block number: an index into i_block, then one into each block on the
/// way.
struct block_path {
  unsigned depth;  // 1 .. 4; 0: beyond what can be mapped
  std::uint32_t offsets[kMaxDepth];
};

block_path path_to(std::uint64_t index) {
  constexpr std::uint64_t kPerBlock = EXT2_ADDR_PER_BLOCK;
  if (index < EXT2_NDIR_BLOCKS) return {1, {static_cast<std::uint32_t>(index)}};
  index -= EXT2_NDIR_BLOCKS;
  std::uint64_t span = 1;  // pages below one number of the level at hand
  for (unsigned levels = 1; levels < kMaxDepth; ++levels) {
    if (index < span * kPerBlock) {
      block_path path = {levels + 1, {EXT2_NDIR_BLOCKS - 1 + levels}};
      for (unsigned i = 1; i <= levels; ++i, span /= kPerBlock) {
        path.offsets[i] = static_cast<std::uint32_t>(index / span % kPerBlock);
      }
      return path;
    }
    span *= kPerBlock;
    index -= span;
  }
  return {};
}

int check_block(ext2_inode_info& node, std::uint32_t block) {
  if (ext2_data_block_valid(node.sb(), block, 1)) return 0;
  ext2_error(node.sb(), "bad block %u in inode %lu block map", block, node.i_ino);
  return -EUCLEAN;
}

/// Where a walk down a path has ended: at the first number that is 0, or at the last one.
struct block_place {
  unsigned level;      // how many numbers were followed
  ext2_buffer buffer;  // block that holds the number; empty: the inode itself
  std::uint32_t* number;
};

/// Walks down `path`. 0 or -errno.
int walk(ext2_inode_info& node, const block_path& path, block_place& place) {
  place.level = 0;
  place.number = &node.i_block[path.offsets[0]];
  for (;;) {
    const std::uint32_t block = *place.number;
    if (block == 0) return 0;
    int error = check_block(node, block);
    if (error != 0) return error;
    if (place.level + 1 == path.depth) return 0;
    ext2_buffer next = ext2_bread(node.sb(), block, error);
    if (!next) return error;
    place.buffer = std::move(next);
    ++place.level;
    place.number = place.buffer.at<std::uint32_t>() + path.offsets[place.level];
  }
}

/// How many blocks, up to `most`, follow each other from the one found at the end of a path on, as
/// far as the array that names it tells.
std::uint32_t adjoining_blocks(ext2_inode_info& node, const block_path& path,
                               const block_place& place, std::uint64_t most) {
  const std::uint32_t* const numbers = place.number;
  const std::uint32_t length = place.level == 0 ? EXT2_NDIR_BLOCKS : EXT2_ADDR_PER_BLOCK;
  const std::uint32_t left = length - path.offsets[place.level];
  std::uint32_t count = 1;
  while (count < most && count < left && numbers[count] == numbers[0] + count) ++count;
  return ext2_data_block_valid(node.sb(), numbers[0], count) ? count : 1;
}

/// Blocks for the missing part of a path: `blocks[0]` is what the number found missing will name.
struct new_branch {
  std::uint32_t blocks[kMaxDepth];
  unsigned count = 0;

  void free_all(ext2_sb_info& sb) {
    while (count != 0) ext2_free_block(sb, blocks[--count]);
  }
};

int allocate_branch(ext2_inode_info& node, unsigned count, new_branch& branch) {
  ext2_sb_info& sb = node.sb();
  while (branch.count < count) {
    std::uint32_t& block = branch.blocks[branch.count];
    const int error = ext2_new_block(sb, node.i_goal, block);
    if (error != 0) {
      branch.free_all(sb);
      return error;
    }
    node.i_goal = block + 1;
    ++branch.count;
  }
  return 0;
}

/// Links the blocks of a branch with each other; all but the last are blocks of numbers.
int fill_branch(ext2_inode_info& node, const block_path& path, unsigned level,
                const new_branch& branch) {
  for (unsigned i = 0; i + 1 < branch.count; ++i) {
    int error = 0;
    const ext2_buffer buffer = ext2_getblk_zeroed(node.sb(), branch.blocks[i], error);
    if (!buffer) return error;
    buffer.at<std::uint32_t>()[path.offsets[level + 1 + i]] = branch.blocks[i + 1];
  }
  return 0;
}

int make_block_locked(ext2_inode_info& node, const block_path& path) {
  block_place place{};
  int error = walk(node, path, place);
  if (error != 0 || *place.number != 0) return error;
  new_branch branch;
  error = allocate_branch(node, path.depth - place.level, branch);
  if (error != 0) return error;
  error = fill_branch(node, path, place.level, branch);
  if (error != 0) {
    for (unsigned i = 0; i + 1 < branch.count; ++i) ext2_bforget(node.sb(), branch.blocks[i]);
    branch.free_all(node.sb());
    return error;
  }
  *place.number = branch.blocks[0];
  if (place.buffer) place.buffer.mark_dirty();
  node.i_blocks += std::uint64_t{branch.count} * EXT2_SECTORS_PER_BLOCK;
  mark_inode_dirty(node);
  return 0;
}

/// Frees what numbers lead to.
class truncation {
 public:
  explicit truncation(ext2_inode_info& node) : node_(node) {}

  /// Treats `number`, below which `levels` levels of blocks of numbers lie: the pages from `first`
  /// on (counted from the first one below it) go. False: something was wrong; what is left stays.
  bool cut(std::uint32_t& number, unsigned levels, std::uint64_t first) {
    if (number == 0) return true;
    if (levels != 0 && !cut_below(number, levels, first)) return false;
    if (first != 0) return true;
    if (levels != 0) ext2_bforget(node_.sb(), number);
    const std::uint32_t block = std::exchange(number, 0);
    if (!ext2_free_block(node_.sb(), block)) return false;
    node_.i_blocks -= node_.i_blocks < EXT2_SECTORS_PER_BLOCK ? 0 : EXT2_SECTORS_PER_BLOCK;
    return true;
  }

 private:
  bool cut_below(std::uint32_t block, unsigned levels, std::uint64_t first) {
    if (check_block(node_, block) != 0) return false;
    int error = 0;
    const ext2_buffer buffer = ext2_bread(node_.sb(), block, error);
    if (!buffer) return false;
    std::uint64_t span = 1;
    for (unsigned i = 1; i < levels; ++i) span *= EXT2_ADDR_PER_BLOCK;
    bool good = true;
    for (std::uint64_t i = first / span; i < EXT2_ADDR_PER_BLOCK && good; ++i) {
      const std::uint64_t start = i * span;
      good = cut(buffer.at<std::uint32_t>()[i], levels - 1, first > start ? first - start : 0);
    }
    buffer.mark_dirty();
    return good;
  }

  ext2_inode_info& node_;
};

}  // namespace

int ext2_find_blocks(ext2_inode_info& node, std::uint64_t index, std::uint64_t most,
                     ext2_block_run& run) {
  const block_path path = path_to(index);
  if (path.depth == 0) return -EFBIG;
  block_place place{};
  const int error = walk(node, path, place);
  if (error != 0) return error;
  run.first = *place.number;
  run.count = run.first == 0 ? 1 : adjoining_blocks(node, path, place, most);
  return 0;
}

int ext2_make_block(ext2_inode_info& node, std::uint64_t index) {
  const block_path path = path_to(index);
  if (path.depth == 0) return -EFBIG;
  node.truncate_mutex.write_lock();
  const int error = make_block_locked(node, path);
  node.truncate_mutex.write_unlock();
  return error;
}

int ext2_truncate_blocks(ext2_inode_info& node, std::uint64_t first) {
  node.truncate_mutex.write_lock();
  truncation cutter(node);
  bool good = true;
  for (std::uint64_t i = first; i < EXT2_NDIR_BLOCKS && good; ++i) {
    good = cutter.cut(node.i_block[i], 0, 0);
  }
  std::uint64_t start = EXT2_NDIR_BLOCKS;
  std::uint64_t span = EXT2_ADDR_PER_BLOCK;
  for (unsigned levels = 1; levels < kMaxDepth && good; ++levels) {
    if (first < start + span) {
      good = cutter.cut(node.i_block[EXT2_NDIR_BLOCKS - 1 + levels], levels,
                        first > start ? first - start : 0);
    }
    start += span;
    span *= EXT2_ADDR_PER_BLOCK;
  }
  node.truncate_mutex.write_unlock();
  mark_inode_dirty(node);
  return good ? 0 : -EUCLEAN;
}
