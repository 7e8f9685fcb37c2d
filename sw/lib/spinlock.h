// SPDX-License-Identifier: Apache-2.0
#pragma once

// Locks of a kernel that is not preempted while it runs: a test-and-set spinlock and a
// reader/writer lock that spins. Neither is fair. Interrupt handlers must not take them.

#include <cstdint>

#include "sw/lib/barrier.h"

/// Mutual exclusion between harts. All-zero bytes are an unlocked lock.
class spinlock {
 public:
  void lock() {
    while (__atomic_exchange_n(&held_, 1u, __ATOMIC_ACQUIRE) != 0) {
      while (__atomic_load_n(&held_, __ATOMIC_RELAXED) != 0) {
      }
    }
  }
  void unlock() { smp_store_release(held_, 0); }

 private:
  std::uint32_t held_ = 0;
};

/// Many readers or one writer. All-zero bytes are an unlocked lock.
class rw_spinlock {
 public:
  void read_lock() {
    for (;;) {
      std::int32_t readers = __atomic_load_n(&state_, __ATOMIC_RELAXED);
      if (readers >= 0 && __atomic_compare_exchange_n(&state_, &readers, readers + 1, true,
                                                      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return;
      }
    }
  }
  void read_unlock() { __atomic_fetch_sub(&state_, 1, __ATOMIC_RELEASE); }

  void write_lock() {
    for (;;) {
      std::int32_t unlocked = 0;
      if (__atomic_compare_exchange_n(&state_, &unlocked, kWriter, true, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED)) {
        return;
      }
    }
  }
  void write_unlock() { __atomic_store_n(&state_, 0, __ATOMIC_RELEASE); }
  /// Turns the writer into a reader, with no moment in which another writer could enter.
  void downgrade() { __atomic_store_n(&state_, 1, __ATOMIC_RELEASE); }
  /// True while anyone holds the lock; for assertions.
  [[nodiscard]] bool is_locked() const { return __atomic_load_n(&state_, __ATOMIC_RELAXED) != 0; }

 private:
  static constexpr std::int32_t kWriter = -1;
  std::int32_t state_ = 0;  // readers, or kWriter
};

/// Holds a lock for the length of a scope.
template <typename Lock>
class lock_guard {
 public:
  explicit lock_guard(Lock& lock) : lock_(lock) { lock_.lock(); }
  ~lock_guard() { lock_.unlock(); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;

 private:
  Lock& lock_;
};
