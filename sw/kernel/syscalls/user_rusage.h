// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/usage.h"
#include "sw/kernel/syscalls/user_time.h"

/// struct rusage; what is not counted is 0.
struct user_rusage {
  user_time utime, stime;
  std::int64_t maxrss;  ///< KiB
  std::int64_t ixrss, idrss, isrss;
  std::int64_t minflt, majflt;
  std::int64_t nswap, inblock, oublock, msgsnd, msgrcv, nsignals;
  std::int64_t nvcsw, nivcsw;
};
static_assert(sizeof(user_rusage) == 144);

[[nodiscard]] inline user_rusage to_user_rusage(const task_usage& usage) {
  constexpr std::uint64_t kPageKib = PAGE_SIZE / 1024;
  user_rusage result{};
  result.utime = split(ticks_to_ns(usage.runtime - usage.stime), kNanosecondsPerMicrosecond);
  result.stime = split(ticks_to_ns(usage.stime), kNanosecondsPerMicrosecond);
  result.maxrss = static_cast<std::int64_t>(usage.maxrss * kPageKib);
  result.minflt = static_cast<std::int64_t>(usage.min_flt);
  result.majflt = static_cast<std::int64_t>(usage.maj_flt);
  result.nvcsw = static_cast<std::int64_t>(usage.nvcsw);
  result.nivcsw = static_cast<std::int64_t>(usage.nivcsw);
  return result;
}
