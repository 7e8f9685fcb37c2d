// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a user can know of address spaces, kept by the simplest means: for every page its
// permissions and some of its words. Random tests compare the core with it.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "sw/kernel/mm/mmap.h"
#include "tests/firmware/mm/disk_file.h"

namespace faultline::test {

/// Words of a page that the reference keeps, evenly spread.
inline constexpr unsigned kWords = 4;
inline constexpr std::uint64_t kWordStride = 1000;  // bytes
using Words = std::array<std::uint64_t, kWords>;

/// The words of a page in memory.
[[nodiscard]] Words words_at(const void* bytes);

/// What one page of an address space is.
struct RefPage {
  bool mapped = false;
  unsigned prot = 0;
  bool shared = false;
  bool is_file = false;
  std::uint64_t pgoff = 0;       ///< in the file
  std::shared_ptr<Words> words;  ///< shared: always there; private: null until stored to
};

/// The pages of the one file of these tests, as everyone sees them who has no copy of their own.
class RefFile {
 public:
  RefFile(std::uint64_t first_block, std::uint64_t pages)
      : first_block_(first_block), pages_(pages) {}
  [[nodiscard]] std::shared_ptr<Words> page(std::uint64_t pgoff);
  [[nodiscard]] std::uint64_t pages() const { return pages_; }

 private:
  std::uint64_t first_block_;
  std::uint64_t pages_;
  std::map<std::uint64_t, std::shared_ptr<Words>> words_;
};

/// One address space: `pages` pages from some base on.
class RefSpace {
 public:
  RefSpace(RefFile& file, unsigned pages) : file_(file), pages_(pages) {}
  /// A copy as fork makes it: what is private is private to each.
  [[nodiscard]] RefSpace fork() const;

  [[nodiscard]] RefPage& page(unsigned index) { return pages_[index]; }
  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(pages_.size()); }
  /// The words that a load finds.
  [[nodiscard]] Words load(const RefPage& p) const;
  void store(RefPage& p, unsigned word, std::uint64_t value) const;
  /// True if an access with the needed permissions gets SIGBUS: behind the end of the file, and no
  /// private copy.
  [[nodiscard]] bool is_beyond_file(const RefPage& p) const {
    return p.is_file && p.pgoff >= file_.pages() && (p.shared || p.words == nullptr);
  }
  void map(unsigned start, unsigned n, unsigned prot, bool shared, bool is_file,
           std::uint64_t pgoff);
  void unmap(unsigned start, unsigned n);
  void move(unsigned from, unsigned to, unsigned n);
  /// MADV_DONTNEED.
  void forget(unsigned start, unsigned n);

 private:
  RefFile& file_;
  std::vector<RefPage> pages_;
};

}  // namespace faultline::test
