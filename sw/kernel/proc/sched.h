// SPDX-License-Identifier: Apache-2.0
#pragma once

// The scheduler: one hart, round robin, every task alike. Tasks change only inside schedule(),
// which a task calls when it sleeps, yields or ends, or on its way back to user mode when its slice
// is over. The clock interrupts only while a second task wants to run or a timer is due: a program
// that is alone is never disturbed.

#include <cstdint>

#include "sw/kernel/proc/task.h"

/// Length of a slice (Linux: RR_TIMESLICE is 100 ms; its fair scheduler switches every 3 to 24 ms).
inline constexpr std::uint64_t kSliceNanoseconds = 10'000'000;

/// Gives the hart to the next runnable task, or to the idle task; returns when the current task's
/// turn comes again. The current task stays runnable if its state is TASK_RUNNING. Panics if its
/// kernel stack has overflowed.
void schedule();
/// Makes a sleeping task runnable if its state is one of `states`; false if it was none of them.
bool wake_up_state(task_struct& task, std::uint32_t states);
/// Makes a sleeping task runnable, whatever it waits for; false if it did not sleep.
bool wake_up_process(task_struct& task);
/// Puts a task that has never run into the queue.
void wake_up_new_task(task_struct& task);

/// Lets the other runnable tasks go first.
void yield();
/// Whether the current task's slice is over; called by the clock's interrupt.
void scheduler_tick();
/// The boot task's life after boot: waits for interrupts while nobody can run.
[[noreturn]] void cpu_idle();

/// Processor time that a task has used up to now, in ticks of the time counter.
[[nodiscard]] std::uint64_t task_sched_runtime(const task_struct& task);
/// Adds the faults and the time since the task came to the hart to its counters. `task` is the
/// current one; called before its address space changes.
void account_current(task_struct& task);

/// The first step of a new task, called by the assembly that starts it: ends the switch from `prev`
/// and writes the number that CLONE_CHILD_SETTID promised.
extern "C" void schedule_tail(task_struct* prev);
