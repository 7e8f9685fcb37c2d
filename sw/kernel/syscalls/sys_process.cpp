// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"

namespace {

constexpr std::uint64_t kSignalMaskSize = 8;

/// struct sigaction of RV64.
struct user_sigaction {
  std::uint64_t handler;
  std::uint64_t flags;
  std::uint64_t mask;
};
constexpr std::uint64_t kSignalDefault = 0;  // SIG_DFL
constexpr std::uint64_t kSignalIgnore = 1;   // SIG_IGN

bool valid_signal(int signal) {
  return signal >= 1 && signal <= NSIG;
}

std::int64_t send_to_current(int signal) {
  if (signal == 0) return 0;
  if (!valid_signal(signal)) return -EINVAL;
  send_signal(signal);
  return 0;
}

}  // namespace

std::int64_t sys_exit(int status) {
  constexpr unsigned kStatusMask = 0xff;
  do_exit(static_cast<unsigned>(status) & kStatusMask);
}

std::int64_t sys_getpid() {
  return get_current()->pid;
}

std::int64_t sys_getuid() {
  return 0;
}

// Neither matters before there is a second thread to see what this one leaves behind.
std::int64_t sys_set_tid_address(std::uintptr_t) {
  return get_current()->pid;
}

std::int64_t sys_set_robust_list(std::uintptr_t, std::uint64_t size) {
  constexpr std::uint64_t kHeadSize = 24;
  return size == kHeadSize ? 0 : -EINVAL;
}

/// Restartable sequences: the C library asks for them at every start and does without.
std::int64_t sys_rseq() {
  return -ENOSYS;
}

std::int64_t sys_futex(std::uintptr_t address, int operation, std::uint32_t value,
                       std::uintptr_t timeout) {
  constexpr int kCommandMask = 0x7f;  // without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
  constexpr int kWait = 0;
  constexpr int kWake = 1;
  const int command = operation & kCommandMask;
  if (command == kWake) return 0;
  if (command != kWait) return -ENOSYS;
  std::uint32_t current = 0;
  if (address % sizeof(current) != 0) return -EINVAL;
  if (!get_user(current, address)) return -EFAULT;
  if (current != value) return -EAGAIN;
  // The only thread there is would wait for itself.
  return timeout != 0 ? -ETIMEDOUT : -EDEADLK;
}

std::int64_t sys_sched_getaffinity(int pid, std::uint64_t size, std::uintptr_t to) {
  constexpr std::uint64_t kFirstHart = 1;
  if (pid != 0 && pid != get_current()->pid) return -ESRCH;
  if (size < sizeof(kFirstHart)) return -EINVAL;
  return put_user(to, kFirstHart) ? static_cast<std::int64_t>(sizeof(kFirstHart)) : -EFAULT;
}

std::int64_t sys_kill(int pid, int signal) {
  return pid == get_current()->pid || pid == 0 ? send_to_current(signal) : -ESRCH;
}

std::int64_t sys_tgkill(int group, int thread, int signal) {
  const int pid = get_current()->pid;
  return group == pid && thread == pid ? send_to_current(signal) : -ESRCH;
}

std::int64_t sys_rt_sigaction(int signal, std::uintptr_t action, std::uintptr_t old_action,
                              std::uint64_t mask_size) {
  if (mask_size != kSignalMaskSize || !valid_signal(signal)) return -EINVAL;
  signal_action& current = get_current()->signals.actions[signal - 1];
  user_sigaction wanted{};
  if (action != 0) {
    if (!get_user(wanted, action)) return -EFAULT;
    if (signal == SIGKILL || signal == SIGSTOP) return -EINVAL;
    if (wanted.handler != kSignalDefault && wanted.handler != kSignalIgnore) return -ENOSYS;
  }
  const user_sigaction old = {
      .handler = current == signal_action::ignore ? kSignalIgnore : kSignalDefault,
      .flags = 0,
      .mask = 0};
  if (old_action != 0 && !put_user(old_action, old)) return -EFAULT;
  if (action != 0) {
    current = wanted.handler == kSignalIgnore ? signal_action::ignore : signal_action::standard;
  }
  return 0;
}

std::int64_t sys_rt_sigprocmask(int how, std::uintptr_t set, std::uintptr_t old_set,
                                std::uint64_t mask_size) {
  constexpr int kBlock = 0;
  constexpr int kUnblock = 1;
  constexpr int kSetMask = 2;
  constexpr std::uint64_t kUnblockable = std::uint64_t{1} << (SIGKILL - 1) | std::uint64_t{1}
                                                                                 << (SIGSTOP - 1);
  if (mask_size != kSignalMaskSize) return -EINVAL;
  task_struct& task = *get_current();
  const std::uint64_t old = task.signals.blocked;
  if (set != 0) {
    std::uint64_t mask = 0;
    if (!get_user(mask, set)) return -EFAULT;
    if (how == kBlock) {
      mask |= old;
    } else if (how == kUnblock) {
      mask = old & ~mask;
    } else if (how != kSetMask) {
      return -EINVAL;
    }
    task.signals.blocked = mask & ~kUnblockable;
    task.work = 1;
  }
  return old_set == 0 || put_user(old_set, old) ? 0 : -EFAULT;
}
