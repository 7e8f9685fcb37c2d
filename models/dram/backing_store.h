// SPDX-License-Identifier: Apache-2.0
#pragma once

// The bytes of main memory: one anonymous mapping without reserved swap, so that the host pays only
// for pages that were touched. Untouched memory reads as zero. Up to 4 GiB the host may use huge
// pages if it is set up so; a larger store is paid for in 4 KiB pages.

#include <cstdint>

namespace faultline {

class BackingStore {
 public:
  /// Maps `bytes` (a multiple of the host's page). Throws std::runtime_error with the size and the
  /// host's reason if the mapping is refused.
  explicit BackingStore(std::uint64_t bytes);
  ~BackingStore();
  BackingStore(const BackingStore&) = delete;
  BackingStore& operator=(const BackingStore&) = delete;

  [[nodiscard]] unsigned char* data() const { return data_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return bytes_; }
  /// Host memory in use for it: pages that are resident (mincore); linear in the size, for reports.
  [[nodiscard]] std::uint64_t touched_bytes() const;

 private:
  unsigned char* data_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace faultline
