// SPDX-License-Identifier: Apache-2.0
#pragma once

// A reader/writer lock that sleeps. One hart and no preemption inside the kernel: between the check
// of the state and its change nothing else runs. Not fair: a writer waits for all readers, and
// readers that come meanwhile go ahead of it, which is what lets a fault read-lock the same address
// space twice without deadlock.

#include <cstdint>

#include "sw/kernel/mm/arch.h"

/// Many readers or one writer; whoever has to wait sleeps. All-zero bytes are an unlocked lock.
class rw_semaphore {
 public:
  void read_lock() {
    while (state_ < 0) {
      wait();
    }
    ++state_;
  }
  void read_unlock() {
    if (--state_ == 0) {
      wake();
    }
  }

  void write_lock() {
    while (state_ != 0) {
      wait();
    }
    state_ = kWriter;
  }
  void write_unlock() {
    state_ = 0;
    wake();
  }
  /// Turns the writer into a reader, with no moment in which another writer could enter.
  void downgrade() {
    state_ = 1;
    wake();
  }
  /// True while anyone holds the lock; for assertions.
  [[nodiscard]] bool is_locked() const { return state_ != 0; }

 private:
  void wait() {
    ++waiters_;
    wait_on_var(this);
    --waiters_;
  }
  void wake() {
    if (waiters_ != 0) {
      wake_up_var(this);
    }
  }

  static constexpr std::int32_t kWriter = -1;
  std::int32_t state_ = 0;     // readers, or kWriter
  std::uint32_t waiters_ = 0;  // tasks asleep here
};
