// SPDX-License-Identifier: Apache-2.0
// ppoll and pselect6: waiting for any of several open files.

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/poll_wait.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr std::uint64_t kForever = ~std::uint64_t{0};
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr unsigned kAlwaysReported = POLLERR | POLLHUP | POLLNVAL;

/// struct pollfd.
struct user_pollfd {
  std::int32_t fd;
  std::int16_t events;
  std::int16_t revents;
};

unsigned poll_file(int number, unsigned wanted) {
  const fd_argument f(number);
  if (!f) return POLLNVAL;
  const bool asks = f->f_op != nullptr && f->f_op->poll != nullptr;
  return (asks ? f->f_op->poll(*f) : POLLIN | POLLOUT) & (wanted | kAlwaysReported);
}

/// When the wait ends: `timeout` is the address of a struct timespec, or 0 for never. 0 or -errno.
int read_deadline(std::uintptr_t timeout, std::uint64_t& deadline) {
  deadline = kForever;
  if (timeout == 0) return 0;
  timespec64 time;
  if (!get_user(time, timeout)) return -EFAULT;
  const auto fraction = static_cast<std::uint64_t>(time.tv_nsec);
  if (time.tv_sec < 0 || fraction >= kNanosecondsPerSecond) return -EINVAL;
  const std::uint64_t now = ktime_get();
  const auto seconds = static_cast<std::uint64_t>(time.tv_sec);
  if (seconds > (kForever - now) / kNanosecondsPerSecond - 1) return 0;
  deadline = now + seconds * kNanosecondsPerSecond + fraction;
  return 0;
}

/// Calls `check()` until it answers other than 0 or the deadline has passed.
template <typename Check>
std::int64_t wait_until(std::uint64_t deadline, Check check) {
  for (;;) {
    const std::int64_t ready = check();
    if (ready != 0) return ready;
    const std::uint64_t now = ktime_get();
    if (now >= deadline) return 0;
    const std::uint64_t left = deadline - now;
    if (sleep_for_poll(left < kPollInterval ? left : kPollInterval) != 0) return -EINTR;
  }
}

std::int64_t poll_all(std::uintptr_t fds, unsigned count) {
  std::int64_t ready = 0;
  for (unsigned i = 0; i < count; ++i) {
    const std::uintptr_t at = fds + i * sizeof(user_pollfd);
    user_pollfd entry;
    if (!get_user(entry, at)) return -EFAULT;
    const auto wanted = static_cast<std::uint16_t>(entry.events);
    entry.revents = static_cast<std::int16_t>(entry.fd < 0 ? 0 : poll_file(entry.fd, wanted));
    if (entry.revents != 0) ++ready;
    if (!put_user(at, entry)) return -EFAULT;
  }
  return ready;
}

/// The three sets of pselect6, in its order.
struct descriptor_sets {
  static constexpr unsigned kSets = 3;
  static constexpr unsigned kWords = kMaxOpenFiles / 64;
  std::uint64_t bits[kSets][kWords];
};

/// Which events a set asks for, in the order of the sets.
constexpr unsigned kSetEvents[descriptor_sets::kSets] = {POLLIN | POLLHUP | POLLERR,
                                                         POLLOUT | POLLERR, 0};

std::int64_t select_all(const descriptor_sets& wanted, unsigned count, descriptor_sets& found) {
  std::int64_t ready = 0;
  found = {};
  for (unsigned set = 0; set < descriptor_sets::kSets; ++set) {
    for (unsigned number = 0; number < count; ++number) {
      const std::uint64_t bit = std::uint64_t{1} << (number % 64);
      if ((wanted.bits[set][number / 64] & bit) == 0) continue;
      const unsigned events = poll_file(static_cast<int>(number), kSetEvents[set]);
      if ((events & POLLNVAL) != 0) return -EBADF;
      if ((events & kSetEvents[set]) == 0) continue;
      found.bits[set][number / 64] |= bit;
      ++ready;
    }
  }
  return ready;
}

}  // namespace

// The signal mask that both calls may put in place for the wait is left as it is: a signal that is
// blocked stays so.

std::int64_t sys_ppoll(std::uintptr_t fds, unsigned count, std::uintptr_t timeout) {
  if (count > static_cast<unsigned>(kMaxOpenFiles)) return -EINVAL;
  std::uint64_t deadline = 0;
  const int error = read_deadline(timeout, deadline);
  if (error != 0) return error;
  return wait_until(deadline, [=] { return poll_all(fds, count); });
}

std::int64_t sys_pselect6(int count, std::uintptr_t read_set, std::uintptr_t write_set,
                          std::uintptr_t except_set, std::uintptr_t timeout) {
  if (count < 0) return -EINVAL;
  const auto used = static_cast<unsigned>(count < kMaxOpenFiles ? count : kMaxOpenFiles);
  const std::size_t bytes = (used + 63) / 64 * sizeof(std::uint64_t);
  const std::uintptr_t sets[] = {read_set, write_set, except_set};
  descriptor_sets wanted{};
  for (unsigned set = 0; set < descriptor_sets::kSets; ++set) {
    if (sets[set] != 0 && copy_from_user(wanted.bits[set], sets[set], bytes) != 0) return -EFAULT;
  }
  std::uint64_t deadline = 0;
  const int error = read_deadline(timeout, deadline);
  if (error != 0) return error;
  descriptor_sets found{};
  const std::int64_t ready = wait_until(deadline, [&] { return select_all(wanted, used, found); });
  if (ready < 0) return ready;
  for (unsigned set = 0; set < descriptor_sets::kSets; ++set) {
    if (sets[set] != 0 && copy_to_user(sets[set], found.bits[set], bytes) != 0) return -EFAULT;
  }
  return ready;
}
