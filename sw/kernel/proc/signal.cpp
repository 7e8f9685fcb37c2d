// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/signal.h"

#include "sw/kernel/kernel.h"
#include "sw/kernel/proc/task.h"

namespace {

constexpr unsigned kKilledBySignal = 128;

constexpr std::uint64_t bit(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

bool ignored_by_default(int signal) {
  return signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH;
}

const char* fault_name(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "segfault";
    case SIGBUS:
      return "bus error";
    case SIGILL:
      return "illegal instruction";
    case SIGTRAP:
      return "breakpoint";
    case SIGKILL:
      return "out of memory";
    default:
      return "fault";
  }
}

const char* access_name(std::uint64_t cause) {
  switch (static_cast<csr::Cause>(cause)) {
    case csr::Cause::kFetchPageFault:
    case csr::Cause::kFetchAccess:
      return "fetch, ";
    case csr::Cause::kLoadPageFault:
    case csr::Cause::kLoadAccess:
      return "load, ";
    case csr::Cause::kStorePageFault:
    case csr::Cause::kStoreAccess:
      return "store, ";
    default:
      return "";
  }
}

const char* code_name(int signal, int code) {
  if (signal == SIGSEGV) return code == SEGV_MAPERR ? "no mapping there" : "access not permitted";
  if (signal == SIGBUS) return code == BUS_ADRALN ? "misaligned" : "no page there";
  return signal == SIGKILL ? "no page to be had" : "fatal";
}

}  // namespace

void send_signal(int signal) {
  task_struct* const task = get_current();
  task->signals.pending |= bit(signal);
  task->work = 1;
}

void force_sig_fault(const pt_regs& regs, int signal, int code, std::uintptr_t address) {
  task_struct* const task = get_current();
  printk(log_level::error, "%s[%d]: %s at 0x%lx ip 0x%lx sp 0x%lx error %lu (%s%s)\n", task->comm,
         task->pid, fault_name(signal), address, regs.epc, regs.sp, regs.cause,
         access_name(regs.cause), code_name(signal, code));
  task->signals.blocked &= ~bit(signal);
  task->signals.actions[signal - 1] = signal_action::standard;
  send_signal(signal);
}

void do_signal() {
  task_struct* const task = get_current();
  signal_state& signals = task->signals;
  for (int signal = 1; signal <= NSIG; ++signal) {
    if ((signals.pending & ~signals.blocked & bit(signal)) == 0) continue;
    signals.pending &= ~bit(signal);
    const bool ignored =
        signals.actions[signal - 1] == signal_action::ignore || ignored_by_default(signal);
    if (!ignored) do_exit(kKilledBySignal + static_cast<unsigned>(signal));
  }
  task->work = 0;
}
