// SPDX-License-Identifier: Apache-2.0
#pragma once

// Times and faults of threads, processes and of all there were.

#include "sw/kernel/proc/task.h"

/// Adds `more` to `sum`; of the largest resident sizes, the larger one stays.
void add_usage(task_usage& sum, const task_usage& more);
/// What a thread has used up to now.
[[nodiscard]] task_usage thread_usage(const task_struct& thread);
/// What a process has used up to now: all of its threads, also those that have ended.
[[nodiscard]] task_usage process_usage(const task_struct& process);
/// What all processes have used that exist no more.
extern task_usage released_usage;
/// What all processes have used since the start.
[[nodiscard]] task_usage total_usage();

/// Notes the current size of a process's memory if it is the largest so far. The counters tell no
/// maximum of their own, so this is called where memory is given up and where the maximum is asked
/// for.
void update_maxrss(task_struct& task);
