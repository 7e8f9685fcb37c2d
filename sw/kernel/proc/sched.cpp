// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/sched.h"

#include "sw/kernel/arch/riscv/clock.h"
#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/kernel/proc/timer.h"

namespace {

constexpr std::uint64_t kNoSlice = ~std::uint64_t{0};

/// Runnable tasks that are not on the hart, in the order of their turns.
list_head run_queue = {&run_queue, &run_queue};

bool is_idle(const task_struct& task) {
  return &task == &init_task;
}

void enqueue(task_struct& task) {
  if (run_queue.empty() && !is_idle(*get_current())) set_slice_end(ktime_get() + kSliceNanoseconds);
  run_queue.add_tail(task.run_list);
}

task_struct& pick_next() {
  if (run_queue.empty()) return init_task;
  list_head* const first = run_queue.next;
  first->remove();
  return *list_entry<task_struct, offsetof(task_struct, run_list)>(first);
}

/// Notes the faults and the time that `task` begins with.
void begin_accounting(task_struct& task, std::uint64_t now) {
  task.exec_start = now;
  task.mm_min_flt = task.mm == nullptr ? 0 : task.mm->min_flt;
  task.mm_maj_flt = task.mm == nullptr ? 0 : task.mm->maj_flt;
}

/// In the task that runs now: frees what a dead predecessor has left.
void finish_task_switch(task_struct& prev) {
  if (prev.state == TASK_DEAD) free_dead_task(prev);
}

void context_switch(task_struct& prev, task_struct& next) {
  account_current(prev);
  begin_accounting(next, read_time());
  if (prev.mm != nullptr) save_fp_state(prev);
  if (next.mm != nullptr) {
    switch_mm(*next.mm);
    restore_fp_state(next);
  }
  finish_task_switch(*__switch_to(&prev, &next));
}

}  // namespace

void schedule() {
  task_struct& prev = *get_current();
  if (!stack_is_intact(prev)) {
    panic("the kernel stack of %s[%d] has overflowed", prev.comm, prev.pid);
  }
  const bool runnable = prev.state == TASK_RUNNING;
  if (is_idle(prev) && !runnable) panic("the boot task cannot sleep");
  if (runnable && !is_idle(prev)) run_queue.add_tail(prev.run_list);
  prev.work &= ~TIF_NEED_RESCHED;
  task_struct& next = pick_next();
  set_slice_end(run_queue.empty() ? kNoSlice : ktime_get() + kSliceNanoseconds);
  if (&next == &prev) return;
  ++(runnable ? prev.nivcsw : prev.nvcsw);
  context_switch(prev, next);
}

void schedule_tail(task_struct* prev) {
  finish_task_switch(*prev);
  const task_struct& task = *get_current();
  // A bad address is the program's own affair, as on Linux.
  if (task.set_child_tid != 0) static_cast<void>(put_user(task.set_child_tid, task.pid));
}

bool wake_up_state(task_struct& task, std::uint32_t states) {
  if ((task.state & states) == 0) return false;
  task.state = TASK_RUNNING;
  // A task that is still on its way to schedule() has not left the hart.
  if (&task != get_current()) enqueue(task);
  return true;
}

bool wake_up_process(task_struct& task) {
  return wake_up_state(task, TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE | TASK_KILLABLE);
}

void wake_up_new_task(task_struct& task) {
  task.state = TASK_RUNNING;
  enqueue(task);
}

void yield() {
  if (!run_queue.empty()) schedule();
}

void scheduler_tick() {
  get_current()->work |= TIF_NEED_RESCHED;
}

void cpu_idle() {
  for (;;) {
    while (run_queue.empty()) wait_for_interrupt();
    schedule();
  }
}

std::uint64_t task_sched_runtime(const task_struct& task) {
  const bool running = &task == get_current();
  return task.sum_exec_runtime + (running ? read_time() - task.exec_start : 0);
}

void account_current(task_struct& task) {
  const std::uint64_t now = read_time();
  task.sum_exec_runtime += now - task.exec_start;
  if (task.mm != nullptr) {
    task.min_flt += task.mm->min_flt - task.mm_min_flt;
    task.maj_flt += task.mm->maj_flt - task.mm_maj_flt;
  }
  begin_accounting(task, now);
}
