// SPDX-License-Identifier: Apache-2.0
// What threads of one process ask of the kernel.

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/futex.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/kernel/syscalls/user_time.h"

namespace {

constexpr std::uint64_t kRobustListHeadSize = 24;

/// Commands of futex (include/uapi/linux/futex.h).
enum futex_command : unsigned {
  FUTEX_WAIT = 0,
  FUTEX_WAKE = 1,
  FUTEX_REQUEUE = 3,
  FUTEX_CMP_REQUEUE = 4,
  FUTEX_WAIT_BITSET = 9,
  FUTEX_WAKE_BITSET = 10,
  FUTEX_PRIVATE_FLAG = 128,
  FUTEX_CLOCK_REALTIME = 256,
};

/// When a wait ends: FUTEX_WAIT gives a span, FUTEX_WAIT_BITSET a point in time. All clocks count
/// alike. 0 or -errno.
int expiry_of(std::uintptr_t timeout, bool relative, std::uint64_t& expires) {
  expires = ~std::uint64_t{0};
  if (timeout == 0) return 0;
  const int error = read_timespec(timeout, expires);
  if (error == 0 && relative) expires = later(ktime_get(), expires);
  return error;
}

}  // namespace

std::int64_t sys_futex(std::uintptr_t address, unsigned operation, std::uint32_t value,
                       std::uintptr_t timeout, std::uintptr_t second, std::uint32_t value3) {
  const bool shared = (operation & FUTEX_PRIVATE_FLAG) == 0;
  const unsigned command = operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
  switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      std::uint64_t expires = 0;
      const int error = expiry_of(timeout, command == FUTEX_WAIT, expires);
      const std::uint32_t bitset = command == FUTEX_WAIT ? kFutexMatchAny : value3;
      return error != 0 ? error : futex_wait(address, shared, value, bitset, expires);
    }
    case FUTEX_WAKE:
      return futex_wake(address, shared, value, kFutexMatchAny);
    case FUTEX_WAKE_BITSET:
      return futex_wake(address, shared, value, value3);
    case FUTEX_REQUEUE:
      return futex_requeue(address, shared, value, static_cast<unsigned>(timeout), second, nullptr);
    case FUTEX_CMP_REQUEUE:
      return futex_requeue(address, shared, value, static_cast<unsigned>(timeout), second, &value3);
    default:
      return -ENOSYS;
  }
}

std::int64_t sys_set_tid_address(std::uintptr_t address) {
  task_struct& task = *get_current();
  task.clear_child_tid = address;
  return task.pid;
}

std::int64_t sys_set_robust_list(std::uintptr_t head, std::uint64_t size) {
  if (size != kRobustListHeadSize) return -EINVAL;
  get_current()->robust_list = head;
  return 0;
}

std::int64_t sys_get_robust_list(int pid, std::uintptr_t head, std::uintptr_t size) {
  const task_struct* const task = pid == 0 ? get_current() : find_task_by_vpid(pid);
  if (task == nullptr) return -ESRCH;
  return put_user(head, task->robust_list) && put_user(size, kRobustListHeadSize) ? 0 : -EFAULT;
}

/// Restartable sequences: the C library asks for them at every start and does without.
std::int64_t sys_rseq() {
  return -ENOSYS;
}

/// Barriers on the harts of other threads: programs ask whether they are there.
std::int64_t sys_membarrier() {
  return -ENOSYS;
}

std::int64_t sys_sched_yield() {
  yield();
  return 0;
}

std::int64_t sys_sched_getaffinity(int pid, std::uint64_t size, std::uintptr_t to) {
  constexpr std::uint64_t kFirstHart = 1;
  if (pid != 0 && find_task_by_vpid(pid) == nullptr) return -ESRCH;
  if (size < sizeof(kFirstHart)) return -EINVAL;
  return put_user(to, kFirstHart) ? static_cast<std::int64_t>(sizeof(kFirstHart)) : -EFAULT;
}

std::int64_t sys_sched_setaffinity(int pid, std::uint64_t size, std::uintptr_t from) {
  std::uint8_t first_harts = 0;
  if (pid != 0 && find_task_by_vpid(pid) == nullptr) return -ESRCH;
  if (size == 0 || !get_user(first_harts, from)) return size == 0 ? -EINVAL : -EFAULT;
  return (first_harts & 1) != 0 ? 0 : -EINVAL;
}

std::int64_t sys_getcpu(std::uintptr_t hart, std::uintptr_t node) {
  constexpr std::uint32_t kFirst = 0;
  const bool written =
      (hart == 0 || put_user(hart, kFirst)) && (node == 0 || put_user(node, kFirst));
  return written ? 0 : -EFAULT;
}
