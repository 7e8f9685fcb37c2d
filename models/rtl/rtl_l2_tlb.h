// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated TLB (rtl/tlb.sv, one port) as the L2 TLB. It is clocked only while it has work: an
// operation and, for a lookup, the cycles until its answer. Several operations of one cycle take
// effect in the order of the calls.

#include <memory>

#include "models/mmu/l2_tlb.h"
#include "models/rtl/l2_tlb_module.h"

namespace faultline {

class RtlL2Tlb : public L2Tlb {
 public:
  /// `module` is of the parameters of the TLB whose own group `stats` is; `period_ps` is the core's
  /// cycle.
  RtlL2Tlb(std::unique_ptr<L2TlbModule> module, StatGroup& stats, std::uint64_t period_ps);

  std::optional<Leaf> lookup(LocalClock& clock, VirtAddr va, Asid asid) override;
  void insert(VirtAddr va, Asid asid, const Leaf& leaf) override;
  void fence(const FenceScope& scope) override;
  void flush() override;

  [[nodiscard]] L2TlbModule& module() { return *module_; }

 private:
  std::unique_ptr<L2TlbModule> module_;
  std::uint64_t period_ps_;
};

}  // namespace faultline
