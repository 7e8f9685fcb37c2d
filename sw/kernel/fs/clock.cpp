// SPDX-License-Identifier: Apache-2.0
// The kernel's clock as the time of files.

#include "sw/kernel/fs/inode.h"
#include "sw/kernel/proc/timer.h"

timespec64 current_time() {
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::uint64_t now = ktime_get();
  return {.tv_sec = static_cast<std::int64_t>(now / kNanosecondsPerSecond),
          .tv_nsec = static_cast<std::int64_t>(now % kNanosecondsPerSecond)};
}
