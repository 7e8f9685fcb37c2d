// SPDX-License-Identifier: Apache-2.0
// Touches pages of anonymous memory once each, in a chosen order, and nothing else inside the
// region of interest: the number of faults there is the number of pages, twice that when each is
// read and then written. Checks the count and the memory's content.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/page_order.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: touch [--pages N] [--access write|read|read-then-write]\n"
    "             [--pattern seq|reverse|stride|random] [--stride K] [--seed S]\n"
    "Touches N pages (64) of fresh anonymous memory, each once, in the order of the pattern:\n"
    "ascending, descending, in K (8) interleaved passes, or at random from seed S (1).\n";

enum class Access { kWrite, kRead, kReadThenWrite };

/// Value that a touched page holds in its first doubleword.
std::uint64_t mark_of(std::size_t page) {
  return page + 1;
}

/// Touches the first `count` pages of the order; returns the sum of what was read.
[[gnu::noinline]] std::uint64_t touch(const Pages& pages, const std::uint32_t* order,
                                      std::size_t count, Access access) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    volatile std::uint64_t& word = pages.word(order[i]);
    if (access != Access::kWrite) sum += word;
    if (access != Access::kRead) word = mark_of(order[i]);
  }
  return sum;
}

bool content_is_right(const Pages& pages, Access access) {
  for (std::size_t page = 0; page < pages.count; ++page) {
    if (pages.word(page) != (access == Access::kRead ? 0 : mark_of(page))) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "access", "pattern", "stride", "seed"}, kUsage);
  const std::size_t count = options.number("pages", 64, 1, kMaxPages);
  const auto access =
      static_cast<Access>(options.choice("access", {"write", "read", "read-then-write"}));
  const auto pattern =
      static_cast<Pattern>(options.choice("pattern", {"seq", "reverse", "stride", "random"}));
  const PageOrder order(count, pattern, options.number("stride", 8, 1, kMaxPages),
                        options.number("seed", 1, 0, ~std::uint64_t{0}));

  const Pages pages = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  // Everything that runs inside the region runs here once, so that its own pages are there.
  constexpr std::uint32_t kFirst = 0;
  const Pages rehearsal = map_pages(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  std::uint64_t sum = touch(rehearsal, &kFirst, 1, access);
  const std::uint64_t before = fault_count();

  marker::region_begins();
  sum += touch(pages, order.pages.get(), order.count, access);
  marker::region_ends();

  const std::uint64_t faults = fault_count() - before;
  const std::uint64_t expected = access == Access::kReadThenWrite ? 2 * count : count;
  const bool right = sum == 0 && content_is_right(pages, access) && faults == expected;
  std::printf("touch: %zu pages, %lu faults, %lu expected: %s\n", count, faults, expected,
              right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
