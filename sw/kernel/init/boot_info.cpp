// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/init/boot_info.h"

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/kernel.h"
#include "sw/lib/fdt.h"

namespace {

std::uint64_t number_or(const lib::Fdt& tree, std::string_view path, std::string_view name,
                        std::uint64_t otherwise) {
  const auto property = tree.property(path, name);
  return property ? property->number().value_or(otherwise) : otherwise;
}

/// The range of /memory that holds the kernel.
phys_range find_ram(const lib::Fdt& tree) {
  const std::size_t address_cells = number_or(tree, "/", "#address-cells", 2);
  const std::size_t size_cells = number_or(tree, "/", "#size-cells", 1);
  const auto reg = tree.property("/memory", "reg");
  for (std::size_t at = 0; reg; at += address_cells + size_cells) {
    const auto start = reg->cells(at, address_cells);
    const auto size = reg->cells(at + address_cells, size_cells);
    if (!start || !size) break;
    const phys_range range = {*start, *start + *size};
    if (range.start <= kernel_image().start && kernel_image().end <= range.end) return range;
  }
  panic("the device tree has no memory that holds the kernel");
}

}  // namespace

boot_info read_boot_info(std::uint64_t device_tree) {
  const auto tree = lib::Fdt::open(device_tree_window(device_tree));
  if (!tree) panic("no device tree at 0x%lx", device_tree);
  const auto bootargs = tree->property("/chosen", "bootargs");
  const std::uint64_t frequency = number_or(*tree, "/cpus", "timebase-frequency", 0);
  if (frequency == 0) panic("the device tree has no timebase-frequency");
  return {
      .ram = find_ram(*tree),
      .device_tree = {device_tree, device_tree + tree->blob().size()},
      .archive = {number_or(*tree, "/chosen", "linux,initrd-start", 0),
                  number_or(*tree, "/chosen", "linux,initrd-end", 0)},
      .timebase_frequency = frequency,
      .command_line = bootargs ? bootargs->text() : std::string_view{},
  };
}
