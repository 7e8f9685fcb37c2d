// SPDX-License-Identifier: Apache-2.0
#include "models/rtl/clocked_walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/rtl/library.h"

namespace faultline {

namespace {

constexpr unsigned kPteBytes = 8;

ClockedWalker::Access shown_by(const WalkerEngineOutputs& engine) {
  return {engine.memory_cas, engine.memory_address, engine.memory_expected, engine.memory_desired};
}

}  // namespace

ClockedWalker::ClockedWalker(std::unique_ptr<WalkerModule> module, const WalkEngineParts& parts,
                             std::uint64_t period_ps)
    : module_(std::move(module)),
      parts_(parts),
      period_ps_(period_ps),
      engines_(parts.params.walker.count) {
  const WalkCacheParams& walk_cache = parts.params.walk_cache;
  for (unsigned i = 0; i < walk_cache.level.size(); ++i) {
    if (walk_cache.level[i].entries == 0) continue;
    stats_[i].register_statistics(parts.walk_cache_stats.group("level" + std::to_string(i)));
  }
}

void ClockedWalker::advance(Cycles t) {
  if (t < cycle_) throw std::logic_error("the RTL walker was asked for a cycle that is over");
  while (cycle_ < t) {
    settle();
    if (nothing_happens()) {
      cycle_ = t;
    } else {
      clock();
    }
  }
}

const WalkerOutputs& ClockedWalker::outputs() {
  settle();
  return outputs_;
}

void ClockedWalker::put_request(const WalkerRequestPins& request) {
  inputs_.request_valid = true;
  inputs_.request = request;
  settled_ = false;
}

void ClockedWalker::put_response(unsigned engine, const WalkPort::Response& response) {
  WalkerEngineInputs& in = inputs_.engine[engine];
  in.memory_valid = true;
  in.memory_value = response.value;
  in.memory_stored = response.stored;
  in.memory_error = response.error;
  settled_ = false;
}

/// What a fence drops is counted at once: nobody may clock the module before statistics are read.
void ClockedWalker::put_fence(const FenceScope& scope, bool counted) {
  settle();
  if (inputs_.fence_valid && no_work()) {
    edge();  // without work, the module does not mind a cycle more
    settle();
  }
  const auto before = outputs_.walk_cache;
  merge_fence(scope);
  settled_ = false;
  settle();
  if (!counted) return;
  for (std::size_t i = 0; i < stats_.size(); ++i) {
    stats_[i].fenced += outputs_.walk_cache[i].fenced - before[i].fenced;
  }
}

void ClockedWalker::merge_fence(const FenceScope& scope) {
  const bool first = !inputs_.fence_valid;
  const bool same_address = inputs_.fence_address == scope.address.value;
  const bool same_asid = inputs_.fence_asid == scope.asid;
  inputs_.fence_valid = true;
  inputs_.fence_has_address =
      scope.has_address && (first || (inputs_.fence_has_address && same_address));
  inputs_.fence_has_asid = scope.has_asid && (first || (inputs_.fence_has_asid && same_asid));
  inputs_.fence_address = scope.address.value;
  inputs_.fence_asid = scope.asid;
}

void ClockedWalker::begin_access(unsigned engine, const Access& access) {
  EngineState& state = engines_[engine];
  state.accessing = state.waits = true;
  state.shown = cycle_ + 1;
  state.access = access;
}

void ClockedWalker::settle() {
  if (settled_) return;
  put_grants();
  try {
    module_->settle(inputs_, outputs_);
    if (answer_checks()) module_->settle(inputs_, outputs_);
  } catch (const std::exception& e) {
    fail(e.what());
  }
  check_memory_requests();
  settled_ = true;
}

void ClockedWalker::put_grants() {
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const EngineState& state = engines_[i];
    WalkerEngineInputs& in = inputs_.engine[i];
    const bool is_shown = state.waits && cycle_ >= state.shown;
    in.memory_grant = is_shown && (in.memory_valid || cycle_ - state.shown >= grant_delay_);
  }
}

/// PMP and PMA are asked where the trace says that an access is issued. True if an answer is not
/// the one that the module was shown.
bool ClockedWalker::answer_checks() {
  bool changed = false;
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const WalkerEngineOutputs& out = outputs_.engine[i];
    if (!out.read_issued && !out.update_issued) continue;
    const bool allowed =
        parts_.entry_allowed(PhysAddr{out.check_address}, kPteBytes,
                             out.check_store ? AccessType::Store : AccessType::Load);
    changed = changed || allowed != inputs_.engine[i].check_allowed;
    inputs_.engine[i].check_allowed = allowed;
  }
  return changed;
}

void ClockedWalker::check_memory_requests() const {
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const EngineState& state = engines_[i];
    const WalkerEngineOutputs& out = outputs_.engine[i];
    const bool expected = state.waits && cycle_ >= state.shown;
    if (out.memory_request == expected && (!expected || shown_by(out) == state.access)) continue;
    fail(fmt::format("engine {}: its memory port and its trace port disagree", i));
  }
}

/// True if the module holds no walk.
bool ClockedWalker::no_work() const {
  return queued_ == 0 && !inputs_.request_valid &&
         std::ranges::none_of(engines_, [](const EngineState& state) { return state.busy; });
}

/// True if the clock edge of this cycle would change nothing: all engines are idle, with nothing to
/// start, or wait for memory.
bool ClockedWalker::nothing_happens() const {
  if (inputs_.request_valid || inputs_.fence_valid) return false;
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    const EngineState& state = engines_[i];
    const bool idle = !state.busy && queued_ == 0;
    const bool awaits_response = state.accessing && !state.waits && !inputs_.engine[i].memory_valid;
    if (!idle && !awaits_response) return false;
  }
  return true;
}

void ClockedWalker::clock() {
  edge();
  ++cycle_;
}

void ClockedWalker::edge() {
  if (probe_) probe_(cycle_, inputs_, outputs_);
  count();
  follow();
  try {
    module_->clock(cycle_ * period_ps_);
  } catch (const std::exception& e) {
    fail(e.what());
  }
  inputs_.request_valid = inputs_.fence_valid = false;
  for (std::size_t i = 0; i < engines_.size(); ++i) inputs_.engine[i] = {};
  settled_ = false;
}

/// All but what fences drop, see put_fence().
void ClockedWalker::count() {
  for (std::size_t i = 0; i < stats_.size(); ++i) {
    const WalkCacheLevelOutputs& level = outputs_.walk_cache[i];
    stats_[i].lookups += level.lookups;
    stats_[i].hits += level.hits;
    stats_[i].misses += std::uint64_t{level.lookups} - level.hits;
    stats_[i].fills += level.fills;
    stats_[i].evictions += level.evictions;
  }
}

/// Who has work after this edge.
void ClockedWalker::follow() {
  if (inputs_.request_valid && outputs_.request_ready) ++queued_;
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    EngineState& state = engines_[i];
    if (inputs_.engine[i].memory_grant) state.waits = false;
    if (inputs_.engine[i].memory_valid) state.accessing = false;
    if (outputs_.engine[i].response_valid) state.busy = false;
    if (!outputs_.engine[i].started) continue;
    if (queued_ == 0) fail(fmt::format("engine {} starts a walk that nobody asked for", i));
    state.busy = true;
    --queued_;
  }
}

void ClockedWalker::fail(const std::string& what) const {
  throw RtlError(fmt::format("the RTL walker, cycle {}: {}", cycle_, what));
}

}  // namespace faultline
