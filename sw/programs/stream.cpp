// SPDX-License-Identifier: Apache-2.0
// The four loops of J. D. McCalpin's STREAM (copy, scale, add, triad) over arrays larger than the
// caches: what the memory itself can take, the yardstick for zeroing and copying pages. The first
// round faults the arrays in. Checks every element.

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: stream [--elements N] [--rounds R]\n"
    "Runs copy, scale, add and triad R times (2) over three arrays of N doubles (131072: 3 MiB in\n"
    "all). The region of interest is all rounds.\n";

constexpr double kScalar = 3.0;

struct Arrays {
  std::span<double> a, b, c;
};

void one_round(const Arrays& arrays) {
  const auto [a, b, c] = arrays;
  const std::size_t count = a.size();
  for (std::size_t i = 0; i < count; ++i) c[i] = a[i];
  for (std::size_t i = 0; i < count; ++i) b[i] = kScalar * c[i];
  for (std::size_t i = 0; i < count; ++i) c[i] = a[i] + b[i];
  for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + kScalar * c[i];
}

/// Elements that differ from what one element went through.
std::size_t wrong_elements(const Arrays& arrays, std::size_t rounds) {
  double a = 1.0;
  double b = 0.0;
  double c = 0.0;
  for (std::size_t round = 0; round < rounds; ++round) {
    b = kScalar * a;
    c = a + b;
    a = b + kScalar * c;
  }
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < arrays.a.size(); ++i) {
    if (arrays.a[i] != a || arrays.b[i] != b || arrays.c[i] != c) ++wrong;
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"elements", "rounds"}, kUsage);
  const std::size_t elements = options.number("elements", 131072, 1, kMaxPages * 128);
  // 15^R must be a double without rounding, for the check is exact.
  const std::size_t rounds = options.number("rounds", 2, 1, 12);
  const Arrays arrays{map_array<double>(elements), map_array<double>(elements),
                      map_array<double>(elements)};

  marker::region_begins();
  for (double& element : arrays.a) element = 1.0;
  for (std::size_t round = 0; round < rounds; ++round) one_round(arrays);
  marker::region_ends();

  const std::size_t wrong = wrong_elements(arrays, rounds);
  std::printf("stream: %zu elements, %zu rounds, %zu wrong: %s\n", elements, rounds, wrong,
              wrong == 0 ? "passed" : "FAILED");
  return wrong == 0 ? 0 : 1;
}
