// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory and numbers of tasks.

#include "sw/kernel/proc/task.h"

/// Prepares the caches of tasks. Called once at boot.
void tasks_init();

/// Memory for a task with a kernel stack, all zero but for the stack's canary; null: out of memory.
[[nodiscard]] task_struct* alloc_task();
/// Gives back a task that has never run.
void free_task(task_struct& task);
/// Frees the stack of a task that has ended, and the rest too if nobody waits for it (EXIT_DEAD).
/// Never the current task.
void free_dead_task(task_struct& task);
/// Whether nothing has been written to the end of the task's kernel stack.
[[nodiscard]] bool stack_is_intact(const task_struct& task);

/// A number that no task, process group or session has; -EAGAIN: all are taken.
[[nodiscard]] int alloc_pid();

/// New structures with one user, zeroed; null: out of memory. They are freed by kfree().
[[nodiscard]] signal_struct* alloc_signal();
[[nodiscard]] sighand_struct* alloc_sighand();
/// Gives a user back.
void put_sighand(sighand_struct& sighand);
void put_signal(signal_struct& signal);
