// SPDX-License-Identifier: Apache-2.0
#pragma once

// The signals of one MMU: what each TLB is asked and answers, the walks that are requested, each
// walk engine's states and entries, and aborts. An answer, a request and an abort are shown in the
// one cycle in which they are there; addresses and the like stay until the next.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "models/mmu/observer.h"
#include "models/mmu/params.h"
#include "platform/waves/wave_log.h"

namespace faultline {

class MmuWaves {
 public:
  /// Adds the signals below `scope`. `log` and `params` must outlive this.
  MmuWaves(WaveLog& log, const std::string& scope, const MmuParams& params,
           std::uint64_t period_ps);

  void translated(const ObservedTranslation& translation);

 private:
  using Signal = WaveLog::Signal;
  struct TlbSignals {
    Signal lookup, address, asid, level;
  };
  struct RequestSignals {
    Signal valid, address, access, asid;
  };
  struct EngineSignals {
    Signal state, address, asid, access, level, entry_address, entry, served_by, update;
  };
  struct AbortSignals {
    Signal status, address, access, level;
  };

  [[nodiscard]] std::uint64_t ps(Cycles cycle) const { return cycle * period_ps_; }
  TlbSignals add_tlb(const std::string& scope);
  EngineSignals add_engine(const std::string& scope);
  void show_lookup(const TlbSignals& tlb, TlbAnswer answer, Cycles start, Cycles done,
                   const ObservedTranslation& translation);
  void show_walk(const WalkRecord& walk);
  void show_abort(const ObservedTranslation& translation);

  WaveLog& log_;
  const MmuParams& params_;
  std::uint64_t period_ps_;
  TlbSignals itlb_;
  TlbSignals dtlb_;
  std::optional<TlbSignals> l2_tlb_;
  RequestSignals request_{};
  std::vector<EngineSignals> engines_;
  AbortSignals abort_{};
};

}  // namespace faultline
