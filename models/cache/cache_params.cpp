// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "models/cache/cache.h"

namespace faultline {

std::vector<ParamProblem> check(const CacheParams& params) {
  std::vector<ParamProblem> problems;
  const auto problem = [&](const char* key, std::uint64_t value, std::string allowed) {
    problems.push_back({key, std::to_string(value), std::move(allowed)});
  };
  if (params.line_bytes != kLineBytes) problem("line_bytes", params.line_bytes, "64");
  if (params.ways < 1 || params.ways > 64) {
    problem("ways", params.ways, "1 to 64");
  } else {
    if (params.replacement == ReplacementKind::TreePlru && !std::has_single_bit(params.ways)) {
      problem("ways", params.ways, "a power of two with tree-PLRU replacement");
    }
    const std::uint64_t set_bytes = params.ways * kLineBytes;
    const std::uint64_t sets = params.size_bytes / set_bytes;
    if (params.size_bytes % set_bytes != 0 || !std::has_single_bit(sets) || sets > (1U << 24)) {
      problem("size_bytes", params.size_bytes,
              "ways (" + std::to_string(params.ways) +
                  ") x 64 bytes x a power of two of sets, at most 2^24 of them");
    }
  }
  if (params.latency_cycles < 1 || params.latency_cycles > 1000) {
    problem("latency_cycles", params.latency_cycles, "1 to 1000");
  }
  if (params.outstanding_misses < 1 || params.outstanding_misses > 64) {
    problem("outstanding_misses", params.outstanding_misses, "1 to 64");
  }
  return problems;
}

}  // namespace faultline
