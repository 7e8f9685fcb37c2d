// SPDX-License-Identifier: Apache-2.0
#pragma once

// The way of a request into a walk engine: a port that takes one request a cycle, a queue, and a
// dispatcher that starts one walk a cycle, the oldest request on the idle engine of the lowest
// number. Whoever finds the port taken or the queue full waits in front of it, first come first
// served. An engine is idle from the cycle in which its last walk finished.
//
// Requests are numbered in the order in which they come, and pass every stage in this order. So the
// cycles of a request follow from those of the ones before it:
//   requested(n) = max(comes(n), requested(n - 1) + 1, started(n - depth))
//   started(n)   = max(requested(n), started(n - 1) + 1, first cycle with an idle engine)

#include <systemc>
#include <vector>

#include "models/common/local_clock.h"
#include "models/common/types.h"

namespace faultline {

class WalkQueue {
 public:
  /// `depth` requests can wait for one of `engines` engines; both at least 1.
  WalkQueue(unsigned depth, unsigned engines);

  struct Start {
    Cycles requested = 0;
    unsigned engine = 0;
  };
  /// Passes the queue and takes an engine; the clock is advanced to `started`. To be called at the
  /// clock's true time, which it still is afterwards.
  Start acquire(LocalClock& clock);
  /// The walk on `engine` has finished now.
  void release(LocalClock& clock, unsigned engine);

 private:
  struct Engine {
    bool busy = false;
    Cycles idle_from = 0;
  };

  Cycles enter(LocalClock& clock, std::uint64_t request);
  void wait_to_start(LocalClock& clock, std::uint64_t request);
  /// The cycle from which on an engine is idle; kNever if all are busy.
  [[nodiscard]] Cycles first_idle() const;
  void wake_waiting(LocalClock& clock);

  static constexpr Cycles kNever = ~Cycles{0};

  std::vector<Engine> engines_;
  std::vector<Cycles> place_free_from_;  // request n takes place n modulo the depth
  Cycles port_free_from_ = 0;
  Cycles dispatch_free_from_ = 0;
  // Requests that came, got into the queue, started.
  std::uint64_t came_ = 0;
  std::uint64_t entered_ = 0;
  std::uint64_t started_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace faultline
