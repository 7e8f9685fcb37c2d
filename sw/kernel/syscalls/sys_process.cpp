// SPDX-License-Identifier: Apache-2.0
// Processes: how they begin, end, are waited for, and what they are called.

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/exec.h"
#include "sw/kernel/proc/exit.h"
#include "sw/kernel/proc/fork.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/syscalls/path_argument.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/kernel/syscalls/user_rusage.h"

namespace {

constexpr unsigned kStatusMask = 0xff;
constexpr unsigned kStatusShift = 8;
constexpr unsigned kSignalMask = 0x7f;

/// What waitid's first argument says of its second.
enum id_type : int { P_ALL = 0, P_PID = 1, P_PGID = 2 };

/// struct clone_args of clone3, as far as it is used.
struct user_clone_args {
  std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

bool valid_options(unsigned options, unsigned known) {
  return (options & ~(known | __WNOTHREAD | __WALL | __WCLONE)) == 0;
}

siginfo info_of(const wait_result& result) {
  const bool killed = (result.code & kSignalMask) != 0;
  siginfo info{};
  info.si_signo = SIGCHLD;
  info.si_code = killed ? CLD_KILLED : CLD_EXITED;
  info.child.pid = static_cast<std::int32_t>(result.pid);
  info.child.status =
      static_cast<std::int32_t>(killed ? result.code & kSignalMask : result.code >> kStatusShift);
  return info;
}

/// The process that a call names: 0 is the caller's; null: there is none.
task_struct* process_or_current(int pid) {
  return pid == 0 ? get_current()->group_leader : find_process(pid);
}

}  // namespace

std::int64_t sys_exit(unsigned status) {
  do_exit((status & kStatusMask) << kStatusShift);
}

std::int64_t sys_exit_group(unsigned status) {
  do_group_exit((status & kStatusMask) << kStatusShift);
}

std::int64_t sys_clone(std::uint64_t flags, std::uintptr_t stack, std::uintptr_t parent_tid,
                       std::uintptr_t tls, std::uintptr_t child_tid) {
  return kernel_clone({.flags = (flags & 0xffffffff) & ~std::uint64_t{CSIGNAL},
                       .exit_signal = static_cast<int>(flags & CSIGNAL),
                       .stack = stack,
                       .tls = tls,
                       .parent_tid = parent_tid,
                       .child_tid = child_tid,
                       .fn = nullptr,
                       .fn_arg = nullptr});
}

std::int64_t sys_clone3(std::uintptr_t from, std::uint64_t size) {
  user_clone_args args{};
  if (size < sizeof(args)) return -EINVAL;
  if (!get_user(args, from)) return -EFAULT;
  if ((args.flags & CSIGNAL) != 0 || args.exit_signal > NSIG ||
      (args.stack == 0) != (args.stack_size == 0)) {
    return -EINVAL;
  }
  return kernel_clone({.flags = args.flags,
                       .exit_signal = static_cast<int>(args.exit_signal),
                       .stack = args.stack + args.stack_size,
                       .tls = args.tls,
                       .parent_tid = args.parent_tid,
                       .child_tid = args.child_tid,
                       .fn = nullptr,
                       .fn_arg = nullptr});
}

std::int64_t sys_execve(std::uintptr_t path, std::uintptr_t arguments, std::uintptr_t environment) {
  const path_argument file(kCurrentDirectory, path);
  if (file.error() != 0) return file.error();
  return do_execve(file.text().data(), string_array::of_user(arguments),
                   string_array::of_user(environment));
}

std::int64_t sys_wait4(int pid, std::uintptr_t status, unsigned options, std::uintptr_t usage) {
  if (!valid_options(options, WNOHANG | WUNTRACED | WCONTINUED)) return -EINVAL;
  const wait_result result = do_wait(pid, options);
  if (result.pid <= 0) return result.pid;
  if (status != 0 && !put_user(status, result.code)) return -EFAULT;
  if (usage != 0 && !put_user(usage, to_user_rusage(result.usage))) return -EFAULT;
  return result.pid;
}

std::int64_t sys_waitid(int type, int id, std::uintptr_t to, unsigned options,
                        std::uintptr_t usage) {
  constexpr unsigned kWhat = WEXITED | WUNTRACED | WCONTINUED;
  if (!valid_options(options, WNOHANG | WNOWAIT | kWhat) || (options & kWhat) == 0) return -EINVAL;
  if (type != P_ALL && (id < 0 || (type != P_PID && type != P_PGID))) return -EINVAL;
  // No child ever stops or continues.
  if ((options & WEXITED) == 0) return -ECHILD;
  int pid = -1;
  if (type == P_PID) pid = id;
  if (type == P_PGID) pid = id == 0 ? 0 : -id;
  const wait_result result = do_wait(pid, options);
  if (result.pid < 0) return result.pid;
  const siginfo info = result.pid == 0 ? siginfo{} : info_of(result);
  if (to != 0 && !put_user(to, info)) return -EFAULT;
  if (usage != 0 && !put_user(usage, to_user_rusage(result.usage))) return -EFAULT;
  return 0;
}

std::int64_t sys_getpid() {
  return get_current()->tgid;
}

std::int64_t sys_gettid() {
  return get_current()->pid;
}

std::int64_t sys_getppid() {
  return get_current()->group_leader->parent->pid;
}

/// Everything is root's.
std::int64_t sys_getuid() {
  return 0;
}

std::int64_t sys_getgroups() {
  return 0;
}

std::int64_t sys_getpgid(int pid) {
  const task_struct* const process = process_or_current(pid);
  return process != nullptr ? process->signal->pgrp : -ESRCH;
}

std::int64_t sys_getsid(int pid) {
  const task_struct* const process = process_or_current(pid);
  return process != nullptr ? process->signal->session : -ESRCH;
}

std::int64_t sys_setpgid(int pid, int group) {
  if (group < 0) return -EINVAL;
  const task_struct& leader = *get_current()->group_leader;
  task_struct* const process = process_or_current(pid);
  if (process == nullptr || (process != &leader && process->parent != &leader)) return -ESRCH;
  if (process->signal->session != leader.signal->session) return -EPERM;
  if (process->signal->session == process->pid) return -EPERM;
  process->signal->pgrp = group == 0 ? process->pid : group;
  return 0;
}

std::int64_t sys_setsid() {
  const task_struct& leader = *get_current()->group_leader;
  if (leader.signal->pgrp == leader.pid) return -EPERM;
  leader.signal->pgrp = leader.signal->session = leader.pid;
  return leader.pid;
}

std::int64_t sys_prctl(int option, std::uintptr_t argument) {
  constexpr int kSetName = 15;
  constexpr int kGetName = 16;
  task_struct& task = *get_current();
  if (option == kGetName)
    return copy_to_user(argument, task.comm, sizeof(task.comm)) == 0 ? 0 : -EFAULT;
  if (option != kSetName) return -EINVAL;
  char name[sizeof(task.comm)] = {};
  if (strncpy_from_user(name, argument, sizeof(name) - 1) < 0) return -EFAULT;
  std::memcpy(task.comm, name, sizeof(name));
  return 0;
}

/// All personalities but Linux's own are refused.
std::int64_t sys_personality(std::uint32_t personality) {
  constexpr std::uint32_t kAsk = 0xffffffff;
  return personality == 0 || personality == kAsk ? 0 : -EINVAL;
}

std::int64_t sys_riscv_flush_icache(std::uintptr_t, std::uintptr_t, std::uint64_t flags) {
  constexpr std::uint64_t kLocal = 1;
  if ((flags & ~kLocal) != 0) return -EINVAL;
  local_flush_icache();
  return 0;
}
