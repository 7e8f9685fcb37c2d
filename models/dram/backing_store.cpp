// SPDX-License-Identifier: Apache-2.0
#include "models/dram/backing_store.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace faultline {

namespace {

constexpr std::uint64_t kHugePagesUpTo = std::uint64_t{4} << 30;

}  // namespace

BackingStore::BackingStore(std::uint64_t bytes) : bytes_(bytes) {
  void* mapping = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    throw std::runtime_error(
        fmt::format("the host refuses {} bytes of address space for main memory: {}", bytes,
                    std::strerror(errno)));
  }
  data_ = static_cast<unsigned char*>(mapping);
  // Huge pages are good for the host's speed, but make each of many scattered pages cost 512.
  if (bytes > kHugePagesUpTo) ::madvise(mapping, bytes, MADV_NOHUGEPAGE);
}

BackingStore::~BackingStore() {
  ::munmap(data_, bytes_);
}

std::uint64_t BackingStore::touched_bytes() const {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::uint64_t kPagesAtOnce = 1 << 16;
  std::vector<unsigned char> resident(kPagesAtOnce);
  std::uint64_t pages = 0;
  for (std::uint64_t offset = 0; offset < bytes_; offset += kPagesAtOnce * page) {
    const std::uint64_t length = std::min(kPagesAtOnce * page, bytes_ - offset);
    if (::mincore(data_ + offset, length, resident.data()) != 0) return 0;
    const std::uint64_t count = (length + page - 1) / page;
    pages += static_cast<std::uint64_t>(
        std::count_if(resident.begin(), resident.begin() + static_cast<std::ptrdiff_t>(count),
                      [](unsigned char flags) { return (flags & 1) != 0; }));
  }
  return pages * page;
}

}  // namespace faultline
