// SPDX-License-Identifier: Apache-2.0
#include "models/common/local_clock.h"

#include <algorithm>

namespace faultline {

namespace {

/// SystemC's time in picoseconds. The board sets a resolution of 1 ps, SystemC's default.
std::uint64_t to_ps(const sc_core::sc_time& time) {
  return time.value();
}

sc_core::sc_time from_ps(std::uint64_t ps) {
  return sc_core::sc_time::from_value(ps);
}

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

Cycles LocalClock::systemc_now() const {
  return divide_up(to_ps(sc_core::sc_time_stamp()), period_ps_);
}

sc_core::sc_time LocalClock::offset() const {
  const std::uint64_t local_ps = now_ * period_ps_;
  const std::uint64_t systemc_ps = to_ps(sc_core::sc_time_stamp());
  return from_ps(local_ps > systemc_ps ? local_ps - systemc_ps : 0);
}

void LocalClock::absorb(const sc_core::sc_time& delay) {
  advance_to(divide_up(to_ps(sc_core::sc_time_stamp() + delay), period_ps_));
}

void LocalClock::refresh_horizon() {
  const std::uint64_t systemc_ps = to_ps(sc_core::sc_time_stamp());
  const std::uint64_t pending_ps = to_ps(sc_core::sc_time_to_pending_activity());
  const std::uint64_t ahead_ps = std::min(pending_ps, kMaxRunAhead * period_ps_);
  horizon_ = divide_up(systemc_ps + ahead_ps, period_ps_);
}

void LocalClock::catch_up() {
  const sc_core::sc_time delay = offset();
  if (delay != sc_core::SC_ZERO_TIME || sc_core::sc_pending_activity_at_current_time()) {
    sc_core::wait(delay);
  }
  absorb(sc_core::SC_ZERO_TIME);
  refresh_horizon();
}

void LocalClock::wait_for(const sc_core::sc_event& event) {
  sc_core::wait(event);
  absorb(sc_core::SC_ZERO_TIME);
  refresh_horizon();
}

}  // namespace faultline
