// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/params.h"

#include <bit>
#include <string>
#include <utility>

#include "models/mmu/format.h"

namespace faultline {

namespace {

constexpr unsigned kMaxEntries = 65536;
constexpr unsigned kMaxWalkers = 64;
constexpr unsigned kMaxQueue = 1024;
constexpr unsigned kMaxLatency = 10000;
constexpr unsigned kMaxTreeWays = 64;  // models/common/replacement.h: one word of bits a set

class Checker {
 public:
  void range(const std::string& key, unsigned value, unsigned low, unsigned high) {
    if (value < low || value > high) {
      report(key, value, std::to_string(low) + " to " + std::to_string(high));
    }
  }

  /// `entries` in `ways` (0: all) for a structure that must exist.
  void geometry(const std::string& path, unsigned entries, unsigned ways, ReplacementKind kind) {
    if (entries < 1 || entries > kMaxEntries) {
      report(path + "entries", entries, "1 to " + std::to_string(kMaxEntries));
      return;
    }
    const unsigned real_ways = ways == 0 ? entries : ways;
    if (entries % real_ways != 0 || !std::has_single_bit(entries / real_ways)) {
      report(path + "ways", ways,
             "a divisor of entries (" + std::to_string(entries) +
                 ") whose quotient is a power of two, or 0 for fully associative");
      return;
    }
    if (kind == ReplacementKind::TreePlru &&
        (!std::has_single_bit(real_ways) || real_ways > kMaxTreeWays)) {
      report(path + "ways", ways,
             "with tree-PLRU replacement, a power of two up to " + std::to_string(kMaxTreeWays) +
                 " (0 stands for all " + std::to_string(entries) + " entries)");
    }
  }

  void tlb(const std::string& path, const TlbParams& params) {
    geometry(path, params.entries, params.ways, params.replacement);
    range(path + "latency_cycles", params.latency_cycles, 0, kMaxLatency);
  }

  std::vector<ParamProblem> take() { return std::move(problems_); }

  void report(const std::string& key, unsigned value, const std::string& allowed) {
    problems_.push_back({key, std::to_string(value), allowed});
  }

 private:
  std::vector<ParamProblem> problems_;
};

/// The cycles of one step of a walk.
void check_step(const std::string& key, unsigned cycles, Engine engine, Checker& checker) {
  if (engine == Engine::Rtl && (cycles < 1 || cycles > kMaxLatency)) {
    checker.report(key, cycles,
                   "1 to " + std::to_string(kMaxLatency) + " with mmu.walker.engine: rtl");
  } else {
    checker.range(key, cycles, 0, kMaxLatency);
  }
}

void check_walk_cache(const WalkCacheParams& params, Engine engine, unsigned levels,
                      Checker& checker) {
  for (unsigned i = 0; i < WalkCacheParams::kMaxLevels; ++i) {
    const WalkCacheLevelParams& level = params.level[i];
    if (level.entries == 0) continue;
    const std::string path = "walk_cache.level" + std::to_string(i) + ".";
    if (i == 0 || i >= levels) {
      checker.report(path + "entries", level.entries,
                     "0: the format has pointers on levels 1 to " + std::to_string(levels - 1));
    } else {
      checker.geometry(path, level.entries, level.ways, params.replacement);
    }
  }
  check_step("walk_cache.latency_cycles", params.latency_cycles,
             params.enabled() ? engine : Engine::Cpp, checker);
}

void check_walker(const WalkerParams& params, Checker& checker) {
  checker.range("walker.count", params.count, 1, kMaxWalkers);
  checker.range("walker.queue_depth", params.queue_depth, 1, kMaxQueue);
  check_step("walker.accept_cycles", params.accept_cycles, params.engine, checker);
  check_step("walker.issue_cycles", params.issue_cycles, params.engine, checker);
  check_step("walker.decode_cycles", params.decode_cycles, params.engine, checker);
  check_step("walker.update_cycles", params.update_cycles, params.engine, checker);
  check_step("walker.respond_cycles", params.respond_cycles, params.engine, checker);
}

}  // namespace

std::vector<ParamProblem> check(const MmuParams& params) {
  Checker checker;
  checker.tlb("l1_itlb.", params.l1_itlb);
  checker.tlb("l1_dtlb.", params.l1_dtlb);
  if (params.l2_tlb.entries != 0) checker.tlb("l2_tlb.", params.l2_tlb);
  const unsigned levels =
      with_format(params.format, []<typename Format>() { return Format::kLevels; });
  check_walk_cache(params.walk_cache, params.walker.engine, levels, checker);
  check_walker(params.walker, checker);
  return checker.take();
}

}  // namespace faultline
