// SPDX-License-Identifier: Apache-2.0
// What a process may use and has used.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/kernel/syscalls/user_rusage.h"

namespace {

/// The limits that the address space keeps for itself follow those of the process.
void apply_limits(const task_struct& process) {
  mm_struct* const mm = process.mm;
  if (mm == nullptr) return;
  const rlimit64* const limits = process.signal->rlim;
  mm->rlimit_stack = limits[RLIMIT_STACK].rlim_cur;
  mm->rlimit_as = limits[RLIMIT_AS].rlim_cur;
  mm->rlimit_data = limits[RLIMIT_DATA].rlim_cur;
}

int change_limit(task_struct& process, unsigned resource, const rlimit64& wanted) {
  if (wanted.rlim_cur > wanted.rlim_max) return -EINVAL;
  if (resource == RLIMIT_NOFILE && wanted.rlim_max > kMaxOpenFiles) return -EPERM;
  process.signal->rlim[resource] = wanted;
  apply_limits(process);
  return 0;
}

}  // namespace

std::int64_t sys_prlimit64(int pid, unsigned resource, std::uintptr_t limit,
                           std::uintptr_t old_limit) {
  if (resource >= RLIM_NLIMITS) return -EINVAL;
  task_struct* const task = pid == 0 ? get_current() : find_task_by_vpid(pid);
  if (task == nullptr) return -ESRCH;
  rlimit64 wanted{};
  if (limit != 0 && !get_user(wanted, limit)) return -EFAULT;
  const rlimit64 old = task->signal->rlim[resource];
  if (limit != 0) {
    const int error = change_limit(*task, resource, wanted);
    if (error != 0) return error;
  }
  return old_limit == 0 || put_user(old_limit, old) ? 0 : -EFAULT;
}

std::int64_t sys_getrlimit(unsigned resource, std::uintptr_t to) {
  return sys_prlimit64(0, resource, 0, to);
}

std::int64_t sys_setrlimit(unsigned resource, std::uintptr_t from) {
  return from == 0 ? -EFAULT : sys_prlimit64(0, resource, from, 0);
}

std::int64_t sys_getrusage(int who, std::uintptr_t to) {
  constexpr int kSelf = 0;
  constexpr int kChildren = -1;
  constexpr int kThread = 1;
  task_struct& task = *get_current();
  update_maxrss(task);
  task_usage usage{};
  if (who == kSelf) {
    usage = process_usage(task);
  } else if (who == kThread) {
    usage = thread_usage(task);
    usage.maxrss = task.signal->ended_threads.maxrss;
  } else if (who == kChildren) {
    usage = task.signal->children;
  } else {
    return -EINVAL;
  }
  return put_user(to, to_user_rusage(usage)) ? 0 : -EFAULT;
}
