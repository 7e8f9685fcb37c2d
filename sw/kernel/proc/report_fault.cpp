// SPDX-License-Identifier: Apache-2.0
// The line on the console for a program that an instruction of its own has ended.

#include "sw/kernel/kernel.h"
#include "sw/kernel/proc/signal.h"

namespace {

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
  return "fatal";
}

}  // namespace

void report_fault(const task_struct& task, const pt_regs& regs, const siginfo& info) {
  printk(log_level::error, "%s[%d]: %s at 0x%lx ip 0x%lx sp 0x%lx error %lu (%s%s)\n", task.comm,
         task.pid, fault_name(info.si_signo), info.si_addr, regs.epc, regs.sp, regs.cause,
         access_name(regs.cause), code_name(info.si_signo, info.si_code));
}
