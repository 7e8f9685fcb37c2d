// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sleeping until something happens. The kernel is neither preempted nor interrupted while it runs,
// so a condition that is found false stays false until the caller sleeps: no wake-up is lost. Code
// that waits loops on its condition, because a wake-up promises nothing. wait_on_var() and
// wake_up_var() (sw/kernel/mm/arch.h) are made of these queues.

#include <cstdint>

#include "sw/kernel/errno.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/proc/wait_types.h"

/// Wakes every task in the queue, which is empty afterwards. May be called by interrupt handlers.
void wake_up(wait_queue_head& queue);
/// Wakes the tasks whose entry has `key`.
void wake_up_key(wait_queue_head& queue, const void* key);

/// Puts the current task into a queue and into `state` (see task_state): it sleeps from the next
/// schedule() until it is woken.
void prepare_to_wait(wait_queue_head& queue, wait_queue_entry& entry, task_state state);
/// Takes the current task out of the queue and makes it runnable.
void finish_wait(wait_queue_head& queue, wait_queue_entry& entry);

/// Sleeps in `state` until `condition()` holds. Returns 0, or -ERESTARTSYS if a signal that ends
/// this kind of sleep came first.
template <typename Condition>
[[nodiscard]] int wait_event_state(wait_queue_head& queue, task_state state, Condition condition) {
  wait_queue_entry entry{};
  int error = 0;
  while (!condition()) {
    if (signal_pending_state(state, *get_current())) {
      error = -ERESTARTSYS;
      break;
    }
    prepare_to_wait(queue, entry, state);
    schedule();
    finish_wait(queue, entry);
  }
  return error;
}

/// Sleeps until `condition()` holds; no signal ends it.
template <typename Condition>
void wait_event(wait_queue_head& queue, Condition condition) {
  static_cast<void>(wait_event_state(queue, TASK_UNINTERRUPTIBLE, condition));
}
/// Sleeps until `condition()` holds (0) or any unblocked signal arrives (-ERESTARTSYS).
template <typename Condition>
[[nodiscard]] int wait_event_interruptible(wait_queue_head& queue, Condition condition) {
  return wait_event_state(queue, TASK_INTERRUPTIBLE, condition);
}
/// Sleeps until `condition()` holds (0) or the task is being killed (-ERESTARTSYS).
template <typename Condition>
[[nodiscard]] int wait_event_killable(wait_queue_head& queue, Condition condition) {
  return wait_event_state(queue, TASK_KILLABLE, condition);
}

/// It has happened: wakes all who wait.
inline void complete(completion& what) {
  what.done = true;
  wake_up(what.wait);
}
