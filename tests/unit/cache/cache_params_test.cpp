// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "models/cache/cache.h"

namespace faultline {
namespace {

std::vector<std::string> keys(const CacheParams& params) {
  std::vector<std::string> result;
  for (const ParamProblem& problem : check(params)) result.push_back(problem.key);
  return result;
}

using Keys = std::vector<std::string>;

TEST(CacheParams, defaults_can_be_built) {
  EXPECT_EQ(keys({}), Keys{});
}

TEST(CacheParams, sets_are_a_power_of_two) {
  EXPECT_EQ(keys({.size_bytes = 3 * 8 * kLineBytes}), Keys{"size_bytes"});
  EXPECT_EQ(keys({.size_bytes = 0}), Keys{"size_bytes"});
  EXPECT_EQ(keys({.size_bytes = 32 * 1024 + 1}), Keys{"size_bytes"});
  EXPECT_EQ(
      keys({.size_bytes = 3 * 64 * kLineBytes, .ways = 3, .replacement = ReplacementKind::Lru}),
      Keys{});
}

TEST(CacheParams, tree_plru_needs_a_power_of_two_of_ways) {
  EXPECT_EQ(keys({.size_bytes = 3 * 64 * kLineBytes, .ways = 3}), Keys{"ways"});
  EXPECT_EQ(keys({.ways = 0}), Keys{"ways"});
  EXPECT_EQ(keys({.ways = 128}), Keys{"ways"});
}

TEST(CacheParams, lines_are_of_64_bytes) {
  EXPECT_EQ(keys({.line_bytes = 32}), Keys{"line_bytes"});
}

TEST(CacheParams, latency_and_outstanding_misses_are_at_least_one) {
  EXPECT_EQ(keys({.latency_cycles = 0, .outstanding_misses = 0}),
            (Keys{"latency_cycles", "outstanding_misses"}));
  EXPECT_EQ(keys({.outstanding_misses = 65}), Keys{"outstanding_misses"});
}

TEST(CacheParams, problem_names_value_and_what_is_allowed) {
  const ParamProblem problem = check(CacheParams{.size_bytes = 1000}).front();
  EXPECT_EQ(problem.value, "1000");
  EXPECT_EQ(problem.allowed, "ways (8) x 64 bytes x a power of two of sets, at most 2^24 of them");
}

}  // namespace
}  // namespace faultline
