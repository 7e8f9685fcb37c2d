// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/timed_slots.h"

namespace faultline {

unsigned TimedSlots::acquire(LocalClock& clock) {
  clock.before_shared();
  const std::uint64_t ticket = next_ticket_++;
  int slot = first_free();
  while (ticket != now_serving_ || slot < 0) {
    clock.wait_for(changed_);
    slot = first_free();
  }
  ++now_serving_;
  const auto index = static_cast<std::size_t>(slot);
  slots_[index].held = true;
  clock.advance_to(slots_[index].free_at);
  wake_next();  // another place may be free for the next in line
  return static_cast<unsigned>(slot);
}

void TimedSlots::release(unsigned slot, Cycles time) {
  slots_[slot] = {false, time};
  wake_next();
}

void TimedSlots::wake_next() {
  if (now_serving_ != next_ticket_) changed_.notify(sc_core::SC_ZERO_TIME);
}

int TimedSlots::first_free() const {
  int best = -1;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].held) continue;
    if (best < 0 || slots_[i].free_at < slots_[static_cast<std::size_t>(best)].free_at) {
      best = static_cast<int>(i);
    }
  }
  return best;
}

}  // namespace faultline
