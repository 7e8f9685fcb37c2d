// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/exit.h"

#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/proc/fork.h"
#include "sw/kernel/proc/power_off.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/usage.h"
#include "sw/kernel/proc/wait.h"

namespace {

constexpr unsigned kSignalMask = 0x7f;

task_struct& sibling_of(list_head* node) {
  return *list_entry<task_struct, offsetof(task_struct, sibling)>(node);
}

void exit_mm(task_struct& task) {
  mm_struct* const mm = task.mm;
  if (mm == nullptr) return;
  mm_release(task);
  update_maxrss(task);
  account_current(task);
  task.mm = nullptr;
  leave_mm();
  mmput(mm);
}

void exit_files(task_struct& task) {
  files_struct* const files = task.files;
  fs_struct* const fs = task.fs;
  task.files = nullptr;
  task.fs = nullptr;
  put_files_struct(files);
  put_fs_struct(fs);
}

unsigned process_code(const task_struct& leader) {
  return leader.signal->group_exit ? leader.signal->group_exit_code : leader.exit_code;
}

/// Takes an ended task out of every list and gives its shared parts back. Its memory goes at once
/// if it is not the current task, else after the next switch.
void release_task(task_struct& task) {
  signal_struct& signal = *task.signal;
  if (task.group_leader == &task) {
    task.sibling.remove();
    add_usage(released_usage, process_usage(task));
  } else {
    add_usage(signal.ended_threads, thread_usage(task));
  }
  task.thread_node.remove();
  task.tasks.remove();
  flush_sigqueue(task.pending);
  put_signal(signal);
  put_sighand(*task.sighand);
  task.exit_state = EXIT_DEAD;
  if (&task != get_current()) free_dead_task(task);
}

siginfo child_info(const task_struct& leader, const task_usage& usage) {
  constexpr std::uint64_t kTick = 10'000'000;  // clock_t counts hundredths of a second
  const unsigned code = process_code(leader);
  const bool killed = (code & kSignalMask) != 0;
  siginfo info{};
  info.si_signo = leader.exit_signal;
  info.si_code = killed ? CLD_KILLED : CLD_EXITED;
  info.child.pid = leader.pid;
  info.child.status = static_cast<std::int32_t>(killed ? code & kSignalMask : code >> 8);
  info.child.utime = static_cast<std::int64_t>(ticks_to_ns(usage.runtime - usage.stime) / kTick);
  info.child.stime = static_cast<std::int64_t>(ticks_to_ns(usage.stime) / kTick);
  return info;
}

/// Tells the parent of a process that its last thread has ended. A parent that ignores SIGCHLD
/// leaves no zombie.
void notify_parent(task_struct& leader) {
  task_struct& parent = *leader.parent;
  const k_sigaction& action = parent.sighand->action[SIGCHLD - 1];
  const bool ignored = leader.exit_signal == SIGCHLD &&
                       (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0);
  if (leader.exit_signal > 0 && !(ignored && action.sa_handler == SIG_IGN)) {
    send_signal_to_process(parent, child_info(leader, process_usage(leader)));
  }
  wake_up(parent.signal->wait_chldexit);
  if (ignored) release_task(leader);
}

/// Gives the children of a process that has ended to the first process.
void forget_original_parent(task_struct& leader) {
  task_struct& reaper = *child_reaper();
  while (!leader.children.empty()) {
    task_struct& child = sibling_of(leader.children.next);
    child.sibling.remove();
    child.parent = &reaper;
    child.exit_signal = SIGCHLD;
    reaper.children.add_tail(child.sibling);
    if (child.exit_state == EXIT_ZOMBIE && child.signal->nr_threads == 0) notify_parent(child);
  }
}

void exit_notify(task_struct& task) {
  task_struct& leader = *task.group_leader;
  signal_struct& signal = *task.signal;
  const bool group_dead = signal.nr_threads == 0;
  if (group_dead) forget_original_parent(leader);
  task.exit_state = EXIT_ZOMBIE;
  wake_up(signal.wait_exec);
  if (&task != &leader) release_task(task);
  if (group_dead) notify_parent(leader);
}

/// Tells all other threads of the current process to end.
void zap_other_threads() {
  task_struct& task = *get_current();
  for_each_thread(*task.signal, [&](task_struct& thread) {
    if (&thread != &task && thread.exit_state == EXIT_NONE) kill_thread(thread);
  });
}

/// Makes the current thread its process's first one, in the place of `leader`, which has ended.
void become_leader(task_struct& task, task_struct& leader) {
  const int pid = task.pid;
  task.pid = leader.pid;
  leader.pid = pid;
  task.group_leader = &task;
  leader.group_leader = &task;
  task.parent = leader.parent;
  task.exit_signal = leader.exit_signal;
  leader.sibling.add(task.sibling);
  leader.sibling.remove();
  while (!leader.children.empty()) {
    task_struct& child = sibling_of(leader.children.next);
    child.sibling.remove();
    child.parent = &task;
    task.children.add_tail(child.sibling);
  }
  release_task(leader);
}

bool matches(const task_struct& child, int pid, unsigned options) {
  const bool clone_child = child.exit_signal != SIGCHLD;
  if ((options & __WALL) == 0 && clone_child != ((options & __WCLONE) != 0)) return false;
  if (pid > 0) return child.pid == pid;
  if (pid == -1) return true;
  return child.signal->pgrp == (pid == 0 ? get_current()->signal->pgrp : -pid);
}

wait_result reap(task_struct& child, unsigned options) {
  task_usage usage = process_usage(child);
  add_usage(usage, child.signal->children);
  const wait_result result = {child.pid, process_code(child), usage};
  if ((options & WNOWAIT) == 0) {
    add_usage(get_current()->signal->children, usage);
    release_task(child);
  }
  return result;
}

/// Looks for a child that has ended: -ECHILD if there is none at all, 0 if none has ended.
wait_result look_for_child(int pid, unsigned options) {
  list_head& children = get_current()->group_leader->children;
  wait_result result = {-ECHILD, 0, {}};
  for (list_head* node = children.next; node != &children; node = node->next) {
    task_struct& child = sibling_of(node);
    if (!matches(child, pid, options)) continue;
    if (child.exit_state == EXIT_ZOMBIE && child.signal->nr_threads == 0) {
      return reap(child, options);
    }
    result.pid = 0;
  }
  return result;
}

}  // namespace

void do_exit(unsigned code) {
  task_struct& task = *get_current();
  signal_struct& signal = *task.signal;
  task.exit_code = code;
  task.exiting = true;
  exit_mm(task);
  exit_files(task);
  const bool group_dead = --signal.nr_threads == 0;
  if (group_dead) {
    del_timer(signal.real_timer);
    if (task.tgid == child_reaper()->tgid) power_off(process_code(*task.group_leader));
  }
  exit_notify(task);
  task.state = TASK_DEAD;
  schedule();
  panic("a dead task runs");
}

void do_group_exit(unsigned code) {
  signal_struct& signal = *get_current()->signal;
  if (signal.group_exit) {
    code = signal.group_exit_code;
  } else {
    signal.group_exit = true;
    signal.group_exit_code = code;
    zap_other_threads();
  }
  do_exit(code);
}

int de_thread() {
  task_struct& task = *get_current();
  signal_struct& signal = *task.signal;
  if (signal.users == 1) return 0;
  if (signal.group_exit || signal.group_exec != nullptr) return -EAGAIN;
  signal.group_exec = &task;
  zap_other_threads();
  task_struct& leader = *task.group_leader;
  const auto alone = [&] {
    const bool leader_ended = &leader == &task || leader.exit_state == EXIT_ZOMBIE;
    return leader_ended && signal.nr_threads == 1 && signal.users == (&leader == &task ? 1 : 2);
  };
  const int error = wait_event_killable(signal.wait_exec, alone);
  signal.group_exec = nullptr;
  if (error != 0) return -EAGAIN;
  if (&leader != &task) become_leader(task, leader);
  return 0;
}

wait_result do_wait(int pid, unsigned options) {
  wait_result result{};
  const int error = wait_event_interruptible(get_current()->signal->wait_chldexit, [&] {
    result = look_for_child(pid, options);
    return result.pid != 0 || (options & WNOHANG) != 0;
  });
  return error == 0 ? result : wait_result{error, 0, {}};
}
