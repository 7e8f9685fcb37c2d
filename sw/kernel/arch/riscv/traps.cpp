// SPDX-License-Identifier: Apache-2.0
// What each exception means: a page fault goes to the memory-management core, anything else that a
// program does wrong becomes a signal, anything else that the kernel does wrong ends the machine.
// entry.S calls these functions by exception code.

#include "sw/kernel/arch/riscv/signal.h"
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"

extern "C" {
void do_notify_resume(pt_regs* regs);
void do_trap_ecall_u(pt_regs* regs);
void do_trap_page_fault(pt_regs* regs);
void do_trap_insn_misaligned(pt_regs* regs);
void do_trap_insn_fault(pt_regs* regs);
void do_trap_insn_illegal(pt_regs* regs);
void do_trap_break(pt_regs* regs);
void do_trap_load_misaligned(pt_regs* regs);
void do_trap_load_fault(pt_regs* regs);
void do_trap_store_misaligned(pt_regs* regs);
void do_trap_store_fault(pt_regs* regs);
void do_trap_unknown(pt_regs* regs);
}

namespace {

[[noreturn]] void die(const char* what, const pt_regs& regs) {
  panic("%s: scause=0x%lx sepc=0x%lx stval=0x%lx sstatus=0x%lx ra=0x%lx sp=0x%lx", what, regs.cause,
        regs.epc, regs.badaddr, regs.status, regs.ra, regs.sp);
}

/// A fault that is no page fault: a signal to the program, or a fixup in the kernel. As Linux 6.1
/// does, the signal's address is that of the instruction.
void trap_error(pt_regs& regs, int signal, int code, const char* what) {
  if (user_mode(regs)) {
    force_sig_fault(regs, signal, code, regs.epc);
  } else if (!fixup_exception(regs)) {
    die(what, regs);
  }
}

fault_access access_of(std::uint64_t cause) {
  switch (static_cast<csr::Cause>(cause)) {
    case csr::Cause::kFetchPageFault:
      return fault_access::fetch;
    case csr::Cause::kStorePageFault:
      return fault_access::store;
    default:
      return fault_access::load;
  }
}

/// Whether a page fault of the kernel may be one of user memory: there is a process, and the access
/// was meant (SUM set).
bool on_behalf_of_user(const pt_regs& regs) {
  return get_current()->mm != nullptr && regs.badaddr < TASK_SIZE &&
         (regs.status & csr::kStatusSum) != 0;
}

/// Resolves a fault of the kernel on user memory. If memory is out, a process is ended and the
/// fault tried again: a system call does not fail because another process takes too much. Not for
/// ever, for the victim may wait for a lock that the current task holds.
fault_outcome do_kernel_page_fault(task_struct& task, std::uintptr_t address, fault_access access) {
  constexpr int kMostAttempts = 16;
  fault_outcome outcome = do_page_fault(*task.mm, address, access, false);
  for (int attempts = 1; attempts < kMostAttempts && outcome.signal == SIGNAL_KILL; ++attempts) {
    if (fatal_signal_pending(task) || !out_of_memory()) break;
    outcome = do_page_fault(*task.mm, address, access, false);
  }
  return outcome;
}

}  // namespace

void do_trap_page_fault(pt_regs* regs) {
  const bool user = user_mode(*regs);
  if (!user && !on_behalf_of_user(*regs)) die("page fault in the kernel", *regs);
  task_struct& task = *get_current();
  const fault_access access = access_of(regs->cause);
  const fault_outcome outcome = user ? do_page_fault(*task.mm, regs->badaddr, access, true)
                                     : do_kernel_page_fault(task, regs->badaddr, access);
  if (outcome.signal == SIGNAL_NONE) return;
  if (user && outcome.signal == SIGNAL_KILL) {
    kill_process(task);
  } else if (user) {
    force_sig_fault(*regs, outcome.signal, outcome.code, outcome.address);
  } else if (!fixup_exception(*regs)) {
    die("page fault in the kernel", *regs);
  }
}

void do_trap_insn_misaligned(pt_regs* regs) {
  trap_error(*regs, SIGBUS, BUS_ADRALN, "misaligned fetch");
}

void do_trap_insn_fault(pt_regs* regs) {
  trap_error(*regs, SIGSEGV, SEGV_ACCERR, "fetch access fault");
}

void do_trap_insn_illegal(pt_regs* regs) {
  trap_error(*regs, SIGILL, ILL_ILLOPC, "illegal instruction");
}

void do_trap_break(pt_regs* regs) {
  trap_error(*regs, SIGTRAP, TRAP_BRKPT, "breakpoint");
}

void do_trap_load_misaligned(pt_regs* regs) {
  trap_error(*regs, SIGBUS, BUS_ADRALN, "misaligned load");
}

void do_trap_load_fault(pt_regs* regs) {
  trap_error(*regs, SIGSEGV, SEGV_ACCERR, "load access fault");
}

void do_trap_store_misaligned(pt_regs* regs) {
  trap_error(*regs, SIGBUS, BUS_ADRALN, "misaligned store");
}

void do_trap_store_fault(pt_regs* regs) {
  trap_error(*regs, SIGSEGV, SEGV_ACCERR, "store access fault");
}

void do_trap_unknown(pt_regs* regs) {
  die("unknown exception", *regs);
}

void do_trap_ecall_u(pt_regs* regs) {
  task_struct& task = *get_current();
  const std::uint64_t began = task_sched_runtime(task);
  regs->epc += 4;
  regs->orig_a0 = regs->a0;
  regs->a0 = static_cast<std::uint64_t>(call_system(*regs));
  task.stime += task_sched_runtime(task) - began;
}

// entry.S calls it again while there is work left.
void do_notify_resume(pt_regs* regs) {
  if ((get_current()->work & TIF_NEED_RESCHED) != 0) {
    schedule();
  } else {
    do_signal(*regs);
  }
}
