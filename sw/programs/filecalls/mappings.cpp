// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "sw/programs/filecalls/filecalls.h"
#include "sw/programs/memory.h"

namespace program::filecalls {

namespace {

constexpr std::size_t kPages = 40;

sigjmp_buf after_signal;

void jump_out(int) {
  siglongjmp(after_signal, 1);
}

/// Whether `access()` raises SIGBUS.
template <typename Access>
bool raises_sigbus(Access access) {
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = jump_out;
  sigaction(SIGBUS, &action, &old);
  volatile bool raised = true;
  if (sigsetjmp(after_signal, 1) == 0) {
    access();
    raised = false;
  }
  sigaction(SIGBUS, &old, nullptr);
  return raised;
}

/// What read(2) finds at the beginning of a page.
std::uint64_t word_in_file(int fd, std::size_t page) {
  std::uint64_t word = ~std::uint64_t{0};
  if (pread(fd, &word, sizeof(word), static_cast<off_t>(page * kPageSize)) != sizeof(word)) {
    return ~std::uint64_t{0};
  }
  return word;
}

int make_file(const std::string& path, std::size_t pages) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  std::vector<std::uint64_t> page(kPageSize / sizeof(std::uint64_t));
  for (std::size_t i = 0; i < pages; ++i) {
    page[0] = i + 1;
    checks.expect(write(fd, page.data(), kPageSize) == kPageSize, "write a page");
  }
  return fd;
}

void check_shared(int fd) {
  const Pages shared = map_pages(kPages, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
  const Pages copy = map_pages(kPages, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
  bool same = true;
  for (std::size_t i = 0; i < kPages; ++i) same = same && shared.word(i) == i + 1;
  checks.expect(same, "a mapping shows the file");
  copy.word(3) = 333;
  shared.word(4) = 444;
  checks.expect(word_in_file(fd, 3) == 4 && word_in_file(fd, 4) == 444 && copy.word(4) == 444,
                "shared stores are the file's, private ones are not");
  checks.expect(msync(shared.base, kPages * kPageSize, MS_SYNC) == 0, "msync");
  shared.word(4) = 445;
  const std::uint64_t word = 555;
  checks.expect(pwrite(fd, &word, sizeof(word), 5 * kPageSize) == sizeof(word) &&
                    shared.word(5) == 555 && word_in_file(fd, 4) == 445,
                "a mapping and write(2) see each other, after write-back too");
  checks.expect(munmap(shared.base, kPages * kPageSize) == 0 && word_in_file(fd, 4) == 445,
                "what was stored stays");
  checks.expect(copy.word(3) == 333 && copy.word(5) == 555, "the private mapping too");
  munmap(copy.base, kPages * kPageSize);
}

void check_holes_and_ends(int fd) {
  checks.expect(ftruncate(fd, 10 * kPageSize + 100) == 0, "ftruncate");
  const Pages shared = map_pages(kPages, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
  checks.expect(shared.word(10) == 11 && raises_sigbus([&] { shared.load(11); }),
                "SIGBUS beyond the last page");
  bool zeros = true;
  for (std::size_t i = 100; i < kPageSize; ++i)
    zeros = zeros && shared.base[10 * kPageSize + i] == 0;
  checks.expect(zeros, "the end of the last page is zeros");
  checks.expect(ftruncate(fd, kPages * kPageSize) == 0 && shared.word(30) == 0, "a hole is zeros");
  shared.word(31) = 31;
  checks.expect(word_in_file(fd, 31) == 31, "a store fills a hole");
  checks.expect(ftruncate(fd, 20 * kPageSize) == 0 && raises_sigbus([&] { shared.load(31); }),
                "what was cut off is no longer mapped");
  checks.expect(ftruncate(fd, kPages * kPageSize) == 0 && shared.word(31) == 0,
                "and does not come back");
  munmap(shared.base, kPages * kPageSize);
}

void check_errors(const std::string& path) {
  const int reading = open(path.c_str(), O_RDONLY);
  const int writing = open(path.c_str(), O_WRONLY);
  checks.expect(
      mmap(nullptr, kPageSize, PROT_WRITE, MAP_SHARED, reading, 0) == MAP_FAILED && errno == EACCES,
      "no shared stores to what is open for reading");
  checks.expect(
      mmap(nullptr, kPageSize, PROT_READ, MAP_SHARED, writing, 0) == MAP_FAILED && errno == EACCES,
      "no mapping of what is open for writing only");
  checks.expect(
      mmap(nullptr, kPageSize, PROT_READ, MAP_SHARED, 999, 0) == MAP_FAILED && errno == EBADF,
      "no mapping of nothing");
  close(reading);
  close(writing);
}

}  // namespace

void check_mappings(const std::string& directory) {
  const std::string path = directory + "/mapped";
  const int fd = make_file(path, kPages);
  check_shared(fd);
  check_holes_and_ends(fd);
  check_errors(path);
  checks.expect(fsync(fd) == 0 && close(fd) == 0 && unlink(path.c_str()) == 0, "removed");
}

void check_full_device(const std::string& directory) {
  const std::string path = directory + "/full";
  const int fd = make_file(path, 1);
  const std::vector<char> chunk(64 * 1024, 'f');
  ssize_t count = 0;
  while ((count = write(fd, chunk.data(), chunk.size())) == static_cast<ssize_t>(chunk.size())) {
  }
  checks.expect(count < static_cast<ssize_t>(chunk.size()), "a full device ends a write early");
  checks.expect(fails(write(fd, chunk.data(), chunk.size()), ENOSPC), "and then says ENOSPC");
  struct stat status {};
  checks.expect(fstat(fd, &status) == 0 && status.st_size % kPageSize == 0, "fstat");
  checks.expect(ftruncate(fd, status.st_size + 4 * static_cast<off_t>(kPageSize)) == 0,
                "a hole needs no space");
  const auto pages = static_cast<std::size_t>(status.st_size) / kPageSize;
  const Pages shared = map_pages(pages + 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
  checks.expect(shared.word(pages + 1) == 0, "the hole can be read");
  checks.expect(raises_sigbus([&] { shared.word(pages + 1) = 1; }),
                "but a store finds no space: SIGBUS");
  checks.expect(unlink(path.c_str()) == 0 && close(fd) == 0, "removed");
  munmap(shared.base, (pages + 4) * kPageSize);
  const int again = make_file(path, 2);
  checks.expect(word_in_file(again, 1) == 2, "the space is free again");
  close(again);
  unlink(path.c_str());
}

}  // namespace program::filecalls
