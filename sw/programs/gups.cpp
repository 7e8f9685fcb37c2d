// SPDX-License-Identifier: Apache-2.0
// Updates random words of a large table, as HPC Challenge's RandomAccess does ("GUPS"): with small
// pages nearly every update misses the TLBs, with huge pages few do, and there is nothing else in
// the loop that could hide it. An update is an exclusive or, so the same updates again must give
// back the table that was there at first.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: gups [--log2-words K] [--updates N] [--pages small|huge] [--seed S]\n"
    "Makes N updates (100000) of random words in a table of 2^K words of 8 bytes (20: 8 MiB), of\n"
    "pages of 4 KiB or, by madvise, 2 MiB. The region of interest is the updates; the table is\n"
    "filled before.\n";

void update(std::span<std::uint64_t> table, std::size_t updates, std::uint64_t seed) {
  Random random(seed);
  for (std::size_t i = 0; i < updates; ++i) {
    const std::uint64_t value = random.next();
    table[value & (table.size() - 1)] ^= value;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"log2-words", "updates", "pages", "seed"}, kUsage);
  const std::size_t words = std::size_t{1} << options.number("log2-words", 20, 9, 33);
  const std::size_t updates = options.number("updates", 100000, 0, ~std::uint64_t{0});
  const bool huge = options.choice("pages", {"small", "huge"}) == 1;
  const std::uint64_t seed = options.number("seed", 1, 0, ~std::uint64_t{0});
  const std::span table = map_array<std::uint64_t>(words);
  if (huge && madvise(table.data(), table.size_bytes(), MADV_HUGEPAGE) != 0) die("madvise");
  for (std::size_t i = 0; i < words; ++i) table[i] = i;

  marker::region_begins();
  update(table, updates, seed);
  marker::region_ends();

  update(table, updates, seed);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < words; ++i) {
    if (table[i] != i) ++wrong;
  }
  std::printf("gups: %zu words, %zu updates, %zu wrong: %s\n", words, updates, wrong,
              wrong == 0 ? "passed" : "FAILED");
  return wrong == 0 ? 0 : 1;
}
