// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a TLB counts: the same statistics, whatever it is built of.

#include <cstdint>

#include "models/common/stats.h"

namespace faultline {

struct TlbStats {
  std::uint64_t lookups = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t fills = 0;
  std::uint64_t evictions = 0;
  std::uint64_t fenced = 0;

  /// Registers the counters and their ratio in `group`, which must not outlive them; to be called
  /// once.
  void register_statistics(StatGroup& group);

  bool operator==(const TlbStats&) const = default;
};

}  // namespace faultline
