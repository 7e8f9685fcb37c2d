// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/signal.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/kernel/syscalls/user_time.h"

namespace {

bool valid_signal(int signal) {
  return signal >= 1 && signal <= NSIG;
}

siginfo info_from_current(int signal, int code) {
  siginfo info{};
  info.si_signo = signal;
  info.si_code = code;
  info.sender.pid = get_current()->tgid;
  return info;
}

/// Sends to one thread, of process `group` if that is not 0.
std::int64_t send_to_thread(int group, int thread, const siginfo& info) {
  task_struct* const task = find_task_by_vpid(thread);
  if (task == nullptr || (group != 0 && task->tgid != group)) return -ESRCH;
  if (info.si_signo != 0) send_signal_to_thread(*task, info);
  return 0;
}

/// Sends to every process that `matches`; -ESRCH: there is none.
template <typename Condition>
std::int64_t send_to_all(const siginfo& info, Condition matches) {
  std::int64_t result = -ESRCH;
  for_each_task([&](task_struct& task) {
    if (task.group_leader != &task || !matches(task)) return;
    if (info.si_signo != 0) send_signal_to_process(task, info);
    result = 0;
  });
  return result;
}

/// Puts a mask in place until the system call has ended and a handler, if there is one, has begun.
void set_temporary_mask(sigset_t mask) {
  task_struct& task = *get_current();
  task.saved_sigmask = task.blocked;
  task.restore_sigmask = true;
  set_current_blocked(mask);
}

}  // namespace

std::int64_t sys_kill(int pid, int signal) {
  if (signal != 0 && !valid_signal(signal)) return -EINVAL;
  const siginfo info = info_from_current(signal, SI_USER);
  const task_struct& self = *get_current();
  if (pid > 0) return send_to_all(info, [&](const task_struct& p) { return p.pid == pid; });
  if (pid == -1) {
    return send_to_all(info,
                       [&](const task_struct& p) { return p.pid != 1 && p.pid != self.tgid; });
  }
  const int group = pid == 0 ? self.signal->pgrp : -pid;
  return send_to_all(info, [&](const task_struct& p) { return p.signal->pgrp == group; });
}

std::int64_t sys_tkill(int thread, int signal) {
  if (thread <= 0 || (signal != 0 && !valid_signal(signal))) return -EINVAL;
  return send_to_thread(0, thread, info_from_current(signal, SI_TKILL));
}

std::int64_t sys_tgkill(int group, int thread, int signal) {
  if (group <= 0 || thread <= 0 || (signal != 0 && !valid_signal(signal))) return -EINVAL;
  return send_to_thread(group, thread, info_from_current(signal, SI_TKILL));
}

std::int64_t sys_rt_sigqueueinfo(int pid, int signal, std::uintptr_t from) {
  siginfo info{};
  if (!valid_signal(signal)) return -EINVAL;
  if (!get_user(info, from)) return -EFAULT;
  // Codes that only the kernel gives are no program's to forge.
  if (info.si_code >= 0 && pid != get_current()->tgid) return -EPERM;
  info.si_signo = signal;
  task_struct* const process = find_process(pid);
  if (process == nullptr) return -ESRCH;
  if (queue_is_full(process->signal->shared_pending, signal)) return -EAGAIN;
  send_signal_to_process(*process, info);
  return 0;
}

std::int64_t sys_rt_sigaction(int signal, std::uintptr_t action, std::uintptr_t old_action,
                              std::uint64_t mask_size) {
  if (mask_size != sizeof(sigset_t) || !valid_signal(signal)) return -EINVAL;
  const k_sigaction old = get_current()->sighand->action[signal - 1];
  if (action != 0) {
    k_sigaction wanted{};
    if (!get_user(wanted, action)) return -EFAULT;
    if ((sigmask(signal) & kUnblockable) != 0) return -EINVAL;
    do_sigaction(signal, wanted);
  }
  return old_action == 0 || put_user(old_action, old) ? 0 : -EFAULT;
}

std::int64_t sys_rt_sigprocmask(int how, std::uintptr_t set, std::uintptr_t old_set,
                                std::uint64_t mask_size) {
  constexpr int kBlock = 0;
  constexpr int kUnblock = 1;
  constexpr int kSetMask = 2;
  if (mask_size != sizeof(sigset_t)) return -EINVAL;
  const sigset_t old = get_current()->blocked;
  if (set != 0) {
    sigset_t mask = 0;
    if (!get_user(mask, set)) return -EFAULT;
    if (how == kBlock) {
      mask |= old;
    } else if (how == kUnblock) {
      mask = old & ~mask;
    } else if (how != kSetMask) {
      return -EINVAL;
    }
    set_current_blocked(mask);
  }
  return old_set == 0 || put_user(old_set, old) ? 0 : -EFAULT;
}

std::int64_t sys_rt_sigpending(std::uintptr_t to, std::uint64_t mask_size) {
  if (mask_size > sizeof(sigset_t)) return -EINVAL;
  const task_struct& task = *get_current();
  const sigset_t pending = pending_signals(task) & task.blocked;
  return copy_to_user(to, &pending, mask_size) == 0 ? 0 : -EFAULT;
}

std::int64_t sys_rt_sigsuspend(std::uintptr_t set, std::uint64_t mask_size) {
  sigset_t mask = 0;
  if (mask_size != sizeof(mask)) return -EINVAL;
  if (!get_user(mask, set)) return -EFAULT;
  task_struct& task = *get_current();
  set_temporary_mask(mask);
  while ((pending_signals(task) & ~task.blocked) == 0) {
    task.state = TASK_INTERRUPTIBLE;
    schedule();
  }
  return -ERESTARTNOHAND;
}

std::int64_t sys_rt_sigtimedwait(std::uintptr_t set, std::uintptr_t to, std::uintptr_t timeout,
                                 std::uint64_t mask_size) {
  sigset_t wanted = 0;
  if (mask_size != sizeof(wanted)) return -EINVAL;
  if (!get_user(wanted, set)) return -EFAULT;
  wanted &= ~kUnblockable;
  std::uint64_t expires = ~std::uint64_t{0};
  if (timeout != 0) {
    std::uint64_t span = 0;
    const int error = read_timespec(timeout, span);
    if (error != 0) return error;
    expires = later(ktime_get(), span);
  }
  task_struct& task = *get_current();
  const sigset_t blocked = task.blocked;
  siginfo info{};
  int signal = dequeue_signal(task, wanted, info);
  if (signal == 0 && expires > ktime_get()) {
    // What is waited for must wake this thread, though its program has blocked it.
    task.real_blocked = blocked & wanted;
    set_current_blocked(blocked & ~wanted);
    if (!signal_pending(task)) {
      task.state = TASK_INTERRUPTIBLE;
      schedule_until(expires);
    }
    task.real_blocked = 0;
    set_current_blocked(blocked);
    signal = dequeue_signal(task, wanted, info);
    if (signal == 0 && signal_pending(task)) return -EINTR;
  }
  if (signal == 0) return -EAGAIN;
  return to == 0 || put_user(to, info) ? signal : -EFAULT;
}

std::int64_t sys_rt_sigreturn() {
  return restore_signal_frame(*task_pt_regs(*get_current()));
}

std::int64_t sys_sigaltstack(std::uintptr_t stack, std::uintptr_t old_stack) {
  task_struct& task = *get_current();
  const std::uintptr_t sp = task_pt_regs(task)->sp;
  const user_stack old = get_alternate_stack(task, sp);
  if (stack != 0) {
    user_stack wanted{};
    if (!get_user(wanted, stack)) return -EFAULT;
    const int error = set_alternate_stack(task, wanted, sp);
    if (error != 0) return error;
  }
  return old_stack == 0 || put_user(old_stack, old) ? 0 : -EFAULT;
}
