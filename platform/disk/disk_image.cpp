// SPDX-License-Identifier: Apache-2.0
#include "platform/disk/disk_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "models/common/types.h"
#include "platform/config/generated_file.h"
#include "platform/disk/ext2_image.h"
#include "platform/loader/host_file.h"

namespace faultline {

namespace fs = std::filesystem;

namespace {

/// An open file of the host.
class HostFile {
 public:
  /// Throws LoadError "<path>: cannot be <action>: <reason>".
  HostFile(const fs::path& path, int flags, const char* action)
      : path_(path), action_(action), file_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    require(file_ >= 0);
  }
  ~HostFile() {
    if (file_ >= 0) ::close(file_);
  }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  [[nodiscard]] int file() const { return file_; }
  void require(bool good) const {
    if (good) return;
    throw LoadError(
        fmt::format("{}: cannot be {}: {}", path_.string(), action_, std::strerror(errno)));
  }

 private:
  fs::path path_;
  const char* action_;
  int file_;
};

bool is_zero(const std::vector<unsigned char>& bytes) {
  return std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; });
}

/// The first byte at or behind `offset` that may be other than 0; `bytes` if there is none.
std::uint64_t next_data(const HostFile& from, std::uint64_t offset, std::uint64_t bytes) {
  const off_t found = ::lseek(from.file(), static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  return errno == ENXIO ? bytes : offset;  // no more data, or a file system that does not say
}

/// Copies `bytes` bytes into a file that is all zeros; holes and pages of zeros stay holes.
void copy_sparse(const HostFile& from, const HostFile& to, std::uint64_t bytes) {
  std::vector<unsigned char> page(kPageBytes);
  for (std::uint64_t at = next_data(from, 0, bytes); at < bytes;) {
    at -= at % kPageBytes;
    page.resize(std::min(kPageBytes, bytes - at));
    const auto offset = static_cast<off_t>(at);
    const auto expected = static_cast<ssize_t>(page.size());
    from.require(::pread(from.file(), page.data(), page.size(), offset) == expected);
    if (!is_zero(page)) {
      to.require(::pwrite(to.file(), page.data(), page.size(), offset) == expected);
    }
    at += page.size();
    if (at < bytes) at = next_data(from, at, bytes);
  }
}

std::unique_ptr<DiskMedium> copy_image(const fs::path& image) {
  const std::uint64_t bytes = fs::file_size(image);
  if (bytes == 0 || bytes % DiskMedium::kSectorBytes != 0) {
    throw LoadError(fmt::format("{}: has {} bytes; allowed: a multiple of {} for an image",
                                image.string(), bytes, DiskMedium::kSectorBytes));
  }
  auto medium = std::make_unique<DiskMedium>(bytes);
  const HostFile from(image, O_RDONLY, "read");
  const HostFile to(medium->path(), O_RDWR, "filled");
  copy_sparse(from, to, bytes);
  check_ext2_image(*medium, image.string());
  return medium;
}

std::vector<DiskEntry> entries_of(const DiskConfig& config) {
  std::vector<DiskEntry> entries;
  if (!config.source.empty()) entries = read_folder(config.source);
  for (const CopiedFile& file : config.files) {
    if (!is_host_file(file.host)) {
      throw LoadError(fmt::format("disk.files: {} is not allowed: a file of this host", file.host));
    }
    entries.push_back(
        {.path = file.guest, .content = fs::path(file.host), .mode = guest_mode_of(file.host)});
  }
  for (const GeneratedFile& file : config.generate) {
    entries.push_back({.path = file.path, .content = generate_bytes(file)});
  }
  return entries;
}

std::unique_ptr<DiskMedium> medium_of(const DiskConfig& config) {
  if (config.source.empty() || is_host_folder(config.source)) {
    return make_ext2_image(entries_of(config), config.free_bytes);
  }
  if (!is_host_file(config.source)) {
    throw LoadError(fmt::format(
        "disk.source: {} is not allowed: a folder or an ext2 image of this host", config.source));
  }
  if (!config.files.empty() || !config.generate.empty()) {
    throw LoadError(
        fmt::format("{}: not allowed while disk.source is an image ({}), which is taken as it is",
                    config.files.empty() ? "disk.generate" : "disk.files", config.source));
  }
  return copy_image(config.source);
}

constexpr const char* kWritten = "written (disk.out)";

/// Where an image is written, to take the place of `file` when it is complete.
fs::path partial_of(fs::path file) {
  return file += ".partial";
}

void refuse_without_disk(const char* key, bool given) {
  if (!given) return;
  throw LoadError(fmt::format(
      "{}: is not allowed without a disk; give --disk, disk.source, disk.files or disk.generate",
      key));
}

}  // namespace

std::unique_ptr<DiskMedium> make_disk(const DiskConfig& config) {
  if (!config.present()) {
    refuse_without_disk("disk.out", !config.out.empty());
    refuse_without_disk("disk.bad_files", !config.bad_files.empty());
    refuse_without_disk("disk.bad_sectors", !config.bad_sectors.empty());
    return nullptr;
  }
  if (!config.out.empty()) require_writable_image(config.out, config.source);
  std::unique_ptr<DiskMedium> medium = medium_of(config);
  for (const std::string& path : config.bad_files) {
    for (const SectorRange& range : sectors_of_file(*medium, path)) {
      medium->spoil(range.first, range.count);
    }
  }
  for (const std::uint64_t sector : config.bad_sectors) {
    if (sector >= medium->sectors()) {
      throw LoadError(fmt::format("disk.bad_sectors: {} is not allowed: the disk has {} sectors",
                                  sector, medium->sectors()));
    }
    medium->spoil(sector, 1);
  }
  return medium;
}

std::unique_ptr<DiskMedium> make_swap(const SwapConfig& config) {
  if (config.size_bytes == 0) return nullptr;
  // Linux's union swap_header, version 1 (include/linux/swap.h): behind 1 KiB for a boot loader the
  // version, the last page and the number of bad pages; the magic number ends the page.
  struct Info {
    std::uint32_t version, last_page, bad_pages;
  };
  constexpr std::uint64_t kInfoAt = 1024;
  constexpr std::string_view kMagic = "SWAPSPACE2";
  const std::uint64_t pages = config.size_bytes / kPageBytes;
  auto medium = std::make_unique<DiskMedium>(config.size_bytes);
  const Info info{.version = 1, .last_page = static_cast<std::uint32_t>(pages - 1), .bad_pages = 0};
  std::memcpy(medium->data() + kInfoAt, &info, sizeof info);
  std::ranges::copy(kMagic, medium->data() + kPageBytes - kMagic.size());
  for (const std::uint64_t page : config.bad_pages) {
    constexpr std::uint64_t kSectors = kPageBytes / DiskMedium::kSectorBytes;
    medium->spoil(page * kSectors, kSectors);
  }
  return medium;
}

void require_writable_image(const fs::path& file, const fs::path& source) {
  std::error_code ignored;
  if (!source.empty() && fs::equivalent(file, source, ignored)) {
    throw LoadError(fmt::format(
        "disk.out: {} is not allowed: it is the source of the disk, which is never changed",
        file.string()));
  }
  if (fs::exists(file, ignored) && !is_host_file(file)) {
    throw LoadError(fmt::format("disk.out: {} is not allowed: a file, or a path where nothing is",
                                file.string()));
  }
  { const HostFile probe(partial_of(file), O_WRONLY | O_CREAT, kWritten); }
  fs::remove(partial_of(file), ignored);
}

void write_disk_image(const DiskMedium& medium, const fs::path& file) {
  const fs::path partial = partial_of(file);
  {
    const HostFile from(medium.path(), O_RDONLY, "read");
    const HostFile to(partial, O_WRONLY | O_CREAT | O_TRUNC, kWritten);
    to.require(::ftruncate(to.file(), static_cast<off_t>(medium.bytes())) == 0);
    copy_sparse(from, to, medium.bytes());
  }
  std::error_code error;
  fs::rename(partial, file, error);
  if (error) {
    throw LoadError(fmt::format("{}: cannot be {}: {}", file.string(), kWritten, error.message()));
  }
}

}  // namespace faultline
