// SPDX-License-Identifier: Apache-2.0
#include "models/bus/memory_map.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

Region region(std::uint64_t base, std::uint64_t bytes, RegionKind kind = RegionKind::Device) {
  return {"region", PhysAddr{base}, bytes, kind};
}

TEST(MemoryMap, tells_memory_devices_and_holes_apart) {
  MemoryMap map;
  ASSERT_TRUE(map.add(region(0x8000'0000, 0x1000, RegionKind::Memory)));
  ASSERT_TRUE(map.add(region(0x1000'0000, 0x100)));
  EXPECT_EQ(map.kind_of(PhysAddr{0x8000'0000}), RegionKind::Memory);
  EXPECT_EQ(map.kind_of(PhysAddr{0x8000'0fff}), RegionKind::Memory);
  EXPECT_EQ(map.kind_of(PhysAddr{0x8000'1000}), RegionKind::Hole);
  EXPECT_EQ(map.kind_of(PhysAddr{0x7fff'ffff}), RegionKind::Hole);
  EXPECT_EQ(map.kind_of(PhysAddr{0x1000'00ff}), RegionKind::Device);
  EXPECT_EQ(map.find(PhysAddr{0x1000'0000}), 1);
  EXPECT_EQ(map.find(PhysAddr{0}), -1);
}

TEST(MemoryMap, range_across_a_border_is_a_hole_even_between_neighbours) {
  MemoryMap map;
  ASSERT_TRUE(map.add(region(0x1000, 0x1000)));
  ASSERT_TRUE(map.add(region(0x2000, 0x1000)));
  EXPECT_EQ(map.kind_of(PhysAddr{0x1ff8}, 8), RegionKind::Device);
  EXPECT_EQ(map.kind_of(PhysAddr{0x1ff9}, 8), RegionKind::Hole);
  EXPECT_EQ(map.kind_of(PhysAddr{0x2ff9}, 8), RegionKind::Hole);
  EXPECT_EQ(map.kind_of(PhysAddr{0x0fff}, 2), RegionKind::Hole);
}

TEST(MemoryMap, refuses_overlaps_emptiness_and_wrapping) {
  MemoryMap map;
  ASSERT_TRUE(map.add(region(0x1000, 0x1000)));
  EXPECT_FALSE(map.add(region(0x1fff, 1)));
  EXPECT_FALSE(map.add(region(0x0, 0x1001)));
  EXPECT_FALSE(map.add(region(0x0, 0x10000)));
  EXPECT_FALSE(map.add(region(0x1800, 0x10)));
  EXPECT_FALSE(map.add(region(0x3000, 0)));
  EXPECT_FALSE(map.add(region(~std::uint64_t{0}, 2)));
  EXPECT_FALSE(map.add(region(0x3000, 0x10, RegionKind::Hole)));
  EXPECT_EQ(map.regions().size(), 1U);
  EXPECT_TRUE(map.add(region(0x2000, 0x1000)));
  EXPECT_TRUE(map.add(region(~std::uint64_t{0}, 1)));
}

}  // namespace
}  // namespace faultline
