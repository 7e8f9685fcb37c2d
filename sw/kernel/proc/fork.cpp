// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/fork.h"

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/proc/futex.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/wait.h"

extern "C" void ret_from_fork();

namespace {

constexpr std::uint64_t kSupported = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                     CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM |
                                     CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
                                     CLONE_DETACHED | CLONE_CHILD_SETTID | CLONE_CLEAR_SIGHAND;

bool valid_flags(std::uint64_t flags) {
  const auto needs = [flags](std::uint64_t flag, std::uint64_t other) {
    return (flags & flag) == 0 || (flags & other) != 0;
  };
  return (flags & ~kSupported) == 0 && needs(CLONE_THREAD, CLONE_SIGHAND) &&
         needs(CLONE_SIGHAND, CLONE_VM) &&
         (flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) != (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND);
}

bool copy_files(task_struct& child, std::uint64_t flags) {
  files_struct* const files = get_current()->files;
  if ((flags & CLONE_FILES) != 0) {
    ++files->count;
    child.files = files;
  } else {
    child.files = dup_fd(*files);
  }
  return child.files != nullptr;
}

bool copy_fs(task_struct& child, std::uint64_t flags) {
  fs_struct* const fs = get_current()->fs;
  if ((flags & CLONE_FS) != 0) {
    ++fs->users;
    child.fs = fs;
  } else {
    child.fs = copy_fs_struct(*fs);
  }
  return child.fs != nullptr;
}

bool copy_sighand(task_struct& child, std::uint64_t flags) {
  sighand_struct* const parent = get_current()->sighand;
  if ((flags & CLONE_SIGHAND) != 0) {
    ++parent->users;
    child.sighand = parent;
    return true;
  }
  child.sighand = alloc_sighand();
  if (child.sighand == nullptr) return false;
  std::memcpy(child.sighand->action, parent->action, sizeof(parent->action));
  if ((flags & CLONE_CLEAR_SIGHAND) != 0) flush_signal_handlers(*child.sighand);
  return true;
}

bool copy_signal(task_struct& child, std::uint64_t flags) {
  signal_struct* const parent = get_current()->signal;
  if ((flags & CLONE_THREAD) != 0) {
    ++parent->users;
    ++parent->nr_threads;
    child.signal = parent;
    return true;
  }
  child.signal = alloc_signal();
  if (child.signal == nullptr) return false;
  std::memcpy(child.signal->rlim, parent->rlim, sizeof(parent->rlim));
  child.signal->pgrp = parent->pgrp;
  child.signal->session = parent->session;
  return true;
}

bool copy_mm(task_struct& child, std::uint64_t flags) {
  mm_struct* const mm = get_current()->mm;
  if (mm == nullptr) return true;
  if ((flags & CLONE_VM) != 0) {
    ++mm->mm_users;
    child.mm = mm;
  } else {
    child.mm = dup_mm(*mm);
  }
  return child.mm != nullptr;
}

/// Undoes what copy_process() has done so far.
void free_copies(task_struct& child, std::uint64_t flags) {
  if (child.mm != nullptr) mmput(child.mm);
  if (child.signal != nullptr) {
    if ((flags & CLONE_THREAD) != 0) --child.signal->nr_threads;
    put_signal(*child.signal);
  }
  if (child.sighand != nullptr) put_sighand(*child.sighand);
  if (child.fs != nullptr) put_fs_struct(child.fs);
  if (child.files != nullptr) put_files_struct(child.files);
  free_task(child);
}

/// The registers with which the child begins.
void copy_thread(task_struct& child, const kernel_clone_args& args) {
  pt_regs& regs = *task_pt_regs(child);
  child.thread.ra = reinterpret_cast<std::uintptr_t>(ret_from_fork);
  child.thread.sp = reinterpret_cast<std::uintptr_t>(&regs);
  if (args.fn != nullptr) {
    regs = {};
    child.thread.s[0] = reinterpret_cast<std::uintptr_t>(args.fn);
    child.thread.s[1] = reinterpret_cast<std::uintptr_t>(args.fn_arg);
    return;
  }
  task_struct& parent = *get_current();
  save_fp_state(parent);
  child.thread.fstate = parent.thread.fstate;
  regs = *task_pt_regs(parent);
  regs.a0 = 0;
  if (args.stack != 0) regs.sp = args.stack;
  if ((args.flags & CLONE_SETTLS) != 0) regs.tp = args.tls;
}

void copy_attributes(task_struct& child, const kernel_clone_args& args) {
  const task_struct& parent = *get_current();
  std::memcpy(child.comm, parent.comm, sizeof(child.comm));
  child.blocked = parent.blocked;
  child.pending.list.init();
  child.children.init();
  child.start_time = ktime_get();
  if ((args.flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) {
    child.sas_ss_sp = parent.sas_ss_sp;
    child.sas_ss_size = parent.sas_ss_size;
  }
  child.clear_child_tid = (args.flags & CLONE_CHILD_CLEARTID) != 0 ? args.child_tid : 0;
}

/// Gives the child its number and its place among the tasks.
void link_task(task_struct& child, int pid, const kernel_clone_args& args) {
  task_struct& leader = *get_current()->group_leader;
  const bool thread = (args.flags & CLONE_THREAD) != 0;
  child.pid = pid;
  child.tgid = thread ? leader.pid : pid;
  child.group_leader = thread ? &leader : &child;
  child.exit_signal = thread ? -1 : args.exit_signal;
  child.parent = thread || (args.flags & CLONE_PARENT) != 0 ? leader.parent : &leader;
  if (!thread) child.parent->children.add_tail(child.sibling);
  child.signal->threads.add_tail(child.thread_node);
  all_tasks.add_tail(child.tasks);
}

/// A copy of the current task that is linked and does not run yet; null: `error` says why.
task_struct* copy_process(const kernel_clone_args& args, int& error) {
  error = -ENOMEM;
  task_struct* const child = alloc_task();
  if (child == nullptr) return nullptr;
  if (copy_files(*child, args.flags) && copy_fs(*child, args.flags) &&
      copy_sighand(*child, args.flags) && copy_signal(*child, args.flags) &&
      copy_mm(*child, args.flags)) {
    const int pid = alloc_pid();
    if (pid > 0) {
      copy_thread(*child, args);
      copy_attributes(*child, args);
      link_task(*child, pid, args);
      return child;
    }
    error = pid;
  }
  free_copies(*child, args.flags);
  return nullptr;
}

/// Waits until the child has left the parent's address space. A parent that is killed goes first.
void wait_for_vfork_done(task_struct& child, completion& vfork) {
  if (wait_event_killable(vfork.wait, [&] { return vfork.done; }) != 0) child.vfork_done = nullptr;
}

}  // namespace

std::int64_t kernel_clone(const kernel_clone_args& args) {
  if (!valid_flags(args.flags)) return -EINVAL;
  // The first process has no parent that would wait for its sibling.
  if ((args.flags & CLONE_PARENT) != 0 && get_current()->tgid == child_reaper()->tgid) {
    return -EINVAL;
  }
  int error = 0;
  task_struct* const child = copy_process(args, error);
  if (child == nullptr) return error;
  const int pid = child->pid;
  if ((args.flags & CLONE_PARENT_SETTID) != 0) static_cast<void>(put_user(args.parent_tid, pid));
  if ((args.flags & CLONE_CHILD_SETTID) != 0) child->set_child_tid = args.child_tid;
  completion vfork{};
  if ((args.flags & CLONE_VFORK) != 0) child->vfork_done = &vfork;
  wake_up_new_task(*child);
  if ((args.flags & CLONE_VFORK) != 0) wait_for_vfork_done(*child, vfork);
  return pid;
}

void mm_release(task_struct& task) {
  futex_exit_release(task);
  if (task.clear_child_tid != 0) {
    // Nobody looks if this was the last thread.
    if (task.mm->mm_users > 1 && put_user(task.clear_child_tid, 0)) {
      futex_wake_one(task.clear_child_tid);
    }
    task.clear_child_tid = 0;
  }
  if (task.vfork_done != nullptr) {
    complete(*task.vfork_done);
    task.vfork_done = nullptr;
  }
}
