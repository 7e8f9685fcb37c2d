// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mappings and fault counts for the programs. A mapping that cannot be had ends the program with
// status 1.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace program {

inline constexpr std::size_t kPageSize = 4096;
/// Largest number of pages that the programs take: 64 GiB.
inline constexpr std::uint64_t kMaxPages = std::uint64_t{1} << 24;

/// A mapping of whole pages.
struct Pages {
  std::uint8_t* base;
  std::size_t count;

  /// The first doubleword of page `index`.
  [[nodiscard]] volatile std::uint64_t& word(std::size_t index) const {
    return *reinterpret_cast<volatile std::uint64_t*>(base + index * kPageSize);
  }
  /// Loads from page `index`.
  void load(std::size_t index) const { [[maybe_unused]] const std::uint64_t value = word(index); }
};

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// Maps `count` pages at a multiple of 2 MiB, so that every run has the same windows and page
/// tables. `fd` < 0: anonymous memory.
inline Pages map_pages(std::size_t count, int protection, int flags, int fd = -1) {
  static std::uintptr_t next = std::uintptr_t{1} << 36;
  constexpr std::uintptr_t kAlignment = std::uintptr_t{2} << 20;
  if (fd < 0) flags |= MAP_ANONYMOUS;
  const std::size_t bytes = count * kPageSize;
  void* const at = mmap(reinterpret_cast<void*>(next), bytes, protection, flags, fd, 0);
  if (at == MAP_FAILED) die("mmap");
  if (reinterpret_cast<std::uintptr_t>(at) != next) {
    std::fprintf(stderr, "mmap: address 0x%lx is taken\n", next);
    std::exit(1);
  }
  next += (bytes + kAlignment) & ~(kAlignment - 1);
  return {static_cast<std::uint8_t*>(at), count};
}

/// An array in private memory of its own, all zero, of which no page is present yet.
template <typename T>
std::span<T> map_array(std::size_t count) {
  const std::size_t pages = (count * sizeof(T) + kPageSize - 1) / kPageSize;
  const Pages memory = map_pages(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  return {reinterpret_cast<T*>(memory.base), count};
}

/// Opens a file for reading.
inline int open_file(const char* path) {
  const int fd = open(path, O_RDONLY);
  if (fd < 0) die(path);
  return fd;
}

/// Page faults of this process so far.
inline std::uint64_t fault_count() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
}

/// Pages that one read fault maps of a file that is in the page cache: the kernel's window. Found
/// by reading the first pages of `fd`, which has `pages` of them, in a mapping of its own.
inline std::size_t fault_around_pages(int fd, std::size_t pages) {
  const Pages probe = map_pages(pages, PROT_READ, MAP_PRIVATE, fd);
  probe.load(0);
  const std::uint64_t before = fault_count();
  std::size_t window = 1;
  for (; window < pages; window *= 2) {
    probe.load(window);
    if (fault_count() != before) break;
  }
  munmap(probe.base, pages * kPageSize);
  return window;
}

}  // namespace program
