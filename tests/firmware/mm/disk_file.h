// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file on a Disk, read and written through mpage.h.

#include <map>
#include <vector>

#include "sw/kernel/block/mpage.h"
#include "tests/firmware/mm/disk.h"

namespace faultline::test {

class DiskFile : public file {
 public:
  /// A file of `pages` whole pages less `short_by` bytes. Page i lies in block `first_block` + i,
  /// which is filled with words that say so.
  DiskFile(Disk& disk, std::uint64_t first_block, std::uint64_t pages, std::uint64_t short_by = 0);
  ~DiskFile();

  /// Word `index` of a page of the disk as the constructor fills it.
  [[nodiscard]] static std::uint64_t word(std::uint64_t block, std::uint64_t index) {
    return block << 32 | index;
  }
  [[nodiscard]] address_space& space() { return space_; }
  /// Places a page elsewhere.
  void place(std::uint64_t index, std::uint64_t block) { blocks_[index] = block; }
  void make_hole(std::uint64_t index) { blocks_.erase(index); }
  /// From now on there is no block for a hole or for growth.
  void fill_up() { full_ = true; }
  /// The cached page at `index`, or null.
  [[nodiscard]] const page* cached(std::uint64_t index) const { return space_.i_pages.load(index); }
  /// The page offsets of the cached pages marked PG_readahead.
  [[nodiscard]] std::vector<std::uint64_t> marks() const;

 private:
  struct Space : address_space {
    DiskFile* owner = nullptr;
  };
  static DiskFile& of(address_space& mapping) { return *static_cast<Space&>(mapping).owner; }
  static int get_block(address_space& mapping, std::uint64_t index, block_map& map);
  static int write_begin(address_space& mapping, page& p);
  static const address_space_operations kOperations;

  Space space_;
  Disk& disk_;
  std::map<std::uint64_t, std::uint64_t> blocks_;  // page offset -> block
  std::uint64_t next_block_;
  bool full_ = false;
};

}  // namespace faultline::test
