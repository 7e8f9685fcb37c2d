// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/guest_software.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "platform/board_layout.h"
#include "platform/config/value_types.h"
#include "platform/loader/device_tree.h"

namespace faultline {

namespace fs = std::filesystem;

namespace {

/// QEMU's `virt` puts its device tree at a multiple of this as well.
constexpr std::uint64_t kDeviceTreeAlign = 2 << 20;

ArchiveEntry entry_of(const fs::path& host, std::string guest) {
  const bool executable =
      (fs::status(host).permissions() & fs::perms::owner_exec) != fs::perms::none;
  return {.guest_path = std::move(guest), .content = host, .mode = executable ? 0755U : 0644U};
}

/// Every file below `root`.
std::vector<ArchiveEntry> tree_entries(const fs::path& root) {
  std::vector<ArchiveEntry> entries;
  if (!fs::is_directory(root)) return entries;
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(root)) {
    if (!file.is_regular_file()) continue;
    entries.push_back(entry_of(file.path(), "/" + fs::relative(file.path(), root).string()));
  }
  return entries;
}

std::vector<ArchiveEntry> archive_entries(const MachineConfig& config, const fs::path& rootfs) {
  std::vector<ArchiveEntry> entries = tree_entries(rootfs);
  const auto put = [&entries](ArchiveEntry entry) {
    std::erase_if(entries, [&](const ArchiveEntry& e) { return e.guest_path == entry.guest_path; });
    entries.push_back(std::move(entry));
  };
  for (const CopiedFile& file : config.program.files) {
    if (!fs::is_regular_file(file.host)) {
      throw LoadError(
          fmt::format("program.files: {} is not allowed: a file of this host", file.host));
    }
    put(entry_of(file.host, file.guest));
  }
  for (const GeneratedFile& file : config.program.generate) {
    put({.guest_path = file.path, .content = generate_bytes(file)});
  }
  return entries;
}

void require_program(const std::string& program, const std::vector<ArchiveEntry>& entries) {
  const auto is_program = [&](const ArchiveEntry& e) { return e.guest_path == program; };
  if (std::ranges::any_of(entries, is_program)) return;
  std::vector<std::string> paths;
  for (const ArchiveEntry& e : entries) paths.push_back(e.guest_path);
  std::ranges::sort(paths);
  throw LoadError(
      fmt::format("program.path: {} is not allowed: a file of the guest's archive ({})", program,
                  paths.empty() ? "it is empty" : fmt::format("{}", fmt::join(paths, ", "))));
}

/// A word of the kernel's command line.
std::string quoted(const std::string& word) {
  if (word.find('"') != std::string::npos || word.find('\n') != std::string::npos) {
    throw LoadError(fmt::format(
        "program.args: {} is not allowed: a text without double quotes and line ends", word));
  }
  const bool plain = !word.empty() && word.find_first_of(" \t") == std::string::npos;
  return plain ? word : '"' + word + '"';
}

/// End of the image's last byte in memory.
std::uint64_t end_of(const ElfImage& image) {
  std::uint64_t end = 0;
  for (const ElfSegment& s : image.segments()) {
    end = std::max(end, s.load_address.value + s.memory_bytes);
  }
  return end;
}

DeviceTreeParams tree_params(const Board& board, const MachineConfig& config) {
  DeviceTreeParams params;
  params.memory = {board.memory().base, board.memory().bytes};
  params.virtio_slots = board.virtio_slots();
  params.isa =
      config.cpu.hart.csr.sstc ? "rv64imafdc_zicsr_zifencei_sstc" : "rv64imafdc_zicsr_zifencei";
  return params;
}

/// Rounds `size` bytes down from `top` to a multiple of `align`; throws if that is below `floor`.
PhysAddr place_below(std::uint64_t top, std::uint64_t size, std::uint64_t align,
                     std::uint64_t floor, const char* what) {
  if (size > top || ((top - size) & ~(align - 1)) < floor) {
    throw LoadError(fmt::format(
        "dram.size_bytes: too small: the {} of {} bytes does not fit beside what lies below {:#x}",
        what, size, floor));
  }
  return PhysAddr{(top - size) & ~(align - 1)};
}

}  // namespace

fs::path built_software() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "sw";
}

std::vector<unsigned char> generate_bytes(const GeneratedFile& file) {
  std::vector<unsigned char> bytes(file.size_bytes);
  std::uint64_t state = file.seed;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    // SplitMix64 (S. Vigna, public domain algorithm).
    std::uint64_t word = state += 0x9e3779b97f4a7c15ULL;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
    word ^= word >> 31;
    for (std::size_t j = i; j < std::min(i + 8, bytes.size()); ++j, word >>= 8) {
      bytes[j] = static_cast<unsigned char>(word);
    }
  }
  return bytes;
}

std::string read_console_input(const std::string& file) {
  constexpr char kEndOfTransmission = 4;  // Ctrl-D: the kernel's console ends there
  std::string input;
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    input.assign(std::istreambuf_iterator<char>(stream), {});
    if (!stream) {
      throw LoadError(fmt::format(
          "program.stdin: {} is not allowed: a file of this host that can be read", file));
    }
  }
  return input + kEndOfTransmission;
}

std::string make_bootargs(const MachineConfig& config) {
  const FirmwareConfig& firmware = config.firmware;
  std::string text = fmt::format(
      "loglevel={} fault_around_bytes={} transparent_hugepage={} readahead={} svadu={} {}init={}",
      firmware.loglevel, firmware.fault_around_bytes, firmware.transparent_hugepage,
      firmware.readahead, firmware.svadu ? "on" : "off", firmware.vmstat ? "vmstat " : "",
      quoted(config.program.path));
  if (!config.program.args.empty()) text += " --";
  for (const std::string& arg : config.program.args) text += ' ' + quoted(arg);
  return text;
}

GuestSoftware read_guest_software(const MachineConfig& config, const fs::path& built) {
  const auto image = [&built](const std::string& given, const char* name) {
    return ElfImage(given.empty() ? built / name : fs::path(given));
  };
  std::vector<ArchiveEntry> entries = archive_entries(config, built / "rootfs");
  require_program(config.program.path, entries);
  return {.monitor = image(config.firmware.monitor, "monitor.elf"),
          .kernel = image(config.firmware.kernel, "kernel.elf"),
          .archive = make_initial_archive(entries),
          .bootargs = make_bootargs(config),
          .console_input = read_console_input(config.program.stdin_file)};
}

/// The monitor jumps to a fixed address, and neither image may lie in the other's place.
void require_places(const ElfImage& monitor, const ElfImage& kernel) {
  const auto require_entry = [](const char* key, const ElfImage& image, PhysAddr entry) {
    if (image.physical_entry() == entry) return;
    throw LoadError(fmt::format("{}: {} starts at {:#x}; allowed: {:#x}", key, image.path(),
                                image.physical_entry().value, entry.value));
  };
  require_entry("firmware.monitor", monitor, layout::kMonitor);
  require_entry("firmware.kernel", kernel, layout::kKernel);
  if (end_of(monitor) > layout::kKernel.value) {
    throw LoadError(
        fmt::format("firmware.monitor: {} ends at {:#x}; allowed: up to the kernel at {:#x}",
                    monitor.path(), end_of(monitor), layout::kKernel.value));
  }
}

void boot(Board& board, const MachineConfig& config, const GuestSoftware& software) {
  const DirectMemory& memory = board.memory();
  require_places(software.monitor, software.kernel);
  software.monitor.load(memory);
  software.kernel.load(memory);
  const std::uint64_t floor = std::max(end_of(software.monitor), end_of(software.kernel));

  // The tree's size does not depend on the values in it.
  DeviceTreeParams params = tree_params(board, config);
  params.bootargs = software.bootargs;
  params.initial_archive = {PhysAddr{0}, software.archive.size()};
  const std::uint64_t tree_bytes = build_device_tree(params).size();
  const PhysAddr tree_at = place_below(memory.base.value + memory.bytes, tree_bytes,
                                       kDeviceTreeAlign, floor, "device tree");
  const PhysAddr archive_at = place_below(tree_at.value, software.archive.size(), kPageBytes, floor,
                                          "archive of programs and files");
  params.initial_archive->base = archive_at;
  const std::vector<unsigned char> tree = build_device_tree(params);
  board.write_memory(archive_at, software.archive.data(), software.archive.size());
  board.write_memory(tree_at, tree.data(), tree.size());
  board.set_entry(software.monitor.physical_entry(), tree_at);
}

void boot_bare(Board& board, const MachineConfig& config, const ElfImage& image) {
  const DirectMemory& memory = board.memory();
  image.load(memory);
  const std::vector<unsigned char> tree = build_device_tree(tree_params(board, config));
  const PhysAddr tree_at = place_below(memory.base.value + memory.bytes, tree.size(),
                                       kDeviceTreeAlign, end_of(image), "device tree");
  board.write_memory(tree_at, tree.data(), tree.size());
  board.attach_tohost(image);
  board.set_entry(image.physical_entry(), tree_at);
}

}  // namespace faultline
