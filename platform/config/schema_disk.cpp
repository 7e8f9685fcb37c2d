// SPDX-License-Identifier: Apache-2.0
// The keys of `disk` and `swap`.

#include <fmt/format.h>

#include "platform/config/machine_schema.h"

#define PLACE FAULTLINE_PLACE

namespace faultline {

namespace {

constexpr std::uint64_t kLargestDisk = std::uint64_t{1} << 40;

/// What every source of a disk's figures says: the profiles' own.
std::string profile_sources() {
  std::string all;
  for (const DiskProfile& profile : disk_profiles()) {
    all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", profile.name, profile.source);
  }
  return all;
}

/// The keys that decide the time of one disk; `speed` is the way to its DiskTimingConfig.
template <typename Place>
void add_speed(ConfigSchema& schema, const std::string& path, Place speed) {
  std::vector<std::pair<std::string_view, std::string>> profiles;
  for (const DiskProfile& p : disk_profiles()) profiles.emplace_back(p.name, p.name);
  schema.add(path + ".profile", choice<std::string>(profiles),
             field_of(speed, &DiskTimingConfig::profile),
             {.description = "Decides every latency and bandwidth that is not given",
              .source = profile_sources()});

  const auto given = field_of(speed, &DiskTimingConfig::given);
  const auto add = [&](const char* name, const char* unit, std::uint64_t most, auto field,
                       const char* description) {
    schema.add(path + '.' + name, integer<std::uint64_t>(0, most), field_of(given, field),
               {.unit = unit,
                .description = fmt::format("{}; 0 is the profile's", description),
                .source = fmt::format("{}.profile", path)});
  };
  constexpr std::uint64_t kSecond = 1'000'000'000;
  add("read_latency_ns", "ns", kSecond, &DiskTimingParams::read_latency_ns,
      "From a read command to its first data");
  add("write_latency_ns", "ns", kSecond, &DiskTimingParams::write_latency_ns,
      "From the last data of a write to its end");
  add("flush_latency_ns", "ns", kSecond, &DiskTimingParams::flush_latency_ns,
      "From the end of all earlier writes to the end of a flush");
  add("read_bandwidth_mb_s", "MB/s", 1'000'000, &DiskTimingParams::read_bandwidth_mb_s,
      "From the disk to memory, 10^6 bytes a second");
  add("write_bandwidth_mb_s", "MB/s", 1'000'000, &DiskTimingParams::write_bandwidth_mb_s,
      "From memory to the disk, 10^6 bytes a second");
  schema.add(path + ".queue_depth", integer<unsigned>(0, 1024),
             field_of(given, &DiskTimingParams::queue_depth),
             {.unit = "commands",
              .description = "Commands that the medium works on at the same time; 0 is the "
                             "profile's",
              .source = fmt::format("{}.profile", path)});
  schema.add(path + ".dma_burst_bytes", integer<unsigned>(64, 4096),
             field_of(speed, &DiskTimingConfig::dma_burst_bytes),
             {.unit = "bytes",
              .description = "What one transaction of its DMA moves at most; a power of two",
              .source = "assumption: Max_Payload_Size of a desktop's PCIe root port"});
}

void add_disk(ConfigSchema& schema) {
  schema.add("disk.source", text("a folder or an ext2 image of this host, or \"\""),
             PLACE(disk.source),
             {.description = "What is on the disk that the kernel mounts at /disk (--disk): a "
                             "folder, of which an image is made, or an image, which is never "
                             "changed"});
  schema.add("disk.out", text("a file of this host, or \"\""), PLACE(disk.out),
             {.description = "File that keeps the disk as the run left it (--disk-out)"});
  schema.add("disk.files", copied_files(), PLACE(disk.files),
             {.description = "Files of the host to put on the disk; none with an image"});
  schema.add("disk.generate", generated_files(), PLACE(disk.generate),
             {.description = "Files to make up on the disk, with bytes from a fixed seed; none "
                             "with an image"});
  schema.add(
      "disk.free_bytes", size_bytes(0, kLargestDisk), PLACE(disk.free_bytes),
      {.unit = "bytes", .description = "Room on a disk that is made for what the guest writes"});
  schema.add("disk.read_only", boolean(), PLACE(disk.read_only),
             {.description = "The disk refuses writes, and says so to the guest"});
  schema.add("disk.bad_files", text_list(), PLACE(disk.bad_files),
             {.description = "Files of the disk whose content cannot be read: each read of it ends "
                             "with an I/O error"});
  schema.add(
      "disk.bad_sectors", integer_list(), PLACE(disk.bad_sectors),
      {.unit = "sectors of 512 bytes", .description = "Sectors of the disk that cannot be read"});
  add_speed(schema, "disk", PLACE(disk.speed));
}

void add_swap(ConfigSchema& schema) {
  schema.add("swap.size_bytes", size_bytes(0, kLargestDisk), PLACE(swap.size_bytes),
             {.unit = "bytes",
              .description = "Swap area on a disk of its own, with its header page; 0 is none"});
  schema.add("swap.bad_pages", integer_list(), PLACE(swap.bad_pages),
             {.unit = "pages", .description = "Pages of the swap area that cannot be read back"});
  add_speed(schema, "swap", PLACE(swap.speed));
}

}  // namespace

void add_disk_keys(ConfigSchema& schema) {
  add_disk(schema);
  add_swap(schema);
}

}  // namespace faultline
