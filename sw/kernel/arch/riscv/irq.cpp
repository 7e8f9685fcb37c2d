// SPDX-License-Identifier: Apache-2.0
// Interrupts: taken in user mode and in the idle loop, never inside the kernel (entry.S).

#include "sw/kernel/arch/riscv/ptrace.h"
#include "sw/kernel/drivers/plic.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/proc/timer.h"
#include "sw/lib/csr.h"

extern "C" void do_irq(pt_regs* regs);

namespace {

// Interrupt codes of scause (Privileged 1.12, table 4.2).
constexpr std::uint64_t kSupervisorTimer = 5;
constexpr std::uint64_t kSupervisorExternal = 9;

}  // namespace

void do_irq(pt_regs* regs) {
  switch (regs->cause & ~csr::kCauseInterrupt) {
    case kSupervisorTimer:
      timer_interrupt();
      break;
    case kSupervisorExternal:
      plic_handle_irq();
      break;
    default:
      panic("unexpected interrupt: scause=0x%lx sepc=0x%lx", regs->cause, regs->epc);
  }
}
