// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/cpp_l2_tlb.h"

namespace faultline {

std::optional<Leaf> CppL2Tlb::lookup(LocalClock& clock, VirtAddr va, Asid asid) {
  const Tlb::Index index = tlb_.lookup(va, asid);
  clock.advance(tlb_.latency_cycles());
  if (index == Tlb::kNone) return std::nullopt;
  return tlb_.leaf(index);
}

}  // namespace faultline
