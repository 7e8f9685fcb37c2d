// SPDX-License-Identifier: Apache-2.0
// Joins two relations by hashing, as databases do: builds an open-addressing table from one, then
// streams through the other and probes. Sequential reads and accesses without any locality take
// turns, over as much memory as is asked for. Every fourth probe finds nothing. Checks the number
// of matches and the sum over all of them.

#include <bit>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: hashjoin [--build N] [--probe M] [--seed S]\n"
    "Builds a hash table, at most half full, of a relation of N rows (50000) and probes it with a\n"
    "relation of M rows (N), of which every fourth has no partner. The region of interest is "
    "both;\n"
    "the relations are written before.\n";

/// A row of 16 bytes, in a relation or in the table (where key 0 means free).
struct Row {
  std::uint64_t key;
  std::uint64_t payload;
};

/// Linear probing; the number of slots is a power of two and at least twice that of the rows.
class HashTable {
 public:
  explicit HashTable(std::size_t rows) : slots_(map_array<Row>(std::bit_ceil(rows * 2))) {}

  void insert(const Row& row) { find(row.key) = row; }
  /// The row with this key; its key is 0 if there is none.
  [[nodiscard]] const Row& partner(std::uint64_t key) const { return find(key); }

 private:
  /// The slot of `key`, or the free one where it belongs. Multiplicative hashing by 2^64 / golden
  /// ratio.
  [[nodiscard]] Row& find(std::uint64_t key) const {
    const int shift = std::countl_zero(slots_.size()) + 1;
    std::size_t at = key * 0x9e3779b97f4a7c15 >> shift;
    while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  std::span<Row> slots_;
};

/// Key number `index`: never 0, all different, in no order.
std::uint64_t key_of(std::uint64_t index, std::uint64_t seed) {
  return (index + 1) * 0xd1342543de82ef95 ^ seed << 1 >> 1;
}

struct Result {
  std::uint64_t matches = 0;
  std::uint64_t sum = 0;  ///< of (build payload) * (probe payload), modulo 2^64
  bool operator==(const Result&) const = default;
};

/// Fills the probing relation; returns what the join must find.
Result fill_probe(std::span<Row> probe, std::size_t build_rows, std::uint64_t seed) {
  Random random(seed);
  Result expected;
  for (std::size_t i = 0; i < probe.size(); ++i) {
    const bool absent = i % 4 == 3;
    const std::size_t index = random.next() % build_rows;
    probe[i] = {key_of(index + (absent ? build_rows : 0), seed), i + 1};
    if (absent) continue;
    ++expected.matches;
    expected.sum += (index + 1) * (i + 1);
  }
  return expected;
}

[[gnu::noinline]] Result join(HashTable& table, std::span<const Row> build,
                              std::span<const Row> probe) {
  for (const Row& row : build) table.insert(row);
  Result result;
  for (const Row& row : probe) {
    const Row& partner = table.partner(row.key);
    if (partner.key == 0) continue;
    ++result.matches;
    result.sum += partner.payload * row.payload;
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"build", "probe", "seed"}, kUsage);
  const std::size_t build_rows = options.number("build", 50000, 1, kMaxPages * 64);
  const std::size_t probe_rows = options.number("probe", build_rows, 0, kMaxPages * 256);
  const std::uint64_t seed = options.number("seed", 1, 0, ~std::uint64_t{0});
  const std::span build = map_array<Row>(build_rows);
  for (std::size_t i = 0; i < build_rows; ++i) build[i] = {key_of(i, seed), i + 1};
  // An empty mapping is an error, so there is room for one row even if none is wanted.
  const std::span probe = map_array<Row>(probe_rows + 1).first(probe_rows);
  const Result expected = fill_probe(probe, build_rows, seed);
  HashTable table(build_rows);

  marker::region_begins();
  const Result result = join(table, build, probe);
  marker::region_ends();

  const bool right = result == expected;
  std::printf("hashjoin: %zu rows with %zu: %lu matches, sum 0x%lx: %s\n", build_rows, probe_rows,
              result.matches, result.sum, right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
