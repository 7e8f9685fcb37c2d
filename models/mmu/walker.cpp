// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walker.h"

#include <string>

#include "models/mmu/cpp_walk_engine.h"
#include "models/mmu/format.h"

namespace faultline {

Walker::Walker(const MmuParams& params, const Pmp& pmp, const MemoryMap& map, StatGroup& stats,
               const WalkEngineFactory& make_engine)
    : params_(params) {
  const WalkEngineParts parts{.params = params_,
                              .pmp = pmp,
                              .map = map,
                              .port = port_,
                              .walk_cache_stats = stats.group("walk_cache")};
  engine_ = make_engine ? make_engine(parts) : std::make_unique<CppWalkEngine>(parts);
  register_statistics(stats);
}

const WalkRecord& Walker::walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                               bool& cacheable) {
  clock.before_shared();
  const WalkRecord& record = engine_->walk(clock, request, leaf, cacheable);
  count(record);
  return record;
}

void Walker::count(const WalkRecord& record) {
  ++walks_;
  walk_cycles_ += record.finished - record.started;
  queue_cycles_ += record.started - record.requested;
  pte_reads_ += record.read_count;
  for (unsigned i = 0; i < record.read_count; ++i) {
    ++reads_by_level_[record.reads[i].level];
    ++reads_by_source_[static_cast<std::size_t>(record.reads[i].served_by)];
  }
  pte_updates_ += record.update_count;
  for (unsigned i = 0; i < record.update_count; ++i) {
    lost_updates_ += record.updates[i].stored ? 0U : 1U;
  }
}

void Walker::register_statistics(StatGroup& stats) {
  stats.counter("walks", "walks", "table walks", walks_);
  stats.counter("walk_cycles", "cycles", "from a walker's taking a walk to its result",
                walk_cycles_);
  stats.counter("queue_cycles", "cycles", "walks waiting for a walker", queue_cycles_);
  stats.counter("pte_reads", "reads", "reads of page-table entries", pte_reads_);
  stats.counter("pte_updates", "updates", "compare-and-sets of A and D (Svadu)", pte_updates_);
  stats.counter("lost_updates", "updates", "of these, found the entry changed or were refused",
                lost_updates_);
  const unsigned levels =
      with_format(params_.format, []<typename Format>() { return Format::kLevels; });
  for (unsigned i = 0; i < levels; ++i) {
    stats.counter("pte_reads_level" + std::to_string(i), "reads",
                  "reads of entries of level " + std::to_string(i), reads_by_level_[i]);
  }
  constexpr std::array<const char*, kSources> kNames = {
      "refused", "l1", "l2", "dram_row_hit", "dram_row_closed", "dram_row_conflict", "device"};
  for (std::size_t i = 0; i < kSources; ++i) {
    stats.counter(
        std::string("pte_reads_") + kNames[i], "reads",
        std::string("reads of entries answered by: ") + to_string(static_cast<ServedBy>(i)),
        reads_by_source_[i]);
  }
  stats.derived("cycles_per_walk", "cycles", "walk_cycles / walks", [this] {
    return walks_ == 0 ? 0.0 : static_cast<double>(walk_cycles_) / static_cast<double>(walks_);
  });
}

}  // namespace faultline
