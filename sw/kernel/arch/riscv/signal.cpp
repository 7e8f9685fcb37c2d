// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/signal.h"

#include <cstring>

#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/arch/riscv/vdso.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/proc/signal.h"

namespace {

/// struct sigcontext: general registers in the order of pt_regs (pc, x1 to x31), and the
/// floating-point registers in room for 128-bit ones.
struct sigcontext {
  std::uint64_t sc_regs[32];
  union alignas(16) {
    fp_state d;
    std::uint8_t q[528];
  } sc_fpregs;
};

struct ucontext {
  std::uint64_t uc_flags;
  std::uintptr_t uc_link;
  user_stack uc_stack;
  sigset_t uc_sigmask;
  std::uint8_t reserved[120];  // room for 1024 signals
  sigcontext uc_mcontext;
};
static_assert(offsetof(ucontext, uc_mcontext) == 176 && sizeof(ucontext) == 960);

struct rt_sigframe {
  siginfo info;
  ucontext uc;
};

constexpr std::uint64_t kNotSystemCall = ~std::uint64_t{0};
constexpr std::uint64_t kInstructionSize = 4;  // of ecall
constexpr std::uint64_t kRestartSyscall = 128;

/// Where the frame goes; 0: the alternate stack has no room left.
std::uintptr_t frame_address(const task_struct& task, const ksignal& signal, std::uintptr_t sp) {
  constexpr std::uintptr_t kStackAlignment = 16;
  if (on_alternate_stack(task, sp)) {
    if (!on_alternate_stack(task, sp - sizeof(rt_sigframe))) return 0;
  } else if ((signal.action.sa_flags & SA_ONSTACK) != 0 && task.sas_ss_size != 0) {
    sp = task.sas_ss_sp + task.sas_ss_size;
  }
  return (sp - sizeof(rt_sigframe)) & ~(kStackAlignment - 1);
}

/// The mask that the handler's return puts back.
sigset_t mask_to_save(const task_struct& task) {
  return task.restore_sigmask ? task.saved_sigmask : task.blocked;
}

/// Writes the frame and lets the registers begin the handler; false if the stack cannot be written.
bool setup_rt_frame(const ksignal& signal, pt_regs& regs) {
  task_struct& task = *get_current();
  const std::uintptr_t address = frame_address(task, signal, regs.sp);
  if (address == 0) return false;
  rt_sigframe frame{};
  frame.info = signal.info;
  frame.uc.uc_stack = get_alternate_stack(task, regs.sp);
  frame.uc.uc_sigmask = mask_to_save(task);
  std::memcpy(frame.uc.uc_mcontext.sc_regs, &regs, sizeof(frame.uc.uc_mcontext.sc_regs));
  save_fp_state(task);
  frame.uc.uc_mcontext.sc_fpregs.d = task.thread.fstate;
  if (!put_user(address, frame)) return false;
  regs.epc = signal.action.sa_handler;
  regs.ra = vdso_rt_sigreturn(*task.mm);
  regs.sp = address;
  regs.a0 = static_cast<std::uint64_t>(signal.sig);
  regs.a1 = address + offsetof(rt_sigframe, info);
  regs.a2 = address + offsetof(rt_sigframe, uc);
  return true;
}

void handle_signal(const ksignal& signal, pt_regs& regs) {
  if (setup_rt_frame(signal, regs)) {
    signal_delivered(signal);
  } else {
    force_sigsegv(signal.sig);
  }
}

/// Whether the registers are those of a system call that a signal has interrupted.
bool was_interrupted(const pt_regs& regs) {
  const auto result = static_cast<std::int64_t>(regs.a0);
  return regs.cause == static_cast<std::uint64_t>(csr::Cause::kUserCall) &&
         (result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
          result == -ERESTART_RESTARTBLOCK);
}

void restart_call(pt_regs& regs) {
  regs.a0 = regs.orig_a0;
  regs.epc -= kInstructionSize;
}

/// What becomes of an interrupted call when a handler runs first.
void settle_before_handler(pt_regs& regs, const ksignal& signal) {
  const auto result = static_cast<std::int64_t>(regs.a0);
  const bool restarts = result == -ERESTARTNOINTR ||
                        (result == -ERESTARTSYS && (signal.action.sa_flags & SA_RESTART) != 0);
  if (restarts) {
    restart_call(regs);
  } else {
    regs.a0 = static_cast<std::uint64_t>(-EINTR);
  }
}

/// What becomes of an interrupted call when no handler runs.
void settle_without_handler(pt_regs& regs) {
  const bool block = static_cast<std::int64_t>(regs.a0) == -ERESTART_RESTARTBLOCK;
  restart_call(regs);
  if (block) regs.a7 = kRestartSyscall;
}

}  // namespace

void do_signal(pt_regs& regs) {
  task_struct& task = *get_current();
  const bool interrupted = was_interrupted(regs);
  ksignal signal{};
  if (get_signal(signal)) {
    if (interrupted) settle_before_handler(regs, signal);
    regs.cause = kNotSystemCall;
    handle_signal(signal, regs);
    return;
  }
  if (interrupted) settle_without_handler(regs);
  regs.cause = kNotSystemCall;
  if (task.restore_sigmask) {
    task.restore_sigmask = false;
    set_current_blocked(task.saved_sigmask);
  }
}

std::int64_t restore_signal_frame(pt_regs& regs) {
  task_struct& task = *get_current();
  rt_sigframe frame;
  if (!get_user(frame, regs.sp)) {
    force_sigsegv(0);
    return 0;
  }
  std::memcpy(&regs, frame.uc.uc_mcontext.sc_regs, sizeof(frame.uc.uc_mcontext.sc_regs));
  regs.cause = kNotSystemCall;
  task.thread.fstate = frame.uc.uc_mcontext.sc_fpregs.d;
  restore_fp_state(task);
  set_current_blocked(frame.uc.uc_sigmask);
  // As Linux does: what is wrong with the frame's alternate stack is nobody's to hear.
  static_cast<void>(set_alternate_stack(task, frame.uc.uc_stack, regs.sp));
  return static_cast<std::int64_t>(regs.a0);
}
