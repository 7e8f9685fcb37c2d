// SPDX-License-Identifier: Apache-2.0
#pragma once

// The L2 TLB behind one interface, so that the C++ model (cpp_l2_tlb.h) and the verilated RTL
// (models/rtl/rtl_l2_tlb.h) can take each other's place. All calls are made at true time
// (LocalClock::before_shared()); `now` is that time.

#include <functional>
#include <memory>
#include <optional>

#include "models/common/local_clock.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/leaf.h"
#include "models/mmu/params.h"
#include "models/mmu/tlb_stats.h"
#include "models/mmu/translation.h"

namespace faultline {

class L2Tlb {
 public:
  virtual ~L2Tlb() = default;

  /// One lookup: counted, and a hit touches the replacement state. The clock is advanced by the
  /// TLB's latency, hit or miss.
  virtual std::optional<Leaf> lookup(LocalClock& clock, VirtAddr va, Asid asid) = 0;
  /// Puts in the page that `va` lies in, for `asid` or, if its kPteG is set, for all.
  virtual void insert(Cycles now, VirtAddr va, Asid asid, const Leaf& leaf) = 0;
  /// sfence.vma in exactly the scope of RISC-V Privileged 1.12, 4.2.1.
  virtual void fence(Cycles now, const FenceScope& scope) = 0;
  /// Drops everything; counted nowhere.
  virtual void flush(Cycles now) = 0;
  [[nodiscard]] virtual const TlbStats& stats() const = 0;
};

/// `params` has passed check() and has entries; `stats` is this TLB's own group: the same
/// statistics from every engine.
using L2TlbFactory =
    std::function<std::unique_ptr<L2Tlb>(const TlbParams& params, StatGroup& stats)>;

}  // namespace faultline
