// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is on a disk: its bytes, in sparse memory of the host, so that no run waits for the host's
// disk; and which of its sectors cannot be read. Not modelled: how long anything takes
// (disk_timing.h).

#include <cstdint>
#include <filesystem>
#include <vector>

namespace faultline {

/// The content of one disk. Sectors have kSectorBytes; bytes that nobody wrote are 0 and cost the
/// host nothing.
class DiskMedium {
 public:
  static constexpr std::uint64_t kSectorBytes = 512;

  /// `bytes`: a multiple of kSectorBytes, at least one sector. Throws std::runtime_error with the
  /// size and the host's reason if the host refuses the memory.
  explicit DiskMedium(std::uint64_t bytes);
  ~DiskMedium();
  DiskMedium(const DiskMedium&) = delete;
  DiskMedium& operator=(const DiskMedium&) = delete;

  [[nodiscard]] unsigned char* data() const { return data_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t sectors() const { return bytes_ / kSectorBytes; }
  /// A path by which this process can open the same bytes as a file, as long as this object lives.
  [[nodiscard]] std::filesystem::path path() const;

  /// Makes every read that touches one of `count` sectors from `first` on fail, for good. Sectors
  /// beyond the end are ignored.
  void spoil(std::uint64_t first, std::uint64_t count);
  /// True if one of `count` sectors from `first` on cannot be read.
  [[nodiscard]] bool is_bad(std::uint64_t first, std::uint64_t count) const;

 private:
  struct Range {
    std::uint64_t first, end;
  };
  unsigned char* data_ = nullptr;
  std::uint64_t bytes_ = 0;
  int file_ = -1;
  std::vector<Range> bad_;  // sorted, apart from each other
};

}  // namespace faultline
