// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/fdt.h"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <string>
#include <vector>

namespace {

/// A tree made by libfdt, with two nodes of one name below different parents.
std::vector<std::uint8_t> make_tree() {
  std::vector<std::uint8_t> tree(4096);
  void* const fdt = tree.data();
  fdt_create(fdt, static_cast<int>(tree.size()));
  fdt_finish_reservemap(fdt);
  fdt_begin_node(fdt, "");
  fdt_property_u32(fdt, "#address-cells", 2);
  fdt_begin_node(fdt, "soc");
  fdt_begin_node(fdt, "memory@1");
  fdt_property_string(fdt, "device_type", "wrong");
  fdt_end_node(fdt);
  fdt_begin_node(fdt, "bus");
  fdt_property_u32(fdt, "#address-cells", 1);
  for (const std::uint32_t slot : {1u, 2u}) {
    const std::string name = "virtio_mmio@1000" + std::to_string(slot) + "000";
    const fdt32_t place[2] = {cpu_to_fdt32(0x10000000 + slot * 0x1000), cpu_to_fdt32(0x1000)};
    fdt_begin_node(fdt, name.c_str());
    fdt_property_u32(fdt, "interrupts", slot);
    fdt_property(fdt, "compatible", slot == 1 ? "virtio,mmio" : "other\0virtio,mmio",
                 slot == 1 ? 12 : 18);
    fdt_property(fdt, "reg", place, sizeof(place));
    fdt_end_node(fdt);
  }
  fdt_end_node(fdt);
  fdt_end_node(fdt);
  fdt_begin_node(fdt, "memory@80000000");
  const fdt32_t reg[4] = {0, cpu_to_fdt32(0x80000000), cpu_to_fdt32(1), 0};
  fdt_property(fdt, "reg", reg, sizeof(reg));
  fdt_property_string(fdt, "device_type", "memory");
  fdt_end_node(fdt);
  fdt_begin_node(fdt, "chosen");
  fdt_property_string(fdt, "bootargs", "quiet init=/bin/a");
  fdt_property_u64(fdt, "linux,initrd-start", 0x84000000);
  fdt_property_string(fdt, "odd", "abcd");
  fdt_begin_node(fdt, "deeper");
  fdt_property_u32(fdt, "value", 7);
  fdt_end_node(fdt);
  fdt_end_node(fdt);
  fdt_end_node(fdt);
  fdt_finish(fdt);
  tree.resize(fdt_totalsize(fdt));
  return tree;
}

class FdtTest : public testing::Test {
 protected:
  std::vector<std::uint8_t> blob_ = make_tree();
  lib::Fdt tree_ = lib::Fdt::open(blob_.data()).value();
};

TEST_F(FdtTest, property_of_the_root_is_found) {
  EXPECT_EQ(tree_.property("/", "#address-cells")->number(), 2u);
}

TEST_F(FdtTest, component_without_unit_address_matches_any) {
  EXPECT_EQ(tree_.property("/memory", "device_type")->text(), "memory");
  EXPECT_EQ(tree_.property("/memory@80000000", "device_type")->text(), "memory");
  EXPECT_FALSE(tree_.property("/memory@90000000", "device_type").has_value());
}

TEST_F(FdtTest, path_is_followed_from_the_root) {
  EXPECT_EQ(tree_.property("/soc/memory", "device_type")->text(), "wrong");
  EXPECT_EQ(tree_.property("/chosen/deeper", "value")->number(), 7u);
  EXPECT_FALSE(tree_.property("/deeper", "value").has_value());
  EXPECT_FALSE(tree_.property("/chosen", "value").has_value());
}

TEST_F(FdtTest, cells_are_big_endian_and_checked) {
  const lib::FdtProperty reg = *tree_.property("/memory", "reg");
  EXPECT_EQ(reg.cells(0, 2), 0x80000000u);
  EXPECT_EQ(reg.cells(2, 2), 0x100000000u);
  EXPECT_EQ(reg.cells(2, 1), 1u);
  EXPECT_FALSE(reg.cells(3, 2).has_value());
  EXPECT_FALSE(reg.cells(0, 3).has_value());
  EXPECT_EQ(tree_.property("/chosen", "linux,initrd-start")->number(), 0x84000000u);
}

TEST_F(FdtTest, nodes_are_found_by_compatible_string_in_the_order_of_the_tree) {
  const auto first = tree_.next_compatible("virtio,mmio", nullptr);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(tree_.property(*first, "interrupts")->number(), 1u);
  EXPECT_FALSE(tree_.property(*first, "value").has_value()) << "of another node";
  const auto second = tree_.next_compatible("virtio,mmio", &*first);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(tree_.property(*second, "interrupts")->number(), 2u);
  EXPECT_FALSE(tree_.next_compatible("virtio,mmio", &*second).has_value());
  EXPECT_TRUE(tree_.next_compatible("other", nullptr).has_value());
  EXPECT_FALSE(tree_.next_compatible("virtio", nullptr).has_value()) << "no part of a string";
}

TEST_F(FdtTest, reg_is_read_in_the_cells_that_the_parent_says) {
  const auto node = tree_.next_compatible("other", nullptr);
  const auto range = tree_.reg(*node, 0);
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->base, 0x10002000u);
  EXPECT_EQ(range->size, 0x1000u);
  EXPECT_FALSE(tree_.reg(*node, 1).has_value());
}

TEST_F(FdtTest, value_of_odd_length_is_no_number) {
  EXPECT_EQ(tree_.property("/chosen", "odd")->bytes().size(), 5u);
  EXPECT_FALSE(tree_.property("/chosen", "odd")->number().has_value());
}

TEST_F(FdtTest, missing_property_is_nothing) {
  EXPECT_FALSE(tree_.property("/chosen", "bootarg").has_value());
  EXPECT_FALSE(tree_.property("/none", "bootargs").has_value());
}

TEST_F(FdtTest, blob_that_is_no_tree_is_refused) {
  EXPECT_FALSE(lib::Fdt::open(nullptr).has_value());
  blob_[0] = 0;
  EXPECT_FALSE(lib::Fdt::open(blob_.data()).has_value());
}

TEST_F(FdtTest, cut_tree_never_leads_beyond_its_end) {
  for (std::uint32_t size = 40; size < blob_.size(); size += 4) {
    std::vector<std::uint8_t> cut(blob_.begin(), blob_.begin() + size);
    fdt_set_totalsize(cut.data(), size);
    const auto tree = lib::Fdt::open(cut.data());
    ASSERT_TRUE(tree.has_value());
    const auto value = tree->property("/chosen", "none");
    EXPECT_FALSE(value.has_value());
  }
}

}  // namespace
