// SPDX-License-Identifier: Apache-2.0
#pragma once

// The nouns of signals: numbers, what a process has asked for each, what is pending. Values and
// layouts are Linux's (asm-generic/signal.h, siginfo.h).

#include <cstdint>

#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/wait_types.h"
#include "sw/lib/list.h"

inline constexpr int SIGHUP = 1;
inline constexpr int SIGINT = 2;
inline constexpr int SIGQUIT = 3;
inline constexpr int SIGILL = 4;
inline constexpr int SIGTRAP = 5;
inline constexpr int SIGABRT = 6;
inline constexpr int SIGBUS = 7;
inline constexpr int SIGFPE = 8;
inline constexpr int SIGKILL = 9;
inline constexpr int SIGSEGV = 11;
inline constexpr int SIGPIPE = 13;
inline constexpr int SIGALRM = 14;
inline constexpr int SIGCHLD = 17;
inline constexpr int SIGCONT = 18;
inline constexpr int SIGSTOP = 19;
inline constexpr int SIGTSTP = 20;
inline constexpr int SIGTTIN = 21;
inline constexpr int SIGTTOU = 22;
inline constexpr int SIGURG = 23;
inline constexpr int SIGXFSZ = 25;
inline constexpr int SIGVTALRM = 26;
inline constexpr int SIGPROF = 27;
inline constexpr int SIGWINCH = 28;
inline constexpr int SIGSYS = 31;
/// The first of the real-time signals, of which several may be pending.
inline constexpr int SIGRTMIN = 32;
inline constexpr int NSIG = 64;

// siginfo::si_code.
inline constexpr int SI_USER = 0;
inline constexpr int SI_KERNEL = 0x80;
inline constexpr int SI_TKILL = -6;
inline constexpr int ILL_ILLOPC = 1;
inline constexpr int TRAP_BRKPT = 1;
inline constexpr int BUS_ADRALN = 1;
inline constexpr int BUS_ADRERR = 2;
inline constexpr int SEGV_MAPERR = 1;
inline constexpr int SEGV_ACCERR = 2;
inline constexpr int CLD_EXITED = 1;
inline constexpr int CLD_KILLED = 2;
inline constexpr int CLD_DUMPED = 3;

// k_sigaction::sa_flags.
inline constexpr std::uint64_t SA_NOCLDSTOP = 1;
inline constexpr std::uint64_t SA_NOCLDWAIT = 2;
inline constexpr std::uint64_t SA_SIGINFO = 4;
inline constexpr std::uint64_t SA_ONSTACK = 0x08000000;
inline constexpr std::uint64_t SA_RESTART = 0x10000000;
inline constexpr std::uint64_t SA_NODEFER = 0x40000000;
inline constexpr std::uint64_t SA_RESETHAND = 0x80000000;

/// stack_t::ss_flags: nothing is set; a handler runs on it.
inline constexpr std::uint32_t SS_ONSTACK = 1;
inline constexpr std::uint32_t SS_DISABLE = 2;
/// Least size of an alternate stack (asm-generic/signal.h).
inline constexpr std::uint64_t MINSIGSTKSZ = 2048;
/// stack_t.
struct user_stack {
  std::uintptr_t ss_sp;
  std::uint32_t ss_flags;
  std::uint32_t padding;
  std::uint64_t ss_size;
};

/// Handlers that are no address.
inline constexpr std::uintptr_t SIG_DFL = 0;
inline constexpr std::uintptr_t SIG_IGN = 1;

/// A set of signals; bit n - 1 stands for signal n.
using sigset_t = std::uint64_t;
[[nodiscard]] constexpr sigset_t sigmask(int signal) {
  return sigset_t{1} << (signal - 1);
}
/// Signals that nobody can block, ignore or catch.
inline constexpr sigset_t kUnblockable = sigmask(SIGKILL) | sigmask(SIGSTOP);

/// What a handler is told of its signal (siginfo_t of RV64: 128 bytes).
struct siginfo {
  std::int32_t si_signo;
  std::int32_t si_errno;
  std::int32_t si_code;
  std::int32_t padding;
  union {
    struct {
      std::int32_t pid;
      std::uint32_t uid;
      std::uint64_t value;  ///< of rt_sigqueueinfo
    } sender;               ///< kill, tgkill
    struct {
      std::int32_t pid;
      std::uint32_t uid;
      std::int32_t status;
      std::int64_t utime, stime;
    } child;                  ///< SIGCHLD
    std::uintptr_t si_addr;   ///< SIGSEGV, SIGBUS, SIGILL, SIGTRAP
    std::uint8_t bytes[112];  ///< completes the structure
  };
};
static_assert(sizeof(siginfo) == 128);

/// What a process wants to happen for a signal (struct sigaction of RV64: no restorer).
struct k_sigaction {
  std::uintptr_t sa_handler;
  std::uint64_t sa_flags;
  sigset_t sa_mask;
};

/// Signals that have been sent and not delivered.
struct sigpending {
  list_head list;  ///< of sigqueue, in the order of their arrival
  unsigned count;  ///< its length
  sigset_t signal;
};

/// The handlers of a process.
struct sighand_struct {
  std::int32_t users;
  k_sigaction action[NSIG];
};

/// Resources with a limit (RLIMIT_...).
enum rlimit_resource : unsigned {
  RLIMIT_CPU = 0,
  RLIMIT_FSIZE = 1,
  RLIMIT_DATA = 2,
  RLIMIT_STACK = 3,
  RLIMIT_CORE = 4,
  RLIMIT_NPROC = 6,
  RLIMIT_NOFILE = 7,
  RLIMIT_AS = 9,
  RLIM_NLIMITS = 16
};
/// struct rlimit64.
struct rlimit64 {
  std::uint64_t rlim_cur;
  std::uint64_t rlim_max;
};

/// Times and faults, summed up (struct rusage, as far as it is kept).
struct task_usage {
  std::uint64_t runtime;  ///< on the hart, in ticks of the time counter
  std::uint64_t stime;    ///< of it in system calls
  std::uint64_t min_flt, maj_flt;
  std::uint64_t nvcsw, nivcsw;
  std::uint64_t maxrss;  ///< pages
};

struct task_struct;

/// What belongs to a process as a whole.
struct signal_struct {
  std::int32_t users;       ///< tasks that exist, zombies included
  std::int32_t nr_threads;  ///< tasks that have not ended
  list_head threads;        ///< task_struct::thread_node
  sigpending shared_pending;
  bool group_exit;                ///< all threads are to end, with
  unsigned group_exit_code;       ///< this code
  task_struct* group_exec;        ///< the thread in execve that waits to be the last
  wait_queue_head wait_exec;      ///< where it waits
  wait_queue_head wait_chldexit;  ///< threads in wait()
  int pgrp, session;
  rlimit64 rlim[RLIM_NLIMITS];
  task_usage ended_threads;  ///< of threads that are gone; the largest size of the process
  task_usage children;       ///< of processes that have been waited for
  timer real_timer;          ///< of setitimer(ITIMER_REAL)
  std::uint64_t real_interval;
};
