// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/tlb_stats.h"

namespace faultline {

void TlbStats::register_statistics(StatGroup& group) {
  group.counter("lookups", "lookups", "addresses looked up", lookups);
  group.counter("hits", "lookups", "lookups that found an entry", hits);
  group.counter("misses", "lookups", "lookups that found none", misses);
  group.counter("fills", "entries", "entries put in", fills);
  group.counter("evictions", "entries", "valid entries replaced by others", evictions);
  group.counter("fenced", "entries", "entries dropped by sfence.vma", fenced);
  group.derived("miss_ratio", "1", "misses / lookups", [this] {
    return lookups == 0 ? 0.0 : static_cast<double>(misses) / static_cast<double>(lookups);
  });
}

}  // namespace faultline
