// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one rule of time in Faultline: private state runs ahead, shared state is touched only at its
// true time. A core keeps its own cycle count and lets it run ahead of SystemC's time while nothing
// else in the simulation can act, that is up to the time of the next pending event (the horizon).
// Up to there, no other process runs, so touching shared state with the local time as the
// transaction's delay is the same as touching it at its true time; beyond, the core first waits
// until SystemC's time has caught up. Both are exact; the first costs nothing.

#include <algorithm>
#include <systemc>
#include <tlm>

#include "models/common/types.h"

namespace faultline {

/// The local time of one SystemC thread (a hart, or a miss being handled), in core cycles.
/// All members but the inline ones must be called from that thread.
class LocalClock {
 public:
  /// `period_ps`: the length of one core cycle in picoseconds, at least 1.
  explicit LocalClock(std::uint64_t period_ps) : period_ps_(period_ps) {}

  /// Local time; never behind SystemC's.
  [[nodiscard]] Cycles now() const { return now_; }
  void advance(Cycles n) { now_ += n; }
  /// Moves to `t` unless it is past already.
  void advance_to(Cycles t) { now_ = t > now_ ? t : now_; }
  /// Spends `n` cycles and lets other processes act on the way, so that local time is true time
  /// afterwards if it was before: like `n` times advance(1) and, where now() has then reached
  /// horizon(), catch_up().
  void spend(Cycles n) {
    while (n != 0) {
      const Cycles step = now_ < horizon_ ? std::min(n, horizon_ - now_) : 1;
      now_ += step;
      n -= step;
      if (now_ >= horizon_) catch_up();
    }
  }
  /// The first cycle at which another process may act; valid until this thread waits, notifies an
  /// event or sends a transaction (transport() refreshes it).
  [[nodiscard]] Cycles horizon() const { return horizon_; }

  /// Looks up the next pending event anew, at most `kMaxRunAhead` ahead of SystemC's time.
  void refresh_horizon();
  /// Waits until SystemC's time equals local time.
  void catch_up();
  /// To be called before shared state is touched: waits only where another process may act until
  /// then.
  void before_shared() {
    refresh_horizon();
    if (now_ >= horizon_) catch_up();
  }
  /// Blocks until `event`; local time becomes the time of the event, rounded up to a cycle.
  void wait_for(const sc_core::sc_event& event);

  /// Sends one blocking transaction at local time; afterwards local time is that of the response,
  /// rounded up to a cycle. `Socket` is any TLM-2.0 initiator socket.
  template <typename Socket>
  void transport(Socket& socket, tlm::tlm_generic_payload& payload) {
    before_shared();
    sc_core::sc_time delay = offset();
    socket->b_transport(payload, delay);
    absorb(delay);
    refresh_horizon();
  }

  /// SystemC's time in whole cycles, rounded up.
  [[nodiscard]] Cycles systemc_now() const;
  /// Local time as a delay from SystemC's time: what b_transport takes.
  [[nodiscard]] sc_core::sc_time offset() const;
  /// Sets local time to SystemC's time plus `delay`, rounded up to a cycle (never backwards).
  void absorb(const sc_core::sc_time& delay);

  [[nodiscard]] std::uint64_t period_ps() const { return period_ps_; }

  /// A core with nothing pending still stops this often (cycles), so that limits and progress are
  /// seen.
  static constexpr Cycles kMaxRunAhead = 1'000'000;

 private:
  std::uint64_t period_ps_;
  Cycles now_ = 0;
  Cycles horizon_ = 0;
};

}  // namespace faultline
