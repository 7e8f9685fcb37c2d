// SPDX-License-Identifier: Apache-2.0
#include "models/dev/disk_medium.h"

#include <gtest/gtest.h>

#include <fstream>

namespace faultline {
namespace {

TEST(disk_medium, is_zero_and_can_be_opened_as_a_file) {
  const DiskMedium medium(std::uint64_t{1} << 36);
  EXPECT_EQ(medium.sectors(), std::uint64_t{1} << 27);
  EXPECT_EQ(medium.data()[medium.bytes() - 1], 0);
  medium.data()[1'000'000] = 'x';
  std::ifstream file(medium.path(), std::ios::binary);
  file.seekg(1'000'000);
  EXPECT_EQ(file.get(), 'x');
}

TEST(disk_medium, bad_sectors_are_those_that_were_spoiled) {
  DiskMedium medium(100 * DiskMedium::kSectorBytes);
  EXPECT_FALSE(medium.is_bad(0, 100));
  medium.spoil(10, 5);
  medium.spoil(20, 5);
  EXPECT_TRUE(medium.is_bad(10, 1));
  EXPECT_TRUE(medium.is_bad(14, 1));
  EXPECT_FALSE(medium.is_bad(15, 5));
  EXPECT_TRUE(medium.is_bad(15, 6));
  EXPECT_FALSE(medium.is_bad(0, 10));
  EXPECT_TRUE(medium.is_bad(0, 11));
  EXPECT_FALSE(medium.is_bad(12, 0)) << "no sector at all";
  medium.spoil(13, 9);
  EXPECT_TRUE(medium.is_bad(17, 1)) << "the gap is closed";
  EXPECT_FALSE(medium.is_bad(25, 75));
  medium.spoil(99, 1000);
  medium.spoil(1000, 1);
  EXPECT_TRUE(medium.is_bad(99, 1));
  EXPECT_FALSE(medium.is_bad(25, 74));
}

}  // namespace
}  // namespace faultline
