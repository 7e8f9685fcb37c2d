// SPDX-License-Identifier: Apache-2.0
// Counts how often a text occurs in a mapped file, from a cold page cache if the file is on a disk:
// readahead, major faults and the I/O they wait for, under each of madvise's hints. The file is
// searched in blocks, in order or at random. Checks the count by searching again through read(2).

#include <sys/stat.h>

#include <cstring>
#include <string>
#include <vector>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/page_order.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: filesearch [--file PATH] [--text TEXT] [--hint normal|sequential|random|willneed]\n"
    "                  [--pattern seq|reverse|stride|random] [--stride K] [--seed S]\n"
    "Counts the occurrences of TEXT (PF) in a mapped file (/disk/search.bin), taking blocks of\n"
    "16 pages in the order of the pattern. The region of interest is the search.\n";

constexpr std::size_t kBlock = 16 * kPageSize;

struct File {
  const char* bytes;
  std::size_t size;
};

/// Occurrences that begin in block `index`; they may end beyond it.
std::size_t count_in_block(const File& file, std::size_t index, std::string_view text) {
  const char* at = file.bytes + index * kBlock;
  const char* const end = file.bytes + std::min(file.size, (index + 1) * kBlock + text.size() - 1);
  std::size_t count = 0;
  while ((at = static_cast<const char*>(memmem(at, static_cast<std::size_t>(end - at), text.data(),
                                               text.size()))) != nullptr) {
    ++count;
    ++at;
  }
  return count;
}

/// The same count through read(2).
std::size_t count_by_reading(int fd, std::size_t size, std::string_view text) {
  std::vector<char> copy(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = pread(fd, copy.data() + filled, std::min(kBlock, size - filled),
                              static_cast<off_t>(filled));
    if (got <= 0) die("pread");
    filled += static_cast<std::size_t>(got);
  }
  std::size_t count = 0;
  for (std::size_t block = 0; block * kBlock < size; ++block) {
    count += count_in_block({copy.data(), size}, block, text);
  }
  return count;
}

std::size_t size_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) die("fstat");
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"file", "text", "hint", "pattern", "stride", "seed"}, kUsage);
  constexpr int kHints[] = {MADV_NORMAL, MADV_SEQUENTIAL, MADV_RANDOM, MADV_WILLNEED};
  const char* const path = options.text("file", "/disk/search.bin");
  const std::string_view text = options.text("text", "PF");
  const int hint = kHints[options.choice("hint", {"normal", "sequential", "random", "willneed"})];
  const auto pattern =
      static_cast<Pattern>(options.choice("pattern", {"seq", "reverse", "stride", "random"}));
  const int fd = open_file(path);
  const std::size_t size = size_of(fd);
  if (text.empty()) options.fail("nothing to search for", "");
  if (size == 0) options.fail("the file is empty:", path);
  const PageOrder blocks((size + kBlock - 1) / kBlock, pattern,
                         options.number("stride", 8, 1, kMaxPages),
                         options.number("seed", 1, 0, ~std::uint64_t{0}));
  const Pages pages = map_pages((size + kPageSize - 1) / kPageSize, PROT_READ, MAP_PRIVATE, fd);
  if (madvise(pages.base, size, hint) != 0) die("madvise");
  const File file{reinterpret_cast<const char*>(pages.base), size};

  marker::region_begins();
  std::size_t count = 0;
  for (std::size_t i = 0; i < blocks.count; ++i) {
    count += count_in_block(file, blocks.pages[i], text);
  }
  marker::region_ends();

  const bool right = count == count_by_reading(fd, size, text);
  std::printf("filesearch: %zu bytes, %zu occurrences: %s\n", size, count,
              right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
