// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk_queue.h"

#include <algorithm>

namespace faultline {

WalkQueue::WalkQueue(unsigned depth, unsigned engines)
    : engines_(engines), place_free_from_(depth) {}

WalkQueue::Start WalkQueue::acquire(LocalClock& clock) {
  const std::uint64_t request = came_++;
  const Cycles arrived = clock.now();
  Start start;
  start.requested = enter(clock, request);
  wait_to_start(clock, request);
  // Another walk may finish in this very cycle, and so leave an engine of a lower number: wait
  // until then, and until all who act then have done so.
  if (clock.now() != arrived || std::ranges::any_of(engines_, &Engine::busy)) {
    clock.before_shared();
    clock.before_shared();
  }

  const Cycles now = clock.now();
  const auto idle = std::ranges::find_if(
      engines_, [now](const Engine& engine) { return !engine.busy && engine.idle_from <= now; });
  idle->busy = true;
  start.engine = static_cast<unsigned>(idle - engines_.begin());
  ++started_;
  dispatch_free_from_ = now + 1;
  place_free_from_[request % place_free_from_.size()] = now;
  if (came_ != started_) wake_waiting(clock);
  return start;
}

void WalkQueue::release(LocalClock& clock, unsigned engine) {
  engines_[engine] = {.busy = false, .idle_from = clock.now()};
  if (came_ != started_) wake_waiting(clock);
}

/// Waits in front of the port; returns `requested`.
Cycles WalkQueue::enter(LocalClock& clock, std::uint64_t request) {
  const std::size_t depth = place_free_from_.size();
  while (request != entered_ || request >= started_ + depth) clock.wait_for(changed_);
  clock.advance_to(std::max(port_free_from_, place_free_from_[request % depth]));
  ++entered_;
  port_free_from_ = clock.now() + 1;
  if (came_ != entered_) wake_waiting(clock);
  return clock.now();
}

/// Waits until `request` is the oldest and an engine is idle.
void WalkQueue::wait_to_start(LocalClock& clock, std::uint64_t request) {
  while (request != started_ || first_idle() == kNever) clock.wait_for(changed_);
  clock.advance_to(std::max(dispatch_free_from_, first_idle()));
}

Cycles WalkQueue::first_idle() const {
  Cycles first = kNever;
  for (const Engine& engine : engines_) {
    if (!engine.busy) first = std::min(first, engine.idle_from);
  }
  return first;
}

/// Lets those who wait look again.
void WalkQueue::wake_waiting(LocalClock& clock) {
  changed_.notify(sc_core::SC_ZERO_TIME);
  clock.refresh_horizon();
}

}  // namespace faultline
