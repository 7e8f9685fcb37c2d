// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/device_tree.h"

#include <fmt/format.h>

#include <functional>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string_view>

extern "C" {
#include <libfdt.h>
}

namespace faultline {

namespace {

// Interrupt causes of a hart (RISC-V Privileged 1.12, table 3.6), as its interrupt controller
// numbers them.
constexpr std::uint32_t kMachineSoftware = 3;
constexpr std::uint32_t kMachineTimer = 7;
constexpr std::uint32_t kSupervisorExternal = 9;
constexpr std::uint32_t kMachineExternal = 11;

// What the finisher takes (QEMU 7.2, docs: sifive test device).
constexpr std::uint32_t kFinisherPass = 0x5555;
constexpr std::uint32_t kFinisherReset = 0x7777;

/// Writes a tree from the root down (libfdt's sequential interface).
class TreeWriter {
 public:
  explicit TreeWriter(std::size_t bytes) : buffer_(bytes) {
    require(fdt_create(buffer_.data(), static_cast<int>(bytes)), "create");
    require(fdt_finish_reservemap(buffer_.data()), "reserve map");
  }

  /// A node; `body` writes its properties first, then its children.
  void node(const std::string& name, const std::function<void()>& body) {
    require(fdt_begin_node(buffer_.data(), name.c_str()), name);
    body();
    require(fdt_end_node(buffer_.data()), name);
  }
  void cells(const char* name, std::initializer_list<std::uint32_t> values) {
    cells(name, std::vector<std::uint32_t>(values));
  }
  void cells(const char* name, const std::vector<std::uint32_t>& values) {
    std::vector<fdt32_t> big_endian;
    for (const std::uint32_t value : values) big_endian.push_back(cpu_to_fdt32(value));
    raw(name, big_endian.data(), big_endian.size() * sizeof(fdt32_t));
  }
  void text(const char* name, std::initializer_list<std::string_view> values) {
    std::string list;
    for (const std::string_view value : values) (list += value) += '\0';
    raw(name, list.data(), list.size());
  }
  void flag(const char* name) { raw(name, nullptr, 0); }
  /// reg with two cells for the address and two for the size.
  void reg(const DeviceRange& range) {
    cells("reg",
          {high(range.base.value), low(range.base.value), high(range.bytes), low(range.bytes)});
  }

  std::vector<unsigned char> finish() {
    require(fdt_finish(buffer_.data()), "finish");
    buffer_.resize(fdt_totalsize(buffer_.data()));
    return std::move(buffer_);
  }

  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

 private:
  void raw(const char* name, const void* data, std::size_t bytes) {
    require(fdt_property(buffer_.data(), name, data, static_cast<int>(bytes)), name);
  }
  static void require(int result, const std::string& what) {
    if (result == 0) return;
    throw std::runtime_error(fmt::format("device tree, {}: {}", what, fdt_strerror(result)));
  }

  std::vector<unsigned char> buffer_;
};

/// Writes the board's nodes. Phandles: hart h has h + 1, then come the PLIC and the finisher.
class BoardTree {
 public:
  explicit BoardTree(const DeviceTreeParams& params)
      : p_(params), tree_(kFixedBytes + kBytesPerHart * params.harts + params.bootargs.size()) {}

  std::vector<unsigned char> build() {
    tree_.node("", [&] {
      tree_.cells("#address-cells", {2});
      tree_.cells("#size-cells", {2});
      tree_.text("compatible", {"riscv-virtio"});
      tree_.text("model", {"riscv-virtio,faultline"});
      chosen();
      tree_.node(at("memory", p_.memory.base), [&] {
        tree_.text("device_type", {"memory"});
        tree_.reg(p_.memory);
      });
      cpus();
      syscon("poweroff", "syscon-poweroff", kFinisherPass);
      syscon("reboot", "syscon-reboot", kFinisherReset);
      tree_.node("soc", [&] { soc(); });
    });
    return tree_.finish();
  }

 private:
  static constexpr std::size_t kFixedBytes = 16'384;
  static constexpr std::size_t kBytesPerHart = 1'024;

  static std::string at(const char* name, PhysAddr address) {
    return fmt::format("{}@{:x}", name, address.value);
  }
  [[nodiscard]] std::uint32_t plic_phandle() const { return p_.harts + 1; }
  [[nodiscard]] std::uint32_t finisher_phandle() const { return p_.harts + 2; }
  /// Two interrupts of every hart.
  [[nodiscard]] std::vector<std::uint32_t> to_harts(std::uint32_t first,
                                                    std::uint32_t second) const {
    std::vector<std::uint32_t> cells;
    for (std::uint32_t hart = 0; hart < p_.harts; ++hart) {
      cells.insert(cells.end(), {hart + 1, first, hart + 1, second});
    }
    return cells;
  }

  void chosen() {
    tree_.node("chosen", [&] {
      if (!p_.bootargs.empty()) tree_.text("bootargs", {p_.bootargs});
      tree_.text("stdout-path", {"/soc/" + at("serial", p_.uart.base)});
      if (!p_.initial_archive) return;
      address("linux,initrd-start", p_.initial_archive->base.value);
      address("linux,initrd-end", p_.initial_archive->base.value + p_.initial_archive->bytes);
    });
  }
  /// One cell like QEMU's where it suffices, else two; Linux takes both.
  void address(const char* name, std::uint64_t value) {
    if (value <= std::numeric_limits<std::uint32_t>::max()) {
      tree_.cells(name, {TreeWriter::low(value)});
    } else {
      tree_.cells(name, {TreeWriter::high(value), TreeWriter::low(value)});
    }
  }

  void cpus() {
    tree_.node("cpus", [&] {
      tree_.cells("#address-cells", {1});
      tree_.cells("#size-cells", {0});
      tree_.cells("timebase-frequency", {p_.timebase_hz});
      for (std::uint32_t hart = 0; hart < p_.harts; ++hart) cpu(hart);
    });
  }
  void cpu(std::uint32_t hart) {
    tree_.node(fmt::format("cpu@{:x}", hart), [&] {
      tree_.text("device_type", {"cpu"});
      tree_.cells("reg", {hart});
      tree_.text("status", {"okay"});
      tree_.text("compatible", {"riscv"});
      tree_.text("riscv,isa", {p_.isa});
      tree_.text("mmu-type", {p_.mmu_type});
      tree_.node("interrupt-controller", [&] {
        tree_.cells("#interrupt-cells", {1});
        tree_.flag("interrupt-controller");
        tree_.text("compatible", {"riscv,cpu-intc"});
        tree_.cells("phandle", {hart + 1});
      });
    });
  }

  void syscon(const char* name, const char* compatible, std::uint32_t value) {
    tree_.node(name, [&] {
      tree_.text("compatible", {compatible});
      tree_.cells("regmap", {finisher_phandle()});
      tree_.cells("offset", {0});
      tree_.cells("value", {value});
    });
  }

  void soc() {
    tree_.cells("#address-cells", {2});
    tree_.cells("#size-cells", {2});
    tree_.text("compatible", {"simple-bus"});
    tree_.flag("ranges");
    tree_.node(at("test", p_.test_finisher.base), [&] {
      tree_.text("compatible", {"sifive,test1", "sifive,test0", "syscon"});
      tree_.reg(p_.test_finisher);
      tree_.cells("phandle", {finisher_phandle()});
    });
    tree_.node(at("clint", p_.clint.base), [&] {
      tree_.text("compatible", {"sifive,clint0", "riscv,clint0"});
      tree_.reg(p_.clint);
      tree_.cells("interrupts-extended", to_harts(kMachineSoftware, kMachineTimer));
    });
    tree_.node(at("plic", p_.plic.base), [&] { plic(); });
    tree_.node(at("serial", p_.uart.base), [&] {
      tree_.text("compatible", {"ns16550a"});
      tree_.reg(p_.uart);
      tree_.cells("clock-frequency", {p_.uart_clock_hz});
      interrupt(p_.uart_interrupt);
    });
    for (const unsigned slot : p_.virtio_slots) virtio(slot);
  }
  void plic() {
    tree_.text("compatible", {"sifive,plic-1.0.0", "riscv,plic0"});
    tree_.cells("#address-cells", {0});
    tree_.cells("#interrupt-cells", {1});
    tree_.flag("interrupt-controller");
    tree_.cells("interrupts-extended", to_harts(kMachineExternal, kSupervisorExternal));
    tree_.reg(p_.plic);
    tree_.cells("riscv,ndev", {p_.plic_sources});
    tree_.cells("phandle", {plic_phandle()});
  }
  void virtio(unsigned slot) {
    const DeviceRange range{layout::kVirtio + slot * layout::kVirtioBytes, layout::kVirtioBytes};
    tree_.node(at("virtio_mmio", range.base), [&] {
      tree_.text("compatible", {"virtio,mmio"});
      tree_.reg(range);
      interrupt(layout::kVirtioInterrupt + slot);
    });
  }
  void interrupt(std::uint32_t source) {
    tree_.cells("interrupts", {source});
    tree_.cells("interrupt-parent", {plic_phandle()});
  }

  const DeviceTreeParams& p_;
  TreeWriter tree_;
};

}  // namespace

std::vector<unsigned char> build_device_tree(const DeviceTreeParams& params) {
  return BoardTree(params).build();
}

}  // namespace faultline
