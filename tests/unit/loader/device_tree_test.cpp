// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/device_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

extern "C" {
#include <libfdt.h>
}

namespace faultline {
namespace {

using std::string_view_literals::operator""sv;
using ::testing::ElementsAre;

/// Reads a tree back through libfdt.
class Tree {
 public:
  explicit Tree(const DeviceTreeParams& params) : bytes_(build_device_tree(params)) {
    EXPECT_EQ(fdt_check_full(bytes_.data(), bytes_.size()), 0);
  }
  [[nodiscard]] bool has(const char* node) const {
    return fdt_path_offset(bytes_.data(), node) >= 0;
  }
  [[nodiscard]] std::vector<std::uint32_t> cells(const char* node, const char* property) const {
    std::vector<std::uint32_t> result;
    const std::string_view raw = bytes(node, property);
    for (std::size_t i = 0; i + 4 <= raw.size(); i += 4) {
      result.push_back(fdt32_ld(reinterpret_cast<const fdt32_t*>(raw.data() + i)));
    }
    return result;
  }
  [[nodiscard]] std::string text(const char* node, const char* property) const {
    const std::string_view raw = bytes(node, property);
    return raw.empty() ? "" : raw.data();
  }
  [[nodiscard]] std::string_view bytes(const char* node, const char* property) const {
    int length = 0;
    const int offset = fdt_path_offset(bytes_.data(), node);
    const void* data = fdt_getprop(bytes_.data(), offset, property, &length);
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(length)};
  }
  /// Path of the node with this phandle.
  [[nodiscard]] std::string path_of(std::uint32_t phandle) const {
    std::array<char, 128> path{};
    const int offset = fdt_node_offset_by_phandle(bytes_.data(), phandle);
    if (offset < 0 || fdt_get_path(bytes_.data(), offset, path.data(), path.size()) != 0) return "";
    return path.data();
  }

 private:
  std::vector<unsigned char> bytes_;
};

TEST(device_tree, describes_memory_and_harts) {
  DeviceTreeParams params;
  params.harts = 2;
  params.memory = {PhysAddr{0x8000'0000}, std::uint64_t{64} << 30};
  const Tree tree(params);
  EXPECT_THAT(tree.cells("/memory@80000000", "reg"), ElementsAre(0, 0x8000'0000, 16, 0));
  EXPECT_EQ(tree.text("/memory@80000000", "device_type"), "memory");
  EXPECT_THAT(tree.cells("/cpus", "timebase-frequency"), ElementsAre(10'000'000));
  EXPECT_THAT(tree.cells("/cpus/cpu@1", "reg"), ElementsAre(1));
  EXPECT_EQ(tree.text("/cpus/cpu@1", "riscv,isa"), "rv64imafdc_zicsr_zifencei_sstc");
  EXPECT_EQ(tree.text("/cpus/cpu@0", "mmu-type"), "riscv,sv39");
  EXPECT_EQ(tree.text("/cpus/cpu@0/interrupt-controller", "compatible"), "riscv,cpu-intc");
  EXPECT_FALSE(tree.has("/cpus/cpu@2"));
}

TEST(device_tree, has_the_devices_of_the_virt_machine) {
  const Tree tree({});
  EXPECT_EQ(tree.text("/", "compatible"), "riscv-virtio");
  EXPECT_EQ(tree.text("/soc/serial@10000000", "compatible"), "ns16550a");
  EXPECT_THAT(tree.cells("/soc/serial@10000000", "reg"), ElementsAre(0, 0x1000'0000, 0, 0x100));
  EXPECT_THAT(tree.cells("/soc/serial@10000000", "clock-frequency"), ElementsAre(3'686'400));
  EXPECT_THAT(tree.cells("/soc/serial@10000000", "interrupts"), ElementsAre(10));
  EXPECT_THAT(tree.cells("/soc/clint@2000000", "reg"), ElementsAre(0, 0x200'0000, 0, 0x1'0000));
  EXPECT_THAT(tree.cells("/soc/plic@c000000", "reg"), ElementsAre(0, 0xc00'0000, 0, 0x60'0000));
  EXPECT_EQ(tree.bytes("/soc/plic@c000000", "compatible"), "sifive,plic-1.0.0\0riscv,plic0\0"sv);
  EXPECT_THAT(tree.cells("/soc/plic@c000000", "riscv,ndev"), ElementsAre(96));
  EXPECT_FALSE(tree.has("/soc/virtio_mmio@10001000"));
}

TEST(device_tree, wires_interrupts_to_the_harts_and_the_plic) {
  DeviceTreeParams params;
  params.harts = 2;
  const Tree tree(params);
  const std::vector<std::uint32_t> clint = tree.cells("/soc/clint@2000000", "interrupts-extended");
  ASSERT_THAT(clint, ElementsAre(1, 3, 1, 7, 2, 3, 2, 7));
  EXPECT_THAT(tree.cells("/soc/plic@c000000", "interrupts-extended"),
              ElementsAre(1, 11, 1, 9, 2, 11, 2, 9));
  EXPECT_EQ(tree.path_of(1), "/cpus/cpu@0/interrupt-controller");
  EXPECT_EQ(tree.path_of(2), "/cpus/cpu@1/interrupt-controller");
  EXPECT_EQ(tree.path_of(tree.cells("/soc/serial@10000000", "interrupt-parent").at(0)),
            "/soc/plic@c000000");
}

TEST(device_tree, tells_how_to_switch_off_and_to_restart) {
  const Tree tree({});
  EXPECT_EQ(tree.text("/poweroff", "compatible"), "syscon-poweroff");
  EXPECT_THAT(tree.cells("/poweroff", "value"), ElementsAre(0x5555));
  EXPECT_EQ(tree.text("/reboot", "compatible"), "syscon-reboot");
  EXPECT_THAT(tree.cells("/reboot", "value"), ElementsAre(0x7777));
  EXPECT_EQ(tree.path_of(tree.cells("/reboot", "regmap").at(0)), "/soc/test@100000");
}

TEST(device_tree, passes_command_line_console_and_archive) {
  DeviceTreeParams params;
  params.bootargs = "program=/bin/sort n=100";
  params.initial_archive = DeviceRange{PhysAddr{0x8800'0000}, 0x1234};
  const Tree tree(params);
  EXPECT_EQ(tree.text("/chosen", "bootargs"), "program=/bin/sort n=100");
  EXPECT_TRUE(tree.has(tree.text("/chosen", "stdout-path").c_str()));
  EXPECT_THAT(tree.cells("/chosen", "linux,initrd-start"), ElementsAre(0x8800'0000));
  EXPECT_THAT(tree.cells("/chosen", "linux,initrd-end"), ElementsAre(0x8800'1234));
  params.initial_archive->base = PhysAddr{0x1'8800'0000};
  EXPECT_THAT(Tree(params).cells("/chosen", "linux,initrd-start"), ElementsAre(1, 0x8800'0000));
}

TEST(device_tree, has_the_virtio_slots_that_were_asked_for) {
  DeviceTreeParams params;
  params.virtio_slots = {0, 7};
  const Tree tree(params);
  EXPECT_THAT(tree.cells("/soc/virtio_mmio@10001000", "interrupts"), ElementsAre(1));
  EXPECT_FALSE(tree.has("/soc/virtio_mmio@10002000"));
  EXPECT_THAT(tree.cells("/soc/virtio_mmio@10008000", "reg"),
              ElementsAre(0, 0x1000'8000, 0, 0x1000));
  EXPECT_THAT(tree.cells("/soc/virtio_mmio@10008000", "interrupts"), ElementsAre(8));
}

TEST(device_tree, has_room_for_many_harts_and_a_long_command_line) {
  DeviceTreeParams params;
  params.harts = 256;
  params.bootargs = std::string(50'000, 'x');
  const Tree tree(params);
  EXPECT_TRUE(tree.has("/cpus/cpu@ff"));
  EXPECT_EQ(tree.text("/chosen", "bootargs").size(), 50'000U);
}

}  // namespace
}  // namespace faultline
