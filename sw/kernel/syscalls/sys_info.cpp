// SPDX-License-Identifier: Apache-2.0
// What a program may ask about the system, its limits, the time and the faults it has taken.
// Everything is a function of simulated time and of what the program did: two runs get the same
// answers.

#include <cstring>

#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1000000000;
constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

std::uint64_t timebase_frequency = 1;
bool vmstat_at_exit = false;

/// struct timespec; as struct timeval the second word counts microseconds.
struct user_time {
  std::int64_t seconds;
  std::int64_t fraction;
};

user_time split(std::uint64_t nanoseconds, std::uint64_t nanoseconds_per_unit) {
  return {static_cast<std::int64_t>(nanoseconds / kNanosecondsPerSecond),
          static_cast<std::int64_t>(nanoseconds % kNanosecondsPerSecond / nanoseconds_per_unit)};
}

/// Clocks 0 to 7 of Linux (real time, monotonic, CPU times, raw, coarse, boot time) all count from
/// the start of the machine.
bool valid_clock(int clock) {
  return clock >= 0 && clock <= 7;
}

/// struct rlimit64.
struct user_limit {
  std::uint64_t current;
  std::uint64_t maximum;
};

/// struct rusage.
struct user_rusage {
  user_time user, system;
  std::int64_t maxrss, ixrss, idrss, isrss, minflt, majflt;
  std::int64_t others[8];
};
static_assert(sizeof(user_rusage) == 144);

/// The limit that the address space itself keeps, or null.
std::uint64_t* limit_of_memory(unsigned resource) {
  constexpr unsigned kData = 2;
  constexpr unsigned kStack = 3;
  constexpr unsigned kAddressSpace = 9;
  mm_struct& mm = *get_current()->mm;
  switch (resource) {
    case kData:
      return &mm.rlimit_data;
    case kStack:
      return &mm.rlimit_stack;
    case kAddressSpace:
      return &mm.rlimit_as;
    default:
      return nullptr;
  }
}

std::uint64_t current_limit(unsigned resource) {
  constexpr unsigned kOpenFiles = 7;
  const std::uint64_t* const limit = limit_of_memory(resource);
  if (limit != nullptr) return *limit;
  return resource == kOpenFiles ? kMaxOpenFiles : kUnlimited;
}

/// The next number of a fixed sequence (xorshift64*).
std::uint64_t next_random() {
  static std::uint64_t state = 0x9e3779b97f4a7c15;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}

}  // namespace

void set_timebase(std::uint64_t frequency) {
  timebase_frequency = frequency;
}

std::uint64_t nanoseconds_since_start() {
  const std::uint64_t ticks = read_time();
  return ticks / timebase_frequency * kNanosecondsPerSecond +
         ticks % timebase_frequency * kNanosecondsPerSecond / timebase_frequency;
}

void report_vmstat_at_exit(bool on) {
  vmstat_at_exit = on;
}

void report_vmstat() {
  if (!vmstat_at_exit) return;
  for (unsigned item = 0; item < NR_VM_EVENT_ITEMS; ++item) {
    const auto event = static_cast<vm_event_item>(item);
    const std::uint64_t count = vm_event_total(event);
    if (count != 0) printk(log_level::emergency, "vmstat: %s %lu\n", vm_event_name(event), count);
  }
}

std::int64_t sys_uname(std::uintptr_t to) {
  constexpr std::size_t kFieldSize = 65;
  constexpr const char* kFields[] = {"Linux", "faultline", "6.1.0-faultline",
                                     "#1",    "riscv64",   "(none)"};
  for (const char* const field : kFields) {
    char text[kFieldSize] = {};
    std::memcpy(text, field, std::strlen(field));
    if (copy_to_user(to, text, sizeof(text)) != 0) return -EFAULT;
    to += kFieldSize;
  }
  return 0;
}

std::int64_t sys_prlimit64(int pid, unsigned resource, std::uintptr_t limit,
                           std::uintptr_t old_limit) {
  constexpr unsigned kResources = 16;
  if (pid != 0 && pid != get_current()->pid) return -ESRCH;
  if (resource >= kResources) return -EINVAL;
  user_limit wanted{};
  if (limit != 0 && !get_user(wanted, limit)) return -EFAULT;
  const user_limit old = {current_limit(resource), kUnlimited};
  if (limit != 0) {
    if (wanted.current > wanted.maximum) return -EINVAL;
    std::uint64_t* const kept = limit_of_memory(resource);
    if (kept == nullptr) return -EPERM;
    *kept = wanted.current;
  }
  return old_limit == 0 || put_user(old_limit, old) ? 0 : -EFAULT;
}

std::int64_t sys_getrusage(int who, std::uintptr_t to) {
  constexpr int kSelf = 0;
  constexpr int kChildren = -1;
  constexpr int kThread = 1;
  if (who != kSelf && who != kChildren && who != kThread) return -EINVAL;
  user_rusage usage{};
  if (who != kChildren) {
    const mm_struct& mm = *get_current()->mm;
    usage.user = split(nanoseconds_since_start(), kNanosecondsPerMicrosecond);
    usage.minflt = static_cast<std::int64_t>(mm.min_flt);
    usage.majflt = static_cast<std::int64_t>(mm.maj_flt);
  }
  return put_user(to, usage) ? 0 : -EFAULT;
}

std::int64_t sys_getrandom(std::uintptr_t to, std::uint64_t size, unsigned) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t word = next_random();
    const std::size_t chunk = size - done < sizeof(word) ? size - done : sizeof(word);
    if (copy_to_user(to + done, &word, chunk) != 0) return -EFAULT;
    done += chunk;
  }
  return static_cast<std::int64_t>(done);
}

std::int64_t sys_clock_gettime(int clock, std::uintptr_t to) {
  if (!valid_clock(clock)) return -EINVAL;
  return put_user(to, split(nanoseconds_since_start(), 1)) ? 0 : -EFAULT;
}

std::int64_t sys_clock_getres(int clock, std::uintptr_t to) {
  if (!valid_clock(clock)) return -EINVAL;
  return to == 0 || put_user(to, split(kNanosecondsPerSecond / timebase_frequency, 1)) ? 0
                                                                                       : -EFAULT;
}

std::int64_t sys_gettimeofday(std::uintptr_t to, std::uintptr_t) {
  const user_time now = split(nanoseconds_since_start(), kNanosecondsPerMicrosecond);
  return to == 0 || put_user(to, now) ? 0 : -EFAULT;
}
