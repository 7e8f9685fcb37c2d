// SPDX-License-Identifier: Apache-2.0
#pragma once

// A number of equal places that threads with local clocks hold for a while: the entries of a queue,
// or walkers. Whoever finds all taken waits, first come first served. A holder may give its place
// back for a time that lies ahead of SystemC's: the next one then gets it at that time.

#include <systemc>
#include <vector>

#include "models/common/local_clock.h"
#include "models/common/types.h"

namespace faultline {

class TimedSlots {
 public:
  explicit TimedSlots(unsigned count) : slots_(count) {}

  /// Takes the place that is free first; returns when it is (clock advanced to then).
  unsigned acquire(LocalClock& clock);
  /// Gives `slot` back at `time`, which is not before the time at which it was taken.
  void release(unsigned slot, Cycles time);

 private:
  struct Slot {
    bool held = false;
    Cycles free_at = 0;
  };
  /// Index of the place that is not held and free earliest; -1 if all are held.
  [[nodiscard]] int first_free() const;
  void wake_next();

  std::vector<Slot> slots_;
  std::uint64_t next_ticket_ = 0;  // of the thread that asks next
  std::uint64_t now_serving_ = 0;  // ticket that may take a place
  sc_core::sc_event changed_;
};

}  // namespace faultline
