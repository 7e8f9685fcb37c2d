// SPDX-License-Identifier: Apache-2.0
#pragma once

// The L2 TLB in C++: a Tlb behind the interface of l2_tlb.h.

#include <optional>

#include "models/mmu/l2_tlb.h"
#include "models/mmu/tlb.h"

namespace faultline {

class CppL2Tlb final : public L2Tlb {
 public:
  /// `params` must have passed check() and have entries; `stats` is this TLB's own group.
  CppL2Tlb(const TlbParams& params, StatGroup& stats) : tlb_(params, stats) {}

  std::optional<Leaf> lookup(LocalClock& clock, VirtAddr va, Asid asid) override;
  void insert(Cycles, VirtAddr va, Asid asid, const Leaf& leaf) override {
    tlb_.insert(va, asid, leaf);
  }
  void fence(Cycles, const FenceScope& scope) override { tlb_.fence(scope); }
  void flush(Cycles) override { tlb_.flush(); }
  [[nodiscard]] const TlbStats& stats() const override { return tlb_.stats(); }

 private:
  Tlb tlb_;
};

}  // namespace faultline
