// SPDX-License-Identifier: Apache-2.0
// Goes round a working set that may be larger than memory, checking and rewriting every page: with
// swap it completes, by reclaim, rmap and swap-in of what was swapped out. A part of each page is
// checked, from its first line to its last, so that a page that comes back as another's, or half
// written, is found.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/page_order.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: pressure [--pages N] [--rounds R] [--access write|read]\n"
    "                [--pattern seq|reverse|stride|random] [--stride K] [--seed S]\n"
    "Fills N pages (4096), then visits all of them R times (2) in the order of the pattern, "
    "checks\n"
    "what is in them and, unless only reading, writes anew. The region of interest is all of it.\n";

constexpr std::size_t kWords = kPageSize / sizeof(std::uint64_t);
/// Distance of the words that are looked at: one in eight lines, and the last.
constexpr std::size_t kStep = kWords / 8 - 1;

std::uint64_t mark_of(std::size_t page, std::size_t round, std::size_t word) {
  return (page * 0x9e3779b97f4a7c15 ^ round << 32) + word;
}

std::uint64_t* words_of(const Pages& pages, std::size_t page) {
  return reinterpret_cast<std::uint64_t*>(pages.base + page * kPageSize);
}

void write_page(const Pages& pages, std::size_t page, std::size_t round) {
  std::uint64_t* const words = words_of(pages, page);
  for (std::size_t i = 0; i < kWords; i += kStep) words[i] = mark_of(page, round, i);
}

bool page_is_right(const Pages& pages, std::size_t page, std::size_t round) {
  const std::uint64_t* const words = words_of(pages, page);
  for (std::size_t i = 0; i < kWords; i += kStep) {
    if (words[i] != mark_of(page, round, i)) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"pages", "rounds", "access", "pattern", "stride", "seed"},
                        kUsage);
  const std::size_t count = options.number("pages", 4096, 1, kMaxPages);
  const std::size_t rounds = options.number("rounds", 2, 1, 1u << 20);
  const bool writes = options.choice("access", {"write", "read"}) == 0;
  const auto pattern =
      static_cast<Pattern>(options.choice("pattern", {"seq", "reverse", "stride", "random"}));
  const PageOrder order(count, pattern, options.number("stride", 8, 1, kMaxPages),
                        options.number("seed", 1, 0, ~std::uint64_t{0}));
  const Pages pages = map_pages(count, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  std::size_t wrong = 0;

  marker::region_begins();
  for (std::size_t page = 0; page < count; ++page) write_page(pages, page, 0);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t page = order.pages[i];
      if (!page_is_right(pages, page, writes ? round : 0)) ++wrong;
      if (writes) write_page(pages, page, round + 1);
    }
  }
  marker::region_ends();

  std::printf("pressure: %zu pages, %zu rounds, %zu wrong: %s\n", count, rounds, wrong,
              wrong == 0 ? "passed" : "FAILED");
  return wrong == 0 ? 0 : 1;
}
