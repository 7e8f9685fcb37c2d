// SPDX-License-Identifier: Apache-2.0
#include "tests/firmware/mm/disk_file.h"

#include <gtest/gtest.h>

#include <cstring>

namespace faultline::test {

const address_space_operations DiskFile::kOperations = {
    .read_folio = [](address_space& m, page& p) { return mpage_read_folio(m, p, get_block); },
    .readahead = [](address_space& m, std::uint64_t first,
                    std::uint64_t nr) { mpage_readahead(m, first, nr, get_block); },
    .writepage = [](address_space& m, page& p) { return mpage_writepage(m, p, get_block); },
    .writepages = [](address_space& m, std::uint64_t first,
                     std::uint64_t last) { return mpage_writepages(m, first, last, get_block); },
    .write_begin = write_begin,
};

DiskFile::DiskFile(Disk& disk, std::uint64_t first_block, std::uint64_t pages,
                   std::uint64_t short_by)
    : disk_(disk), next_block_(first_block + pages) {
  address_space_init(space_, pages * PAGE_SIZE - short_by, &kOperations);
  space_.owner = this;
  f_mapping = &space_;
  writable = true;
  for (std::uint64_t i = 0; i < pages; ++i) {
    blocks_[i] = first_block + i;
    for (std::uint64_t w = 0; w < PAGE_SIZE / 8; ++w) {
      const std::uint64_t value = word(first_block + i, w);
      std::memcpy(disk.page_bytes(first_block + i) + w * 8, &value, 8);
    }
  }
}

DiskFile::~DiskFile() {
  EXPECT_EQ(f_count, 1) << "a mapping or a fault still holds the file";
  truncate_inode_pages(space_);
  EXPECT_EQ(space_.nrpages, 0u);
  EXPECT_EQ(space_.nr_dirty, 0u);
}

std::vector<std::uint64_t> DiskFile::marks() const {
  std::vector<std::uint64_t> found;
  std::uint64_t index = 0;
  while (const page* p = space_.i_pages.find(index, ~std::uint64_t{0})) {
    if ((p->flags & PG_readahead) != 0) {
      found.push_back(index);
    }
    ++index;
  }
  return found;
}

int DiskFile::get_block(address_space& mapping, std::uint64_t index, block_map& map) {
  DiskFile& self = of(mapping);
  const auto block = self.blocks_.find(index);
  if (block != self.blocks_.end()) {
    map = {&self.disk_.bdev(), block->second * PAGE_SECTORS, 1};
  }
  return 0;
}

int DiskFile::write_begin(address_space& mapping, page& p) {
  constexpr int kNoSpace = -28;
  DiskFile& self = of(mapping);
  if (!self.blocks_.contains(p.index)) {
    if (self.full_) {
      return kNoSpace;
    }
    self.blocks_[p.index] = self.next_block_++;
  }
  return 0;
}

}  // namespace faultline::test
