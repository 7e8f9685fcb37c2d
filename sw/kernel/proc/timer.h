// SPDX-License-Identifier: Apache-2.0
#pragma once

// Timers: functions that are called when the clock has reached a time. The clock's interrupt is
// taken only in user mode and in the idle loop, so a timer's function never interrupts the kernel.

#include <cstdint>

#include "sw/lib/list.h"

/// A timer; it lives where its user wants it. All-zero bytes are a timer that is not pending.
struct timer {
  std::uint64_t expires;  ///< nanoseconds since the start of the machine
  void (*function)(timer& itself);
  list_head node;
  bool pending;
};

/// Sets the frequency of the time counter (ticks per second) and lets the clock interrupt.
void timers_init(std::uint64_t frequency);
/// Frequency of the time counter.
[[nodiscard]] std::uint64_t timebase_frequency();
/// Nanoseconds since the start of the machine.
[[nodiscard]] std::uint64_t ktime_get();
/// A difference of two values of the time counter in nanoseconds.
[[nodiscard]] std::uint64_t ticks_to_ns(std::uint64_t ticks);

/// Lets `t.function` be called at `expires`; a pending timer is moved.
void mod_timer(timer& t, std::uint64_t expires);
/// Forgets a timer; false if it was not pending.
bool del_timer(timer& t);
/// Sets when the current slice ends (nanoseconds; ~0: never).
void set_slice_end(std::uint64_t when);

/// The clock's interrupt: calls what is due. Called by the interrupt handler.
void timer_interrupt();

/// Sleeps in the current task's state (set by the caller) until it is woken or `expires`. True if
/// the time came first.
bool schedule_until(std::uint64_t expires);
