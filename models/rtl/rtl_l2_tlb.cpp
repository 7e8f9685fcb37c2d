// SPDX-License-Identifier: Apache-2.0
#include "models/rtl/rtl_l2_tlb.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/rtl/leaf_of.h"
#include "models/rtl/library.h"

namespace faultline {

namespace {

constexpr Cycles kPatience = 100'000;  // no latency is longer than 10000 cycles

L2TlbInputs fence_inputs(const FenceScope& scope) {
  L2TlbInputs inputs;
  inputs.fence_valid = true;
  inputs.fence_has_address = scope.has_address;
  inputs.fence_has_asid = scope.has_asid;
  inputs.address = scope.address.value;
  inputs.asid = scope.asid;
  return inputs;
}

}  // namespace

RtlL2Tlb::RtlL2Tlb(std::unique_ptr<L2TlbModule> module, StatGroup& stats, std::uint64_t period_ps)
    : module_(std::move(module)), period_ps_(period_ps) {
  stats_.register_statistics(stats);
}

std::optional<Leaf> RtlL2Tlb::lookup(LocalClock& clock, VirtAddr va, Asid asid) {
  L2TlbInputs inputs;
  inputs.lookup = true;
  inputs.address = va.value;
  inputs.asid = asid;
  cycle_ = std::max(cycle_, clock.now());
  settle(inputs);
  Cycles latency = 0;
  for (; !outputs_.response_valid; ++latency) {
    if (latency == kPatience) fail("it does not answer");
    edge();
    settle({});
  }
  const L2TlbOutputs answer = outputs_;
  edge();  // behind the answer, which would otherwise still be shown to the next lookup
  clock.advance(latency);
  ++stats_.lookups;
  ++(answer.hit ? stats_.hits : stats_.misses);
  if (!answer.hit) return std::nullopt;
  return leaf_of(answer.pte, answer.level, answer.global);
}

void RtlL2Tlb::insert(Cycles now, VirtAddr va, Asid asid, const Leaf& leaf) {
  L2TlbInputs inputs;
  inputs.insert = true;
  inputs.address = va.value;
  inputs.asid = asid;
  inputs.level = leaf.level;
  inputs.global = (leaf.flags & kPteG) != 0;
  inputs.pte = leaf.pte;
  operate(now, inputs);
  ++stats_.fills;
  stats_.evictions += outputs_.evicted ? 1U : 0U;
}

void RtlL2Tlb::fence(Cycles now, const FenceScope& scope) {
  operate(now, fence_inputs(scope));
  stats_.fenced += outputs_.fenced;
}

void RtlL2Tlb::flush(Cycles now) {
  operate(now, fence_inputs({}));
}

/// One cycle with `inputs`.
void RtlL2Tlb::operate(Cycles now, const L2TlbInputs& inputs) {
  cycle_ = std::max(cycle_, now);
  settle(inputs);
  edge();
}

void RtlL2Tlb::settle(const L2TlbInputs& inputs) {
  try {
    module_->settle(inputs, outputs_);
  } catch (const std::exception& e) {
    fail(e.what());
  }
}

void RtlL2Tlb::edge() {
  try {
    module_->clock(cycle_++ * period_ps_);
  } catch (const std::exception& e) {
    fail(e.what());
  }
}

void RtlL2Tlb::fail(const std::string& what) const {
  throw RtlError(fmt::format("the RTL L2 TLB, cycle {}: {}", cycle_, what));
}

}  // namespace faultline
