// SPDX-License-Identifier: Apache-2.0
// Maps a file privately and reads one word of each page in a chosen order. Faults map what is in
// the page cache around them, so a file costs one fault per window, in any order. Checks the count
// and that the sum of the words is the one that reading the file gives.

#include <sys/stat.h>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/page_order.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: mapread [--file PATH] [--pages N] [--window W]\n"
    "               [--pattern seq|reverse|stride|random] [--stride K] [--seed S]\n"
    "Maps the first N pages (all) of a file (/data/pages) and reads a word of each, in the order "
    "of\n"
    "the pattern: ascending, descending, in K (8) interleaved passes, or at random from seed S "
    "(1).\n"
    "W (16) is the kernel's window in pages, from which the number of faults is expected.\n";

[[gnu::noinline]] std::uint64_t read_words(const Pages& pages, const std::uint32_t* order,
                                           std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += pages.word(order[i]);
  return sum;
}

/// The same sum through read(2).
std::uint64_t sum_by_reading(int fd, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t page = 0; page < count; ++page) {
    std::uint64_t word = 0;
    if (pread(fd, &word, sizeof(word), static_cast<off_t>(page * kPageSize)) < 0) die("pread");
    sum += word;
  }
  return sum;
}

std::size_t pages_of_file(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) die("fstat");
  return (static_cast<std::size_t>(status.st_size) + kPageSize - 1) / kPageSize;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"file", "pages", "window", "pattern", "stride", "seed"},
                        kUsage);
  const char* const path = options.text("file", "/data/pages");
  const int fd = open_file(path);
  const std::size_t available = pages_of_file(fd);
  if (available == 0) options.fail("the file is empty:", path);
  const std::size_t count = options.number("pages", available, 1, available);
  const std::size_t window = options.number("window", 16, 1, 512);
  const auto pattern =
      static_cast<Pattern>(options.choice("pattern", {"seq", "reverse", "stride", "random"}));
  const PageOrder order(count, pattern, options.number("stride", 8, 1, kMaxPages),
                        options.number("seed", 1, 0, ~std::uint64_t{0}));

  const Pages pages = map_pages(count, PROT_READ, MAP_PRIVATE, fd);
  // Everything that runs inside the region runs here once, so that its own pages are there.
  constexpr std::uint32_t kFirst = 0;
  const Pages rehearsal = map_pages(1, PROT_READ, MAP_PRIVATE, fd);
  const std::uint64_t first_word = read_words(rehearsal, &kFirst, 1);
  const std::uint64_t before = fault_count();

  marker::region_begins();
  const std::uint64_t sum = read_words(pages, order.pages.get(), order.count);
  marker::region_ends();

  const std::uint64_t faults = fault_count() - before;
  const std::uint64_t expected = (count + window - 1) / window;
  const bool right =
      sum == sum_by_reading(fd, count) && first_word == pages.word(0) && faults == expected;
  std::printf("mapread: %zu pages, sum 0x%lx, %lu faults, %lu expected: %s\n", count, sum, faults,
              expected, right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
