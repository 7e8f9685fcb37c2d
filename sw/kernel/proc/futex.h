// SPDX-License-Identifier: Apache-2.0
#pragma once

// Futexes: sleeping on a word of user memory. A word is known by its address in its address space,
// or, in memory that is mapped shared, by its place in the file.

#include <cstdint>

#include "sw/kernel/proc/task.h"

/// Matches every waiter (FUTEX_BITSET_MATCH_ANY).
inline constexpr std::uint32_t kFutexMatchAny = ~std::uint32_t{0};

/// Sleeps on the word at `address` if it holds `value`, until woken with a bit of `bitset`, until
/// the time `expires` (nanoseconds since the start of the machine; ~0: never) or a signal. Returns
/// 0, -EAGAIN, -ETIMEDOUT, -ERESTARTSYS, -EFAULT or -EINVAL.
[[nodiscard]] int futex_wait(std::uintptr_t address, bool shared, std::uint32_t value,
                             std::uint32_t bitset, std::uint64_t expires);
/// Wakes up to `most` tasks that sleep on the word with a bit of `bitset`. Returns how many, or
/// -errno.
[[nodiscard]] int futex_wake(std::uintptr_t address, bool shared, unsigned most,
                             std::uint32_t bitset);
/// Wakes up to `wake` tasks and lets up to `move` others sleep on the word at `to` instead. If
/// `expected` is given, the word at `address` must hold it (else -EAGAIN). Returns how many tasks
/// were woken or moved, or -errno.
[[nodiscard]] int futex_requeue(std::uintptr_t address, bool shared, unsigned wake, unsigned move,
                                std::uintptr_t to, const std::uint32_t* expected);

/// Wakes one task that sleeps on a word, private or shared, as the end of a thread does.
void futex_wake_one(std::uintptr_t address);
/// Marks the program's locks that the ending task holds (set_robust_list) as left behind.
void futex_exit_release(task_struct& task);
