// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parameters of the memory management unit, with the defaults of a small in-order core. Every
// default is an assumption unless it names a source. Not here: what the architecture fixes (page
// sizes, PTE fields), which is in sv_format.h and pte.h.

#include <array>
#include <cstdint>
#include <vector>

#include "models/common/params.h"
#include "models/common/replacement.h"
#include "models/common/types.h"

namespace faultline {

/// The largest page-table format that the MMU is built for; it has the smaller ones as well. A new
/// one is a policy type like Sv39 and one more case in format.h.
enum class PageTableFormat : std::uint8_t { Sv39, Sv48, Sv57 };

/// What a part is built of: the C++ model, or the RTL, verilated (models/rtl). Both do the same, in
/// the same cycles.
enum class Engine : std::uint8_t { Cpp, Rtl };

/// One TLB.
struct TlbParams {
  unsigned entries = 32;
  unsigned ways = 0;            ///< 0 or equal to entries: fully associative
  unsigned latency_cycles = 0;  ///< from the lookup to its answer, hit or miss
  ReplacementKind replacement = ReplacementKind::TreePlru;
  std::uint64_t seed = 1;  ///< of ReplacementKind::Random
};

/// The page-walk cache of one level: pointers (non-leaf entries) of that level.
struct WalkCacheLevelParams {
  unsigned entries = 0;  ///< 0: this level has none
  unsigned ways = 0;     ///< 0 or equal to entries: fully associative
};

/// The page-walk caches. They are looked up together, once a walk; the deepest hit wins.
struct WalkCacheParams {
  static constexpr unsigned kMaxLevels = 5;
  /// By the level of the entry that is cached: [1] holds pointers to tables of 4 KiB leaves. [0]
  /// can hold nothing, since entries of level 0 are never pointers.
  std::array<WalkCacheLevelParams, kMaxLevels> level = {{{0, 0}, {16, 0}, {4, 0}, {0, 0}, {0, 0}}};
  unsigned latency_cycles = 1;  ///< of the one lookup; not spent if no level has entries
  ReplacementKind replacement = ReplacementKind::Lru;
  std::uint64_t seed = 1;
  /// True: sfence.vma with an address also drops the pointers on that address's path, as x86's
  /// INVLPG does. False: only the leaves, the letter of RISC-V Privileged 1.12, 4.2.1.
  bool address_fence_drops = true;

  [[nodiscard]] bool enabled() const {
    for (const WalkCacheLevelParams& l : level) {
      if (l.entries != 0) return true;
    }
    return false;
  }
};

/// Where a walker's requests enter the memory system.
enum class WalkerEntry : std::uint8_t { L1D, L2, Memory };

/// The table walkers. The steps of a walk and their cycles are listed in walk_engine.h. The RTL
/// takes at least one cycle for each of them.
struct WalkerParams {
  Engine engine = Engine::Cpp;  ///< with the queue and the walk caches
  unsigned count = 1;           ///< walks under way at the same time
  unsigned queue_depth = 4;     ///< requests that wait for a walker; at least 1
  WalkerEntry enters = WalkerEntry::L1D;
  unsigned accept_cycles = 1;   ///< from the queue into a walker
  unsigned issue_cycles = 1;    ///< forming an entry's address, PMP and PMA check
  unsigned decode_cycles = 1;   ///< from the response to the decision
  unsigned update_cycles = 1;   ///< from the decision to the compare-and-set of A and D (Svadu)
  unsigned respond_cycles = 1;  ///< from the decision to the TLBs' ports
};

/// The whole MMU of one core.
struct MmuParams {
  PageTableFormat format = PageTableFormat::Sv39;
  /// L1 TLBs of latency 0 are looked up beside the virtually indexed L1 caches.
  TlbParams l1_itlb{};
  TlbParams l1_dtlb{};
  /// Shared by instructions and data; entries = 0: there is none.
  TlbParams l2_tlb{
      .entries = 1024, .ways = 8, .latency_cycles = 4, .replacement = ReplacementKind::TreePlru};
  Engine l2_tlb_engine = Engine::Cpp;
  WalkCacheParams walk_cache{};
  WalkerParams walker{};
  /// Compare every translation that is used with the page tables as they are then
  /// (stale_translation.h). Costs the host time, the model none.
  bool check = false;
};

/// What of `params` cannot be built; empty if all is well. Keys are relative to the struct:
/// "l2_tlb.ways".
[[nodiscard]] std::vector<ParamProblem> check(const MmuParams& params);

}  // namespace faultline
