// SPDX-License-Identifier: Apache-2.0
#pragma once

// Signals: sending, choosing what to deliver, default actions. The frame on the program's stack is
// the architecture's (sw/kernel/arch/riscv/signal.h). Stopping and continuing (SIGSTOP and its
// like) is not supported: these signals have no effect.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/proc/signal_types.h"
#include "sw/kernel/proc/task.h"

/// A signal to be delivered, taken from those pending.
struct ksignal {
  int sig;  ///< 0: none
  siginfo info;
  k_sigaction action;
};

/// Sends `info.si_signo` to a process: any of its threads may take it.
void send_signal_to_process(task_struct& process, const siginfo& info);
/// Sends `info.si_signo` to one thread.
void send_signal_to_thread(task_struct& thread, const siginfo& info);
/// Sends a signal from the kernel to the current thread (SIGPIPE, for instance).
void send_signal(int signal);
/// Sends SIGKILL to a process.
void kill_process(task_struct& process);
/// Lets one thread end on its way back to user mode; what its process's end shall be is said
/// elsewhere (signal_struct::group_exit, group_exec).
void kill_thread(task_struct& thread);
/// Names on the console what a program has done that ends it.
void report_fault(const task_struct& task, const pt_regs& regs, const siginfo& info);
/// Sends the current thread a signal that its own instruction has raised, which cannot be blocked
/// or ignored: without a handler, or with the signal blocked, it ends the process, and is reported.
/// `address` becomes si_addr.
void force_sig_fault(const pt_regs& regs, int signal, int code, std::uintptr_t address);
/// As force_sig_fault for a frame that could not be written or read back: SIGSEGV.
void force_sigsegv(int signal);

/// Whether the task has something to deliver.
[[nodiscard]] inline bool signal_pending(const task_struct& task) {
  return (task.work & TIF_SIGPENDING) != 0;
}
/// Whether the task is being killed.
[[nodiscard]] bool fatal_signal_pending(const task_struct& task);
/// Whether a signal ends a sleep in `state`.
[[nodiscard]] bool signal_pending_state(std::uint32_t state, const task_struct& task);

/// Takes the next signal of the current task that has a handler; acts on the others meanwhile: may
/// end the process. False: nothing is left to deliver.
[[nodiscard]] bool get_signal(ksignal& next);
/// After a frame has been written: blocks what the handler wants blocked.
void signal_delivered(const ksignal& delivered);

/// Sets the mask of blocked signals of the current task.
void set_current_blocked(sigset_t blocked);
/// Takes one of `wanted` from the current task's pending signals, blocked or not; 0: none is there.
int dequeue_signal(task_struct& task, sigset_t wanted, siginfo& info);
/// All signals pending for the current task, its process's included.
[[nodiscard]] sigset_t pending_signals(const task_struct& task);
/// Works TIF_SIGPENDING out again, after the mask or the pending signals have changed.
void recalc_sigpending();

/// Whether stack pointer `sp` lies on the task's alternate stack.
[[nodiscard]] bool on_alternate_stack(const task_struct& task, std::uintptr_t sp);
/// The task's alternate stack, as sigaltstack and signal frames tell it.
[[nodiscard]] user_stack get_alternate_stack(const task_struct& task, std::uintptr_t sp);
/// Sets it; 0, -EPERM (a handler runs on it), -EINVAL or -ENOMEM.
[[nodiscard]] int set_alternate_stack(task_struct& task, const user_stack& stack,
                                      std::uintptr_t sp);

/// Forgets pending signals of a set that has lost its task.
void flush_sigqueue(sigpending& pending);
/// Sets all caught signals back to their default, as execve does.
void flush_signal_handlers(sighand_struct& handlers);
/// Changes what the current process wants for `signal`; pending ones that it ignores now are
/// dropped.
void do_sigaction(int signal, const k_sigaction& action);
/// Most real-time signals that wait in one queue, so that no program fills the memory with them
/// (Linux: RLIMIT_SIGPENDING). Of the others there is one of each at most.
inline constexpr unsigned kMostQueued = 4096;
/// Whether a queue has no room for another such signal.
[[nodiscard]] bool queue_is_full(const sigpending& pending, int signal);
/// Whether a signal has no effect for want of a handler.
[[nodiscard]] bool sig_ignored_by_default(int signal);
/// Prepares the cache of queued signals; called once at boot.
void signals_init();
