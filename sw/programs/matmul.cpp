// SPDX-License-Identifier: Apache-2.0
// Product of two square matrices, naive or by blocks. The naive one walks down the columns of a
// matrix, a page (or more) a step once a row is that long, which is the worst a TLB can be asked
// for in regular code; blocks are the cure. Checks the product by Freivalds's method, exactly,
// since all entries are small integers.

#include <algorithm>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: matmul [--size N] [--algorithm naive|blocked] [--block B] [--seed S]\n"
    "Multiplies two matrices of N x N doubles (96), in blocks of B x B (16) if asked to. The "
    "region\n"
    "of interest is the product.\n";

struct Matrix {
  explicit Matrix(std::size_t n) : size(n), entries(map_array<double>(n * n)) {}
  [[nodiscard]] double& at(std::size_t row, std::size_t column) const {
    return entries[row * size + column];
  }
  std::size_t size;
  std::span<double> entries;
};

void multiply_naively(const Matrix& a, const Matrix& b, const Matrix& c) {
  for (std::size_t i = 0; i < c.size; ++i) {
    for (std::size_t j = 0; j < c.size; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < c.size; ++k) sum += a.at(i, k) * b.at(k, j);
      c.at(i, j) = sum;
    }
  }
}

/// The block's corner is (i, j) of the product, k of the sum.
void multiply_block(const Matrix& a, const Matrix& b, const Matrix& c, std::size_t i0,
                    std::size_t j0, std::size_t k0, std::size_t block) {
  const std::size_t i1 = std::min(i0 + block, c.size);
  const std::size_t j1 = std::min(j0 + block, c.size);
  const std::size_t k1 = std::min(k0 + block, c.size);
  for (std::size_t i = i0; i < i1; ++i) {
    for (std::size_t k = k0; k < k1; ++k) {
      const double factor = a.at(i, k);
      for (std::size_t j = j0; j < j1; ++j) c.at(i, j) += factor * b.at(k, j);
    }
  }
}

void multiply_by_blocks(const Matrix& a, const Matrix& b, const Matrix& c, std::size_t block) {
  for (std::size_t i = 0; i < c.size; i += block) {
    for (std::size_t k = 0; k < c.size; k += block) {
      for (std::size_t j = 0; j < c.size; j += block) multiply_block(a, b, c, i, j, k, block);
    }
  }
}

/// matrix * vector
void apply(const Matrix& matrix, std::span<const double> vector, std::span<double> result) {
  for (std::size_t i = 0; i < matrix.size; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < matrix.size; ++j) sum += matrix.at(i, j) * vector[j];
    result[i] = sum;
  }
}

/// Whether a * (b * x) = c * x for a random x of zeros and ones: a wrong product passes at most
/// every other time, so it is done 16 times.
bool product_is_right(const Matrix& a, const Matrix& b, const Matrix& c, Random& random) {
  constexpr int kTrials = 16;
  const std::span x = map_array<double>(c.size);
  const std::span bx = map_array<double>(c.size);
  const std::span abx = map_array<double>(c.size);
  const std::span cx = map_array<double>(c.size);
  for (int trial = 0; trial < kTrials; ++trial) {
    for (double& entry : x) entry = static_cast<double>(random.next() >> 63);
    apply(b, x, bx);
    apply(a, bx, abx);
    apply(c, x, cx);
    if (!std::ranges::equal(abx, cx)) return false;
  }
  return true;
}

void fill(const Matrix& matrix, Random& random) {
  for (double& entry : matrix.entries) entry = static_cast<double>(random.next() >> 60);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"size", "algorithm", "block", "seed"}, kUsage);
  const std::size_t size = options.number("size", 96, 1, 32768);
  const bool blocked = options.choice("algorithm", {"naive", "blocked"}) == 1;
  const std::size_t block = options.number("block", 16, 1, 32768);
  Random random(options.number("seed", 1, 0, ~std::uint64_t{0}));
  const Matrix a(size);
  const Matrix b(size);
  const Matrix c(size);
  fill(a, random);
  fill(b, random);

  marker::region_begins();
  if (blocked) {
    multiply_by_blocks(a, b, c, block);
  } else {
    multiply_naively(a, b, c);
  }
  marker::region_ends();

  double trace = 0;
  for (std::size_t i = 0; i < size; ++i) trace += c.at(i, i);
  const bool right = product_is_right(a, b, c, random);
  std::printf("matmul: %zu x %zu, trace %.0f: %s\n", size, size, trace,
              right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
