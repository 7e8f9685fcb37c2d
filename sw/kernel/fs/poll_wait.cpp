// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/poll_wait.h"

#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/wait.h"

namespace {

wait_queue_head poll_queue;

}  // namespace

int sleep_for_poll(std::uint64_t nanoseconds) {
  if (signal_pending_state(TASK_INTERRUPTIBLE, *get_current())) return -ERESTARTSYS;
  wait_queue_entry entry{};
  prepare_to_wait(poll_queue, entry, TASK_INTERRUPTIBLE);
  schedule_until(ktime_get() + nanoseconds);
  finish_wait(poll_queue, entry);
  return 0;
}

void poll_changed() {
  wake_up(poll_queue);
}
