// SPDX-License-Identifier: Apache-2.0
#pragma once

// Making tasks: processes with a copy of the address space, threads that share it, and the kernel's
// own first task.

#include <cstdint>

#include "sw/kernel/proc/task.h"

/// Flags of clone (include/uapi/linux/sched.h).
enum clone_flag : std::uint64_t {
  CSIGNAL = 0xff,  ///< the signal that the parent gets when the child ends
  CLONE_VM = 0x100,
  CLONE_FS = 0x200,
  CLONE_FILES = 0x400,
  CLONE_SIGHAND = 0x800,
  CLONE_VFORK = 0x4000,
  CLONE_PARENT = 0x8000,
  CLONE_THREAD = 0x10000,
  CLONE_SYSVSEM = 0x40000,
  CLONE_SETTLS = 0x80000,
  CLONE_PARENT_SETTID = 0x100000,
  CLONE_CHILD_CLEARTID = 0x200000,
  CLONE_DETACHED = 0x400000,
  CLONE_CHILD_SETTID = 0x1000000,
  CLONE_CLEAR_SIGHAND = 0x100000000,  ///< of clone3 only
};

/// What a new task shall be.
struct kernel_clone_args {
  std::uint64_t flags;        ///< clone_flag bits without the signal
  int exit_signal;            ///< 0: none
  std::uintptr_t stack;       ///< its first stack pointer; 0: that of the caller
  std::uintptr_t tls;         ///< with CLONE_SETTLS
  std::uintptr_t parent_tid;  ///< with CLONE_PARENT_SETTID
  std::uintptr_t child_tid;   ///< with CLONE_CHILD_SETTID or CLONE_CHILD_CLEARTID
  int (*fn)(void*);           ///< not null: the task starts in the kernel with this call
  void* fn_arg;
};

/// Makes a task as the current one's child and lets it run. Returns its number or -errno (EINVAL
/// for flags that contradict each other or are not supported, EAGAIN at a limit, ENOMEM). With
/// CLONE_VFORK it returns once the child has left the address space.
[[nodiscard]] std::int64_t kernel_clone(const kernel_clone_args& args);

/// Before the current task leaves its address space, for another one or for none: frees the locks
/// that its program holds, stores the 0 that CLONE_CHILD_CLEARTID promised, and releases whoever
/// waits in vfork.
void mm_release(task_struct& task);
