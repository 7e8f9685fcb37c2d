// SPDX-License-Identifier: Apache-2.0
#pragma once

// The lock of a kernel that is not preempted while it runs: a test-and-set spinlock, not fair.
// Interrupt handlers must not take it.

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
