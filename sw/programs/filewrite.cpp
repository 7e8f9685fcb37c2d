// SPDX-License-Identifier: Apache-2.0
// Writes a file by write(2), changes it through a shared mapping, and writes it back by msync: the
// page cache's dirty pages, page_mkwrite at the first write to each page, write-protection at
// write-back and the fault at the next write. Cut off and extended by ftruncate at the end. Checks
// the content through read(2) after every step.

#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: filewrite [--file PATH] [--pages N] [--rounds R]\n"
    "Writes N pages (64) to a new file (/disk/filewrite.out), then R times (2) changes every "
    "second\n"
    "page through a shared mapping and calls msync. The region of interest is all of it.\n";

using Words = std::vector<std::uint64_t>;
constexpr std::size_t kWordsOfPage = kPageSize / sizeof(std::uint64_t);

void require(bool condition, const char* what) {
  if (condition) return;
  std::printf("filewrite: %s: FAILED\n", what);
  std::exit(1);
}

void write_all(int fd, const Words& content) {
  constexpr std::size_t kChunk = 6000;  // no divisor of a page: most chunks are parts of two
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(content.data());
  const std::size_t size = content.size() * sizeof(content[0]);
  for (std::size_t at = 0; at < size;) {
    const ssize_t written = write(fd, bytes + at, size - at < kChunk ? size - at : kChunk);
    if (written <= 0) die("write");
    at += static_cast<std::size_t>(written);
  }
}

/// What read(2) finds in the file, which must be as long as `expected`.
bool file_is(int fd, const Words& expected) {
  Words found(expected.size() + 1);
  const std::size_t size = expected.size() * sizeof(expected[0]);
  const ssize_t got = pread(fd, found.data(), size + 1, 0);
  found.resize(expected.size());
  return got == static_cast<ssize_t>(size) && found == expected;
}

/// Writes to every second page through the mapping; the same to `expected`.
void change(const Pages& mapping, Words& expected, std::uint64_t round) {
  for (std::size_t page = 0; page < mapping.count; page += 2) {
    mapping.word(page) = expected[page * kWordsOfPage] = ~page - round;
  }
}

/// Half the length, then the old one: the second half must then be zeros.
void cut_and_extend(int fd, Words& expected) {
  const std::size_t size = expected.size() * sizeof(expected[0]);
  if (ftruncate(fd, static_cast<off_t>(size / 2)) != 0) die("ftruncate");
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) die("ftruncate");
  std::fill(expected.begin() + static_cast<std::ptrdiff_t>(expected.size() / 2), expected.end(), 0);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"file", "pages", "rounds"}, kUsage);
  const char* const path = options.text("file", "/disk/filewrite.out");
  const std::size_t count = options.number("pages", 64, 1, 1u << 20);
  const std::size_t rounds = options.number("rounds", 2, 1, 1u << 20);
  const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) die(path);
  Words content(count * kWordsOfPage);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = i * 0x9e3779b97f4a7c15;

  marker::region_begins();
  write_all(fd, content);
  const Pages mapping = map_pages(count, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
  for (std::size_t round = 0; round < rounds; ++round) {
    change(mapping, content, round);
    require(file_is(fd, content), "read(2) does not see what was written through the mapping");
    if (msync(mapping.base, count * kPageSize, MS_SYNC) != 0) die("msync");
  }
  if (fsync(fd) != 0) die("fsync");
  marker::region_ends();

  require(file_is(fd, content), "the content has changed by being written back");
  cut_and_extend(fd, content);
  require(file_is(fd, content), "an extended file does not end in zeros");
  std::printf("filewrite: %zu pages, %zu rounds: passed\n", count, rounds);
  return 0;
}
