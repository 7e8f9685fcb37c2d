// SPDX-License-Identifier: Apache-2.0
#pragma once

// The designs of `walker` that are tested; built when a test first asks for them.

#include "models/mmu/params.h"
#include "models/rtl/library.h"
#include "tests/rtl/walker_bench.h"

namespace faultline {

/// `count` engines behind a queue of `depth`, with pointers of level 1 in the walk caches if
/// `cache`.
template <unsigned count, unsigned depth, bool cache>
struct WalkerDesign {
  static constexpr unsigned kCount = count;
  static constexpr unsigned kDepth = depth;
  /// Cycles of a load whose only read takes one cycle.
  static constexpr Cycles kShortestLoad = cache ? 6 : 5;

  static MmuParams params() {
    MmuParams params;
    params.walker.count = count;
    params.walker.queue_depth = depth;
    params.walk_cache.level = {};
    if (cache) params.walk_cache.level[1] = {.entries = 4, .ways = 0};
    return params;
  }
  static WalkerBench make() {
    static const RtlLibrary::WalkerMaker kMaker = load();
    return {kMaker(), count};
  }

 private:
  static RtlLibrary::WalkerMaker load() {
    RtlLibraryOptions options;
    options.script = FAULTLINE_VERILATE;
    options.designs = FAULTLINE_DESIGNS;
    return RtlLibrary(options).load_walker(params());
  }
};

using OneEngine = WalkerDesign<1, 4, false>;
using TwoEngines = WalkerDesign<2, 1, true>;
using FourEngines = WalkerDesign<4, 7, false>;

}  // namespace faultline
