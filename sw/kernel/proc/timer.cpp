// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/timer.h"

#include "sw/kernel/arch/riscv/clock.h"
#include "sw/kernel/proc/sched.h"

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

std::uint64_t frequency = 1;
/// Pending timers, the first to expire first.
list_head timers;
std::uint64_t slice_end = kNever;

timer& timer_of(list_head* node) {
  return *list_entry<timer, offsetof(timer, node)>(node);
}

std::uint64_t to_ticks(std::uint64_t nanoseconds) {
  return nanoseconds / kNanosecondsPerSecond * frequency +
         (nanoseconds % kNanosecondsPerSecond * frequency + kNanosecondsPerSecond - 1) /
             kNanosecondsPerSecond;
}

/// Lets the clock interrupt when the next thing is due.
void program_clock() {
  const std::uint64_t first = timers.empty() ? kNever : timer_of(timers.next).expires;
  const std::uint64_t next = first < slice_end ? first : slice_end;
  set_clock(next == kNever ? kNever : to_ticks(next));
}

/// A timer that wakes the task that waits for it.
struct sleeper {
  timer t;
  task_struct* task;
};

void wake_sleeper(timer& t) {
  wake_up_process(*reinterpret_cast<sleeper&>(t).task);
}

}  // namespace

void timers_init(std::uint64_t ticks_per_second) {
  frequency = ticks_per_second;
  timers.init();
  clock_init();
}

std::uint64_t timebase_frequency() {
  return frequency;
}

std::uint64_t ktime_get() {
  return ticks_to_ns(read_time());
}

std::uint64_t ticks_to_ns(std::uint64_t ticks) {
  return ticks / frequency * kNanosecondsPerSecond +
         ticks % frequency * kNanosecondsPerSecond / frequency;
}

void mod_timer(timer& t, std::uint64_t expires) {
  if (t.pending) t.node.remove();
  t.expires = expires;
  t.pending = true;
  list_head* at = timers.next;
  while (at != &timers && timer_of(at).expires <= expires) at = at->next;
  at->add_tail(t.node);
  program_clock();
}

bool del_timer(timer& t) {
  if (!t.pending) return false;
  t.pending = false;
  t.node.remove();
  program_clock();
  return true;
}

void set_slice_end(std::uint64_t when) {
  if (when == slice_end) return;
  slice_end = when;
  program_clock();
}

void timer_interrupt() {
  const std::uint64_t now = ktime_get();
  while (!timers.empty() && timer_of(timers.next).expires <= now) {
    timer& due = timer_of(timers.next);
    due.pending = false;
    due.node.remove();
    due.function(due);
  }
  if (slice_end <= now) {
    slice_end = kNever;
    scheduler_tick();
  }
  program_clock();
}

bool schedule_until(std::uint64_t expires) {
  if (expires == kNever) {
    schedule();
    return false;
  }
  sleeper alarm = {.t = {.expires = 0, .function = wake_sleeper, .node = {}, .pending = false},
                   .task = get_current()};
  mod_timer(alarm.t, expires);
  schedule();
  return !del_timer(alarm.t);
}
