// SPDX-License-Identifier: Apache-2.0
#pragma once

// The end of tasks, and waiting for it.

#include <cstdint>

#include "sw/kernel/proc/task.h"

/// Ends the current thread. `code` is what wait() shall report if it is the last of its process:
/// exit status << 8, or the number of the signal that ended it. The end of the first process ends
/// the machine.
[[noreturn]] void do_exit(unsigned code);
/// Ends the current process with all of its threads.
[[noreturn]] void do_group_exit(unsigned code);
/// Ends all other threads of the current process and waits until they are gone; -EAGAIN if the
/// process is ending already.
[[nodiscard]] int de_thread();

// Options of wait4 and waitid.
inline constexpr unsigned WNOHANG = 1;
inline constexpr unsigned WUNTRACED = 2;
inline constexpr unsigned WEXITED = 4;
inline constexpr unsigned WCONTINUED = 8;
inline constexpr unsigned WNOWAIT = 0x01000000;
inline constexpr unsigned __WNOTHREAD = 0x20000000;
inline constexpr unsigned __WALL = 0x40000000;
inline constexpr unsigned __WCLONE = 0x80000000;

/// What wait() found.
struct wait_result {
  std::int64_t pid;  ///< of the child; 0: none has ended (WNOHANG); or -errno
  unsigned code;     ///< as do_exit() got it
  task_usage usage;  ///< of the child and those it has waited for
};
/// Waits for the end of a child. `pid` > 0: that one; -1: any; 0: any of the own process group;
/// < -1: any of group -pid.
[[nodiscard]] wait_result do_wait(int pid, unsigned options);
