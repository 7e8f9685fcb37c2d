// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/futex.h"

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/timer.h"

namespace {

/// What identifies a word: an address space and an address, or a file and an offset.
struct futex_key {
  const void* space;
  std::uint64_t offset;

  bool operator==(const futex_key&) const = default;
};

/// A task that sleeps on a word; lives on its stack.
struct futex_q {
  list_head list;  ///< in `waiters` until woken
  futex_key key;
  task_struct* task;
  std::uint32_t bitset;
  bool woken;
};

/// All sleepers, in the order of their arrival.
list_head waiters = {&waiters, &waiters};

futex_q& entry_of(list_head* node) {
  return *list_entry<futex_q, offsetof(futex_q, list)>(node);
}

/// Finds out what the word at `address` is known by; 0 or -errno.
int get_futex_key(std::uintptr_t address, bool shared, futex_key& key) {
  if (address % sizeof(std::uint32_t) != 0) return -EINVAL;
  if (!access_ok(address, sizeof(std::uint32_t))) return -EFAULT;
  mm_struct& mm = *get_current()->mm;
  key = {&mm, address};
  if (!shared) return 0;
  mm.mmap_lock.read_lock();
  const vm_area_struct* const vma = find_vma(mm, address);
  const bool mapped = vma != nullptr && vma->vm_start <= address;
  if (mapped && (vma->vm_flags & VM_SHARED) != 0) {
    key = {vma->vm_file->f_mapping, (vma->vm_pgoff << PAGE_SHIFT) + (address - vma->vm_start)};
  }
  mm.mmap_lock.read_unlock();
  return mapped ? 0 : -EFAULT;
}

void wake(futex_q& q) {
  q.list.remove();
  q.woken = true;
  wake_up_process(*q.task);
}

/// Calls `act` on up to `most` sleepers of a word with a bit of `bitset`; returns on how many.
template <typename Action>
int for_waiters(const futex_key& key, unsigned most, std::uint32_t bitset, Action act) {
  unsigned count = 0;
  for (list_head* node = waiters.next; node != &waiters && count < most;) {
    futex_q& q = entry_of(node);
    node = node->next;
    if (q.key != key || (q.bitset & bitset) == 0) continue;
    act(q);
    ++count;
  }
  return static_cast<int>(count);
}

}  // namespace

int futex_wait(std::uintptr_t address, bool shared, std::uint32_t value, std::uint32_t bitset,
               std::uint64_t expires) {
  if (bitset == 0) return -EINVAL;
  task_struct& task = *get_current();
  futex_q q{};
  const int error = get_futex_key(address, shared, q.key);
  if (error != 0) return error;
  std::uint32_t current = 0;
  if (!get_user(current, address)) return -EFAULT;
  if (current != value) return -EAGAIN;
  q.task = &task;
  q.bitset = bitset;
  waiters.add_tail(q.list);
  bool expired = false;
  while (!q.woken && !expired && !signal_pending(task)) {
    task.state = TASK_INTERRUPTIBLE;
    expired = schedule_until(expires);
  }
  if (q.woken) return 0;
  q.list.remove();
  return expired ? -ETIMEDOUT : -ERESTARTSYS;
}

int futex_wake(std::uintptr_t address, bool shared, unsigned most, std::uint32_t bitset) {
  if (bitset == 0) return -EINVAL;
  futex_key key{};
  const int error = get_futex_key(address, shared, key);
  return error != 0 ? error : for_waiters(key, most, bitset, wake);
}

int futex_requeue(std::uintptr_t address, bool shared, unsigned wake_most, unsigned move,
                  std::uintptr_t to, const std::uint32_t* expected) {
  futex_key from_key{};
  futex_key to_key{};
  int error = get_futex_key(address, shared, from_key);
  if (error == 0) error = get_futex_key(to, shared, to_key);
  if (error != 0) return error;
  std::uint32_t current = 0;
  if (expected != nullptr) {
    if (!get_user(current, address)) return -EFAULT;
    if (current != *expected) return -EAGAIN;
  }
  const int woken = for_waiters(from_key, wake_most, kFutexMatchAny, wake);
  if (from_key == to_key) return woken;
  return woken + for_waiters(from_key, move, kFutexMatchAny, [&](futex_q& q) { q.key = to_key; });
}

void futex_wake_one(std::uintptr_t address) {
  if (futex_wake(address, false, 1, kFutexMatchAny) == 0) {
    static_cast<void>(futex_wake(address, true, 1, kFutexMatchAny));
  }
}

namespace {

/// struct robust_list_head: a ring of locks in user memory.
struct robust_list_head {
  std::uintptr_t list;
  std::int64_t futex_offset;
  std::uintptr_t list_op_pending;
};

/// If the lock's word says that `task` owns it, marks it as left behind and wakes a waiter.
void handle_futex_death(const task_struct& task, std::uintptr_t address) {
  constexpr std::uint32_t kWaiters = 0x80000000;
  constexpr std::uint32_t kOwnerDied = 0x40000000;
  constexpr std::uint32_t kOwnerMask = 0x3fffffff;
  std::uint32_t word = 0;
  if (address % sizeof(word) != 0 || !get_user(word, address)) return;
  if ((word & kOwnerMask) != static_cast<std::uint32_t>(task.pid)) return;
  const bool waited_for = (word & kWaiters) != 0;
  if (!put_user(address, (word & kWaiters) | kOwnerDied)) return;
  if (waited_for) futex_wake_one(address);
}

}  // namespace

void futex_exit_release(task_struct& task) {
  constexpr unsigned kMostLocks = 2048;        // Linux: ROBUST_LIST_LIMIT
  constexpr std::uintptr_t kPriorityLock = 1;  // low bit of an entry: not supported, but masked
  const std::uintptr_t head_address = task.robust_list;
  task.robust_list = 0;
  robust_list_head head{};
  if (head_address == 0 || !get_user(head, head_address)) return;
  const auto release = [&](std::uintptr_t entry) {
    handle_futex_death(task, entry + static_cast<std::uint64_t>(head.futex_offset));
  };
  std::uintptr_t entry = head.list & ~kPriorityLock;
  const std::uintptr_t pending = head.list_op_pending & ~kPriorityLock;
  for (unsigned i = 0; i < kMostLocks && entry != head_address; ++i) {
    std::uintptr_t next = 0;
    const bool readable = get_user(next, entry);
    if (entry != pending) release(entry);
    if (!readable) break;
    entry = next & ~kPriorityLock;
  }
  if (pending != 0) release(pending);
}
