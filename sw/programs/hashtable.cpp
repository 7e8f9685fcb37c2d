// SPDX-License-Identifier: Apache-2.0
// Inserts random keys into an open-addressing hash table and looks them up again in another order:
// accesses without locality, over as much memory as is asked for. Checks every value found.

#include <bit>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: hashtable [--entries N] [--lookups M] [--seed S]\n"
    "Inserts N entries (50000) into a table that is at most half full, then looks up M keys (N), "
    "every\n"
    "fourth of them absent. The region of interest is both.\n";

struct Slot {
  std::uint64_t key;  ///< 0: free
  std::uint64_t value;
};

/// Linear probing; the number of slots is a power of two and at least twice that of the entries.
class HashTable {
 public:
  explicit HashTable(std::size_t entries) : slots_(std::bit_ceil(entries * 2)) {
    const std::size_t pages = (slots_ * sizeof(Slot) + kPageSize - 1) / kPageSize;
    table_ = reinterpret_cast<Slot*>(map_pages(pages, PROT_READ | PROT_WRITE, MAP_PRIVATE).base);
  }

  void insert(std::uint64_t key, std::uint64_t value) { *find(key) = {key, value}; }
  /// The value of a key; 0 if it is absent.
  [[nodiscard]] std::uint64_t value_of(std::uint64_t key) const { return find(key)->value; }

 private:
  /// The slot of `key`, or the free one where it belongs. Multiplicative hashing by 2^64 / golden
  /// ratio.
  [[nodiscard]] Slot* find(std::uint64_t key) const {
    const int shift = std::countl_zero(slots_) + 1;
    std::size_t at = slots_ == 1 ? 0 : key * 0x9e3779b97f4a7c15 >> shift;
    while (table_[at].key != 0 && table_[at].key != key) at = (at + 1) & (slots_ - 1);
    return table_ + at;
  }

  std::size_t slots_;
  Slot* table_;
};

/// Key number `index`: never 0, all different, in no order.
std::uint64_t key_of(std::uint64_t index, std::uint64_t seed) {
  return (index + 1) * 0xd1342543de82ef95 ^ seed << 1 >> 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"entries", "lookups", "seed"}, kUsage);
  const std::size_t entries = options.number("entries", 50000, 1, kMaxPages * 64);
  const std::size_t lookups = options.number("lookups", entries, 0, ~std::uint64_t{0});
  const std::uint64_t seed = options.number("seed", 1, 0, ~std::uint64_t{0});
  HashTable table(entries);
  Random random(seed);
  std::uint64_t wrong = 0;

  marker::region_begins();
  for (std::size_t i = 0; i < entries; ++i) table.insert(key_of(i, seed), i + 1);
  for (std::size_t i = 0; i < lookups; ++i) {
    const bool absent = i % 4 == 3;
    const std::size_t index = random.next() % entries + (absent ? entries : 0);
    if (table.value_of(key_of(index, seed)) != (absent ? 0 : index + 1)) ++wrong;
  }
  marker::region_ends();

  std::printf("hashtable: %zu entries, %zu lookups, %lu wrong: %s\n", entries, lookups, wrong,
              wrong == 0 ? "passed" : "FAILED");
  return wrong == 0 ? 0 : 1;
}
