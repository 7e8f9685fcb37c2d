// SPDX-License-Identifier: Apache-2.0
#pragma once

// A block device in host memory that works only while the core sleeps, one request at a time in the
// order of their arrival, and fails where it is told to.

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "sw/kernel/block/block_device.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {

class Disk {
 public:
  /// A device of `pages` pages, all zeros.
  Disk(Machine& machine, const char* name, std::uint64_t pages);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// Makes it an empty swap area, as mkswap does.
  void make_swap();
  /// The bytes of page `index`.
  [[nodiscard]] unsigned char* page_bytes(std::uint64_t index) {
    return &content_[index * PAGE_SIZE];
  }
  /// From now on every request that touches the page ends with an I/O error.
  void break_page(std::uint64_t index) { broken_.insert(index); }
  void mend() { broken_.clear(); }
  /// The requests since the last call as text, in the order of their arrival: "r 8+32" reads 32
  /// pages from page 8 on, "w" writes, "f" flushes; one that failed has a "!" behind it.
  [[nodiscard]] std::string take_log();

  [[nodiscard]] block_device& bdev() { return bdev_; }
  [[nodiscard]] unsigned reads() const { return reads_; }
  [[nodiscard]] unsigned writes() const { return writes_; }
  /// Requests under way.
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }
  /// Ends the oldest request; false: none is under way.
  bool progress();

 private:
  static void submit(block_device& bdev, bio& b);

  block_device bdev_{};
  std::vector<unsigned char> content_;
  struct Request {
    bio* b;
    std::size_t log_entry;
  };
  std::deque<Request> queue_;
  std::vector<std::string> log_;
  std::set<std::uint64_t> broken_;
  unsigned reads_ = 0;   // requests
  unsigned writes_ = 0;  // requests
};

}  // namespace faultline::test
