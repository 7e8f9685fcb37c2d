// SPDX-License-Identifier: Apache-2.0
#include "models/dev/disk_medium.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace faultline {

DiskMedium::DiskMedium(std::uint64_t bytes) : bytes_(bytes) {
  assert(bytes > 0 && bytes % kSectorBytes == 0);
  file_ = ::memfd_create("disk", MFD_CLOEXEC);
  void* mapping = MAP_FAILED;
  if (file_ >= 0 && ::ftruncate(file_, static_cast<off_t>(bytes)) == 0) {
    mapping = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_, 0);
  }
  if (mapping == MAP_FAILED) {
    const int reason = errno;
    if (file_ >= 0) ::close(file_);
    throw std::runtime_error(fmt::format("the host refuses {} bytes of memory for a disk: {}",
                                         bytes, std::strerror(reason)));
  }
  data_ = static_cast<unsigned char*>(mapping);
}

DiskMedium::~DiskMedium() {
  ::munmap(data_, bytes_);
  ::close(file_);
}

std::filesystem::path DiskMedium::path() const {
  return fmt::format("/proc/self/fd/{}", file_);
}

void DiskMedium::spoil(std::uint64_t first, std::uint64_t count) {
  const std::uint64_t end = first + std::min(count, sectors() - std::min(first, sectors()));
  if (first >= end) return;
  Range merged{first, end};
  // The ranges that overlap or touch the new one become part of it.
  const auto begin = std::ranges::lower_bound(bad_, first, {}, &Range::end);
  auto after = begin;
  for (; after != bad_.end() && after->first <= end; ++after) {
    merged = {std::min(merged.first, after->first), std::max(merged.end, after->end)};
  }
  bad_.insert(bad_.erase(begin, after), merged);
}

bool DiskMedium::is_bad(std::uint64_t first, std::uint64_t count) const {
  const auto range = std::ranges::upper_bound(bad_, first, {}, &Range::end);
  return count > 0 && range != bad_.end() && range->first < first + count;
}

}  // namespace faultline
