// SPDX-License-Identifier: Apache-2.0
#pragma once

// A task: a process, or a thread of one. What threads share is in structures of their own with a
// count of users: address space, open files, current directory, signal handlers (sighand_struct),
// and what belongs to the process as a whole (signal_struct). Names are Linux's.

#include <cstddef>
#include <cstdint>

#include "sw/kernel/arch/riscv/asm_offsets.h"
#include "sw/kernel/arch/riscv/layout.h"
#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/arch/riscv/switch_to.h"
#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/proc/signal_types.h"
#include "sw/lib/list.h"

struct files_struct;
struct fs_struct;
struct completion;

/// What a task does: runnable, or asleep until woken. The values of sleeping states are bits, so
/// that a wake-up can name those it is for.
enum task_state : std::uint32_t {
  TASK_RUNNING = 0,          ///< on the hart or in the queue
  TASK_INTERRUPTIBLE = 1,    ///< asleep; any signal ends it
  TASK_UNINTERRUPTIBLE = 2,  ///< asleep; only what it waits for ends it
  TASK_KILLABLE = 4,         ///< asleep; a signal that kills ends it too
  TASK_DEAD = 8,             ///< never runs again
};

/// Whether a task that has ended still waits for its parent's wait().
enum exit_state : std::uint32_t { EXIT_NONE = 0, EXIT_ZOMBIE = 1, EXIT_DEAD = 2 };

/// Bits of task_struct::work: what to do before going back to user mode.
enum task_work : std::uint32_t {
  TIF_SIGPENDING = 1,    ///< a signal may be to deliver
  TIF_NEED_RESCHED = 2,  ///< the slice is over
};

struct task_struct {
  // Known to assembly by offset.
  std::uintptr_t kernel_sp;  ///< where the next trap from the program puts its registers
  std::uintptr_t user_sp;    ///< the interrupted code's sp, between two instructions of the entry
  std::uint32_t work;        ///< task_work bits; nonzero: do_notify_resume before user mode
  std::uint32_t state;       ///< task_state
  mm_struct* mm;             ///< null: none, the task is the kernel's alone
  thread_struct thread;      ///< registers while it is not on the hart

  std::uint32_t exit_state;
  bool exiting;  ///< on its way through do_exit()
  int pid;       ///< number of the thread
  int tgid;      ///< number of the process: that of its first thread
  task_struct* group_leader;
  task_struct* parent;    ///< the first thread of the process that waits for this one
  list_head children;     ///< of group leaders: their processes (task_struct::sibling)
  list_head sibling;      ///< in parent's children
  list_head thread_node;  ///< in signal_struct::threads
  list_head tasks;        ///< in the list of all tasks
  list_head run_list;     ///< in the queue of runnable tasks
  int exit_signal;        ///< sent to the parent at the end; -1: a thread that is not the leader
  unsigned exit_code;     ///< as wait() reports it: status << 8, or the signal

  files_struct* files;  ///< null once it has ended
  fs_struct* fs;
  std::uint8_t* stack;  ///< KERNEL_STACK_SIZE bytes; the lowest word is a canary

  signal_struct* signal;    ///< of the process
  sighand_struct* sighand;  ///< handlers
  sigset_t blocked;         ///< signals that wait until they are unblocked
  sigset_t real_blocked;    ///< of those, what sigtimedwait() waits for meanwhile
  sigset_t saved_sigmask;   ///< what sigsuspend puts back, if restore_sigmask
  bool restore_sigmask;
  sigpending pending;                     ///< for this thread only
  std::uintptr_t sas_ss_sp, sas_ss_size;  ///< alternate stack; size 0: none

  std::uintptr_t set_child_tid;    ///< CLONE_CHILD_SETTID: where the child writes its number
  std::uintptr_t clear_child_tid;  ///< where the end writes 0 and wakes a futex
  std::uintptr_t robust_list;      ///< of the program's locks, freed at the end
  completion* vfork_done;          ///< what the parent waits for, until mm_release()
  std::uint64_t restart_expires;   ///< when an interrupted nanosleep ends (restart_syscall)
  unsigned memalloc_flags;         ///< see current_memalloc_flags() of sw/kernel/mm/arch.h

  // The memory core counts faults per address space; what was added to its counters while the task
  // was on the hart is the task's.
  std::uint64_t min_flt, maj_flt;        ///< up to mm_min_flt and mm_maj_flt
  std::uint64_t mm_min_flt, mm_maj_flt;  ///< the address space's counters when last looked at
  std::uint64_t sum_exec_runtime;        ///< time on the hart up to exec_start, in ticks
  std::uint64_t stime;                   ///< of it in system calls, in ticks
  std::uint64_t exec_start;              ///< time counter when it came to the hart last
  std::uint64_t nvcsw, nivcsw;           ///< switches it asked for, and others
  std::uint64_t start_time;              ///< nanoseconds since the start of the machine
  char comm[16];                         ///< name of the program
};
static_assert(offsetof(task_struct, kernel_sp) == TASK_KERNEL_SP);
static_assert(offsetof(task_struct, user_sp) == TASK_USER_SP);
static_assert(offsetof(task_struct, work) == TASK_WORK);
static_assert(offsetof(task_struct, thread) == TASK_THREAD);

/// The boot task, which becomes the idle task (number 0).
extern "C" task_struct init_task;

/// The task that runs on this hart.
[[nodiscard]] inline task_struct* get_current() {
  task_struct* task;
  asm("mv %0, tp" : "=r"(task));
  return task;
}

/// Where the registers of a task's program lie while it is in the kernel.
[[nodiscard]] inline pt_regs* task_pt_regs(const task_struct& task) {
  return reinterpret_cast<pt_regs*>(task.stack + KERNEL_STACK_SIZE) - 1;
}

/// The task with number `pid`, or null.
[[nodiscard]] task_struct* find_task_by_vpid(int pid);
/// The process with number `pid` (its leader), or null.
[[nodiscard]] task_struct* find_process(int pid);
/// The first process, once it exists.
[[nodiscard]] task_struct* child_reaper();
/// All tasks, threads included (task_struct::tasks); the idle task is not among them.
extern list_head all_tasks;

/// Calls `visit(task)` for every task of `all_tasks`; it must not change the list.
template <typename Visit>
void for_each_task(Visit visit) {
  for (list_head* node = all_tasks.next; node != &all_tasks; node = node->next) {
    visit(*list_entry<task_struct, offsetof(task_struct, tasks)>(node));
  }
}

/// Calls `visit(thread)` for every thread of a process, ended ones included as long as they exist.
template <typename Visit>
void for_each_thread(signal_struct& signal, Visit visit) {
  for (list_head* node = signal.threads.next; node != &signal.threads;) {
    task_struct& thread = *list_entry<task_struct, offsetof(task_struct, thread_node)>(node);
    node = node->next;
    visit(thread);
  }
}
