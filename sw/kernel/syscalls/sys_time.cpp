// SPDX-License-Identifier: Apache-2.0
// Clocks, sleeping and alarms.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/usage.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/kernel/syscalls/user_time.h"

namespace {

// Clocks of Linux: 0 real time, 1 monotonic, 4 raw, 5 and 6 coarse, 7 boot time; and
constexpr int kProcessTime = 2;
constexpr int kThreadTime = 3;
constexpr int kMostClock = 7;

constexpr unsigned kAbsoluteTime = 1;  // TIMER_ABSTIME
constexpr std::uint64_t kClockTick = kNanosecondsPerSecond / 100;

bool valid_clock(int clock) {
  return clock >= 0 && clock <= kMostClock;
}

std::uint64_t clock_now(int clock) {
  const task_struct& task = *get_current();
  if (clock == kProcessTime) return ticks_to_ns(process_usage(task).runtime);
  if (clock == kThreadTime) return ticks_to_ns(task_sched_runtime(task));
  return ktime_get();
}

int to_nanoseconds(const user_time& time, std::uint64_t unit, std::uint64_t& nanoseconds) {
  const auto seconds = static_cast<std::uint64_t>(time.seconds);
  const std::uint64_t units_per_second = kNanosecondsPerSecond / unit;
  if (time.seconds < 0 || static_cast<std::uint64_t>(time.fraction) >= units_per_second) {
    return -EINVAL;
  }
  constexpr std::uint64_t kMostSeconds = ~std::uint64_t{0} / kNanosecondsPerSecond - 1;
  nanoseconds = seconds > kMostSeconds ? ~std::uint64_t{0}
                                       : seconds * kNanosecondsPerSecond +
                                             static_cast<std::uint64_t>(time.fraction) * unit;
  return 0;
}

int read_time_value(std::uintptr_t from, std::uint64_t unit, std::uint64_t& nanoseconds) {
  user_time time{};
  return get_user(time, from) ? to_nanoseconds(time, unit, nanoseconds) : -EFAULT;
}

/// Sleeps until `expires`; 0, or -ERESTART_RESTARTBLOCK for a signal.
int sleep_until(std::uint64_t expires) {
  task_struct& task = *get_current();
  while (!signal_pending(task)) {
    task.state = TASK_INTERRUPTIBLE;
    if (schedule_until(expires)) return 0;
  }
  task.restart_expires = expires;
  return -ERESTART_RESTARTBLOCK;
}

/// Tells how much of an interrupted sleep was left.
std::int64_t interrupted(int error, std::uintptr_t left) {
  if (left == 0) return error;
  const std::uint64_t now = ktime_get();
  const std::uint64_t expires = get_current()->restart_expires;
  return put_user(left, split(expires > now ? expires - now : 0, 1)) ? error : -EFAULT;
}

/// struct itimerval.
struct user_interval_timer {
  user_time interval;
  user_time value;
};

signal_struct& process_of(timer& t) {
  return *reinterpret_cast<signal_struct*>(reinterpret_cast<std::uintptr_t>(&t) -
                                           offsetof(signal_struct, real_timer));
}

void real_timer_expired(timer& t) {
  signal_struct& process = process_of(t);
  list_head* const first = process.threads.next;
  siginfo info{};
  info.si_signo = SIGALRM;
  info.si_code = SI_KERNEL;
  send_signal_to_process(*list_entry<task_struct, offsetof(task_struct, thread_node)>(first), info);
  if (process.real_interval != 0) mod_timer(t, later(t.expires, process.real_interval));
}

user_interval_timer read_real_timer(const signal_struct& process) {
  const std::uint64_t now = ktime_get();
  const timer& t = process.real_timer;
  const std::uint64_t left = t.pending && t.expires > now ? t.expires - now : 0;
  return {split(process.real_interval, kNanosecondsPerMicrosecond),
          split(left, kNanosecondsPerMicrosecond)};
}

constexpr int kRealTimer = 0;  // ITIMER_REAL
constexpr int kProfTimer = 2;  // ITIMER_PROF: it and ITIMER_VIRTUAL are not supported

}  // namespace

int read_timespec(std::uintptr_t from, std::uint64_t& nanoseconds) {
  return read_time_value(from, 1, nanoseconds);
}

int read_timeval(std::uintptr_t from, std::uint64_t& nanoseconds) {
  return read_time_value(from, kNanosecondsPerMicrosecond, nanoseconds);
}

std::int64_t sys_clock_gettime(int clock, std::uintptr_t to) {
  if (!valid_clock(clock)) return -EINVAL;
  return put_user(to, split(clock_now(clock), 1)) ? 0 : -EFAULT;
}

std::int64_t sys_clock_getres(int clock, std::uintptr_t to) {
  if (!valid_clock(clock)) return -EINVAL;
  const user_time resolution = split(kNanosecondsPerSecond / timebase_frequency(), 1);
  return to == 0 || put_user(to, resolution) ? 0 : -EFAULT;
}

std::int64_t sys_gettimeofday(std::uintptr_t to, std::uintptr_t) {
  const user_time now = split(ktime_get(), kNanosecondsPerMicrosecond);
  return to == 0 || put_user(to, now) ? 0 : -EFAULT;
}

std::int64_t sys_clock_nanosleep(int clock, unsigned flags, std::uintptr_t span,
                                 std::uintptr_t left) {
  if (!valid_clock(clock) || clock == kThreadTime) return -EINVAL;
  if (clock == kProcessTime) return -EOPNOTSUPP;
  std::uint64_t time = 0;
  int error = read_timespec(span, time);
  if (error != 0) return error;
  if ((flags & kAbsoluteTime) != 0) {
    return sleep_until(time) == 0 ? 0 : -ERESTARTNOHAND;
  }
  error = sleep_until(later(ktime_get(), time));
  return error == 0 ? 0 : interrupted(error, left);
}

std::int64_t sys_nanosleep(std::uintptr_t span, std::uintptr_t left) {
  constexpr int kMonotonic = 1;
  return sys_clock_nanosleep(kMonotonic, 0, span, left);
}

/// Goes on with a sleep that a signal without a handler has interrupted.
std::int64_t sys_restart_syscall() {
  return sleep_until(get_current()->restart_expires);
}

std::int64_t sys_getitimer(int which, std::uintptr_t to) {
  if (which < kRealTimer || which > kProfTimer) return -EINVAL;
  user_interval_timer value{};
  if (which == kRealTimer) value = read_real_timer(*get_current()->signal);
  return put_user(to, value) ? 0 : -EFAULT;
}

std::int64_t sys_setitimer(int which, std::uintptr_t value, std::uintptr_t old_value) {
  if (which != kRealTimer) return -EINVAL;
  signal_struct& process = *get_current()->signal;
  std::uint64_t interval = 0;
  std::uint64_t first = 0;
  int error = read_timeval(value + offsetof(user_interval_timer, interval), interval);
  if (error == 0) error = read_timeval(value + offsetof(user_interval_timer, value), first);
  if (error != 0) return error;
  const user_interval_timer old = read_real_timer(process);
  process.real_interval = interval;
  process.real_timer.function = real_timer_expired;
  if (first == 0) {
    del_timer(process.real_timer);
  } else {
    mod_timer(process.real_timer, later(ktime_get(), first));
  }
  return old_value == 0 || put_user(old_value, old) ? 0 : -EFAULT;
}

std::int64_t sys_times(std::uintptr_t to) {
  const auto ticks = [](std::uint64_t time) {
    return static_cast<std::int64_t>(ticks_to_ns(time) / kClockTick);
  };
  const task_struct& task = *get_current();
  const task_usage self = process_usage(task);
  const task_usage& children = task.signal->children;
  const std::int64_t tms[4] = {ticks(self.runtime - self.stime), ticks(self.stime),
                               ticks(children.runtime - children.stime), ticks(children.stime)};
  if (to != 0 && !put_user(to, tms)) return -EFAULT;
  return static_cast<std::int64_t>(ktime_get() / kClockTick);
}
