// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "sw/programs/faultpaths/experiment.h"

namespace faultpaths {

namespace {

/// In the archive, and so in the page cache as a whole.
constexpr char kCachedFile[] = "/data/pages";
constexpr std::size_t kCachedPages = 4096;

/// Pages between two faults that wait for the disk: twice what the kernel reads around one (32),
/// so that none finds what another has read.
constexpr std::size_t kDiskStep = 64;

int open_to_write(const char* path) {
  const int fd = open(path, O_RDWR);
  if (fd < 0) die(path);
  return fd;
}

/// A page of the `part`-th piece of the disk's file: parts do not share what is read around faults.
std::size_t page_of_disk(std::size_t part, const Pass& pass, std::size_t i) {
  return (part * pass.items() + i) * kDiskStep + kDiskStep / 2;
}

/// Every fault finds its page absent from the page cache.
void provoke_misses(Experiment& experiment, std::size_t pages) {
  const Pass pass{Caches::kWarm, experiment.settings().count};
  // Each with a file description of its own, for each counts its misses.
  const char* const path = experiment.settings().disk_file;
  const Pages read = map_private(pages, open_to_write(path));
  experiment.provoke("read_fault_major", pass,
                     [&](std::size_t i) { read.load(page_of_disk(1, pass, i)); });
  const Pages copied = map_private(pages, open_to_write(path));
  experiment.provoke("cow_major", pass,
                     [&](std::size_t i) { copied.word(page_of_disk(2, pass, i)) = i; });
  const Pages shared = map_shared(pages, open_to_write(path));
  experiment.provoke("shared_write_major", pass,
                     [&](std::size_t i) { shared.word(page_of_disk(3, pass, i)) = i; });
  release(read);
  release(copied);
  release(shared);
}

/// First stores to shared pages of the page cache, and first stores after they were written back.
void provoke_shared_writes(Experiment& experiment) {
  const int fd = open_to_write(experiment.settings().disk_file);
  for (const Pass& pass : experiment.passes()) {
    const Pages pages = map_shared(pass.items(), fd);
    for (std::size_t page = 0; page < pages.count; ++page) {
      std::uint8_t byte;
      if (pread(fd, &byte, 1, static_cast<off_t>(page * kPageSize)) != 1) die("pread");
    }
    const auto store = [&](std::size_t i) { pages.word(i) = i; };
    experiment.provoke("shared_write_mkwrite", pass, store);
    if (msync(pages.base, pages.count * kPageSize, MS_SYNC) != 0) die("msync");
    experiment.provoke("wp_shared_mkwrite", pass, store);
    release(pages);
  }
}

}  // namespace

void provoke_file(Experiment& experiment) {
  const int fd = open_file(kCachedFile);
  const std::size_t window = fault_around_pages(fd, kCachedPages);
  const std::size_t most = kCachedPages / window - 1;
  for (const Pass& pass : Experiment::passes(std::min(experiment.settings().count, most))) {
    const Pages read_first = map_private(pass.items() * window, fd);
    experiment.provoke(window > 1 ? "read_fault" : "read_fault_filemap", pass,
                       [&](std::size_t i) { read_first.load(i * window); });
    experiment.provoke("wp_copy", pass, [&](std::size_t i) { read_first.word(i * window) = i; });
    const Pages written = map_private(pass.items(), fd);
    experiment.provoke("cow", pass, [&](std::size_t i) { written.word(i) = i; });
    release(read_first);
    release(written);
  }
}

void provoke_disk(Experiment& experiment) {
  const char* const path = experiment.settings().disk_file;
  if (path == nullptr) return;
  const int fd = open_file(path);
  const off_t size = lseek(fd, 0, SEEK_END);
  const std::size_t pages = static_cast<std::size_t>(size) / kPageSize;
  const std::size_t needed = 4 * (experiment.settings().count + 1) * kDiskStep;
  if (pages < needed) {
    std::fprintf(stderr, "%s: %zu pages, %zu needed\n", path, pages, needed);
    std::exit(1);
  }
  provoke_misses(experiment, needed);
  provoke_shared_writes(experiment);
}

}  // namespace faultpaths
