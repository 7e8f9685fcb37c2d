// SPDX-License-Identifier: Apache-2.0
#pragma once

// Signals with their default actions only: ignore, or end the process. Handlers of programs are not
// called; rt_sigaction refuses them.

#include <cstdint>

#include "sw/kernel/arch/riscv/ptrace.h"

// Numbers and codes of Linux (asm-generic/signal.h, siginfo.h).
inline constexpr int SIGILL = 4;
inline constexpr int SIGTRAP = 5;
inline constexpr int SIGABRT = 6;
inline constexpr int SIGBUS = 7;
inline constexpr int SIGFPE = 8;
inline constexpr int SIGKILL = 9;
inline constexpr int SIGSEGV = 11;
inline constexpr int SIGCHLD = 17;
inline constexpr int SIGCONT = 18;
inline constexpr int SIGSTOP = 19;
inline constexpr int SIGURG = 23;
inline constexpr int SIGWINCH = 28;
inline constexpr int NSIG = 64;

inline constexpr int ILL_ILLOPC = 1;
inline constexpr int TRAP_BRKPT = 1;
inline constexpr int BUS_ADRALN = 1;
inline constexpr int BUS_ADRERR = 2;
inline constexpr int SEGV_MAPERR = 1;
inline constexpr int SEGV_ACCERR = 2;

/// What a process has asked for a signal.
enum class signal_action : std::uint8_t { standard, ignore };

/// The signals of a process; bit n - 1 of a mask stands for signal n.
struct signal_state {
  std::uint64_t pending;
  std::uint64_t blocked;
  signal_action actions[NSIG];
};

/// Sends `signal` to the current process.
void send_signal(int signal);
/// Sends a signal that an instruction of the current program has raised, which cannot be blocked or
/// ignored, and reports it. `address` is what si_addr would be.
void force_sig_fault(const pt_regs& regs, int signal, int code, std::uintptr_t address);
/// Acts on the pending signals of the current process.
void do_signal();
