// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/guest_software.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "models/mmu/format.h"
#include "platform/board_layout.h"
#include "platform/config/generated_file.h"
#include "platform/config/value_types.h"
#include "platform/disk/disk_image.h"
#include "platform/loader/device_tree.h"
#include "platform/loader/host_file.h"

namespace faultline {

namespace fs = std::filesystem;

namespace {

/// QEMU's `virt` puts its device tree at a multiple of this as well.
constexpr std::uint64_t kDeviceTreeAlign = 2 << 20;

ArchiveEntry entry_of(const fs::path& host, std::string guest) {
  return {.guest_path = std::move(guest), .content = host, .mode = guest_mode_of(host)};
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
    if (!is_host_file(file.host)) {
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

/// What is on the disk is seen when it is mounted.
bool is_on_disk(const std::string& program, const DiskConfig& disk) {
  return disk.present() && program.starts_with("/disk/");
}

bool contains(const std::vector<ArchiveEntry>& entries, const std::string& guest_path) {
  return std::ranges::any_of(entries,
                             [&](const ArchiveEntry& e) { return e.guest_path == guest_path; });
}

void require_program(const std::string& program, const std::vector<ArchiveEntry>& entries) {
  if (contains(entries, program)) return;
  std::vector<std::string> paths;
  for (const ArchiveEntry& e : entries) paths.push_back(e.guest_path);
  std::ranges::sort(paths);
  throw LoadError(fmt::format(
      "program.path: {} is not allowed: a file of this host or of the guest's archive ({})",
      program, paths.empty() ? "it is empty" : fmt::format("{}", fmt::join(paths, ", "))));
}

/// A word of the kernel's command line; `key` is where it comes from.
std::string quoted(const char* key, const std::string& word) {
  if (word.find('"') != std::string::npos || word.find('\n') != std::string::npos) {
    throw LoadError(fmt::format("{}: {} is not allowed: a text without double quotes and line ends",
                                key, word));
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
  params.mmu_type = with_format(config.mmu.format, []<typename Format>() {
    return fmt::format("riscv,sv{}", Format::kVirtualBits);
  });
  return params;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

/// Where what is no image lies.
struct Places {
  PhysAddr tree{};
  PhysAddr archive{};
};

/// The tree in the last 2 MiB of memory and the archive below it, above `floor`. Throws, with the
/// least size of memory, if they do not fit; for the kernel unpacks the archive before it gives it
/// back, and has descriptors of pages.
Places place(const DirectMemory& memory, std::uint64_t floor, std::uint64_t tree_bytes,
             std::uint64_t archive_bytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  constexpr std::uint64_t kKernelsOwn = 4 * kMiB;
  const std::uint64_t archive_end =
      round_up(floor, kPageBytes) + 2 * round_up(archive_bytes, kPageBytes) + kKernelsOwn;
  const std::uint64_t least =
      round_up(round_up(archive_end, kDeviceTreeAlign) + tree_bytes - memory.base.value, kMiB);
  if (memory.bytes < least) {
    throw LoadError(fmt::format(
        "dram.size_bytes: {} is not allowed: at least {} for images up to {:#x}, an archive of {} "
        "bytes and a device tree of {}",
        format_size(memory.bytes), format_size(least), floor, archive_bytes, tree_bytes));
  }
  const std::uint64_t end = memory.base.value + memory.bytes;
  const PhysAddr tree{(end - tree_bytes) & ~(kDeviceTreeAlign - 1)};
  return {.tree = tree, .archive = PhysAddr{(tree.value - archive_bytes) & ~(kPageBytes - 1)}};
}

/// Throws if the software that was built with Faultline is needed and not there.
void require_built_software(const FirmwareConfig& firmware, const fs::path& built) {
  if (!firmware.monitor.empty() && !firmware.kernel.empty()) return;
  if (fs::is_directory(built)) return;
  throw LoadError(fmt::format(
      "{}: is not there: the monitor, kernel and programs that are built with Faultline; allowed: "
      "faultline beside its folder sw, or firmware.monitor and firmware.kernel",
      built.string()));
}

}  // namespace

fs::path built_software() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "sw";
}

std::string read_console_input(const std::string& file) {
  constexpr char kEndOfTransmission = 4;  // Ctrl-D: the kernel's console ends there
  const std::string input = file.empty() ? "" : read_host_file(file, "program.stdin");
  return input + kEndOfTransmission;
}

std::string make_bootargs(const MachineConfig& config) {
  const FirmwareConfig& firmware = config.firmware;
  std::string text = fmt::format(
      "loglevel={} fault_around_bytes={} transparent_hugepage={} readahead={} svadu={} {}init={}",
      firmware.loglevel, firmware.fault_around_bytes, firmware.transparent_hugepage,
      firmware.readahead, firmware.svadu ? "on" : "off", firmware.vmstat ? "vmstat " : "",
      quoted("program.path", config.program.path));
  for (const std::string& variable : config.program.env) {
    if (variable.find('=') == 0 || variable.find('=') == std::string::npos) {
      throw LoadError(fmt::format("program.env: {} is not allowed: NAME=value", variable));
    }
    text += " setenv=" + quoted("program.env", variable);
  }
  if (!config.program.args.empty()) text += " --";
  for (const std::string& arg : config.program.args) text += ' ' + quoted("program.args", arg);
  return text;
}

void find_program(MachineConfig& config, const fs::path& built) {
  ProgramConfig& program = config.program;
  if (is_on_disk(program.path, config.disk)) return;
  const std::vector<ArchiveEntry> entries = archive_entries(config, built / "rootfs");
  const fs::path given = program.path;
  const std::string in_bin = "/bin/" + given.filename().string();
  if (contains(entries, program.path)) return;
  const bool bare_name = !given.has_parent_path();
  if (!(bare_name && contains(entries, in_bin))) {
    if (!is_host_file(given)) return;  // refused when the archive is made
    program.files.push_back({.host = program.path, .guest = in_bin});
  }
  program.path = in_bin;
}

GuestSoftware read_guest_software(const MachineConfig& config, const fs::path& built) {
  const auto image = [&built](const std::string& given, const char* name) {
    return ElfImage(given.empty() ? built / name : fs::path(given));
  };
  require_built_software(config.firmware, built);
  std::vector<ArchiveEntry> entries = archive_entries(config, built / "rootfs");
  if (!is_on_disk(config.program.path, config.disk)) require_program(config.program.path, entries);
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

BoardMedia make_media(const MachineConfig& config) {
  return {.disk = make_disk(config.disk), .swap = make_swap(config.swap)};
}

bool keep_disk(const Board& board, const MachineConfig& config) {
  if (config.disk.out.empty()) return true;
  try {
    write_disk_image(*board.disk(), config.disk.out);
  } catch (const LoadError& e) {
    spdlog::error("{}", e.what());
    return false;
  }
  return true;
}

void boot(Board& board, const MachineConfig& config, const GuestSoftware& software) {
  const DirectMemory& memory = board.memory();
  require_places(software.monitor, software.kernel);
  const std::uint64_t floor = std::max(end_of(software.monitor), end_of(software.kernel));

  // The tree's size does not depend on the values in it.
  DeviceTreeParams params = tree_params(board, config);
  params.bootargs = software.bootargs;
  params.initial_archive = {PhysAddr{0}, software.archive.size()};
  const Places places =
      place(memory, floor, build_device_tree(params).size(), software.archive.size());
  params.initial_archive->base = places.archive;
  const std::vector<unsigned char> tree = build_device_tree(params);
  software.monitor.load(memory);
  software.kernel.load(memory);
  board.write_memory(places.archive, software.archive.data(), software.archive.size());
  board.write_memory(places.tree, tree.data(), tree.size());
  board.set_entry(software.monitor.physical_entry(), places.tree);
}

void boot_bare(Board& board, const MachineConfig& config, const ElfImage& image) {
  const DirectMemory& memory = board.memory();
  image.load(memory);
  const std::vector<unsigned char> tree = build_device_tree(tree_params(board, config));
  const PhysAddr tree_at = place(memory, end_of(image), tree.size(), 0).tree;
  board.write_memory(tree_at, tree.data(), tree.size());
  board.attach_tohost(image);
  board.set_entry(image.physical_entry(), tree_at);
}

}  // namespace faultline
