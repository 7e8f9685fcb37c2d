// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verilated TLB (rtl/tlb.sv, one port) as the L2 TLB. It is clocked only while it has work: an
// operation and, for a lookup, the cycles until its answer. Operations take effect in the order of
// the calls; one that comes while the module is still busy with an earlier one (two initiators) has
// its clock edges behind those of the other, with the same result and the same latency.

#include <memory>
#include <string>

#include "models/mmu/l2_tlb.h"
#include "models/rtl/l2_tlb_module.h"

namespace faultline {

class RtlL2Tlb final : public L2Tlb {
 public:
  /// `module` has the parameters of the TLB whose own group `stats` is; `period_ps` is the core's
  /// cycle. All calls throw RtlError when the module breaks a rule.
  RtlL2Tlb(std::unique_ptr<L2TlbModule> module, StatGroup& stats, std::uint64_t period_ps);

  /// The latency is the module's own.
  std::optional<Leaf> lookup(LocalClock& clock, VirtAddr va, Asid asid) override;
  void insert(Cycles now, VirtAddr va, Asid asid, const Leaf& leaf) override;
  void fence(Cycles now, const FenceScope& scope) override;
  void flush(Cycles now) override;
  [[nodiscard]] const TlbStats& stats() const override { return stats_; }

  [[nodiscard]] L2TlbModule& module() { return *module_; }

 private:
  void settle(const L2TlbInputs& inputs);
  void edge();
  void operate(Cycles now, const L2TlbInputs& inputs);
  [[noreturn]] void fail(const std::string& what) const;

  std::unique_ptr<L2TlbModule> module_;
  std::uint64_t period_ps_;
  Cycles cycle_ = 0;  // the next clock edge is at its time
  L2TlbOutputs outputs_{};
  TlbStats stats_;
};

}  // namespace faultline
