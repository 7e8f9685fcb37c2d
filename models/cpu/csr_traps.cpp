// SPDX-License-Identifier: Apache-2.0
// Interrupts, traps and their returns: the CSR file's state changes that no CSR instruction makes.
#include <array>

#include "models/cpu/csr_file.h"

namespace faultline {
namespace {

/// Privileged, 3.1.9: simultaneous interrupts of one target privilege, the first to be taken first.
constexpr std::array kPriority = {Interrupt::MachineExternal,    Interrupt::MachineSoftware,
                                  Interrupt::MachineTimer,       Interrupt::SupervisorExternal,
                                  Interrupt::SupervisorSoftware, Interrupt::SupervisorTimer};

/// The handler: BASE, plus 4 times the code for interrupts in vectored mode (3.1.7).
VirtAddr handler(std::uint64_t tvec, std::uint64_t cause) {
  const std::uint64_t base = tvec & ~std::uint64_t{3};
  const bool vectored = (tvec & 1) != 0 && (cause & kCauseInterrupt) != 0;
  return VirtAddr{vectored ? base + 4 * (cause & ~kCauseInterrupt) : base};
}

/// Copies the truth of bit `from` into bit `to`.
constexpr std::uint64_t copy_bit(std::uint64_t word, std::uint64_t from, std::uint64_t to) {
  return (word & from) != 0 ? word | to : word & ~to;
}

}  // namespace

// --- Interrupts ---

void CsrFile::set_line(Interrupt line, bool level) {
  const std::uint64_t bit = interrupt_bit(line);
  lines_ = level ? lines_ | bit : lines_ & ~bit;
}

std::uint64_t CsrFile::pending() const {
  constexpr std::uint64_t kStip = interrupt_bit(Interrupt::SupervisorTimer);
  std::uint64_t pending = soft_mip_ | lines_;
  if (stce()) pending = (pending & ~kStip) | (stimecmp_reached() ? kStip : 0);
  return pending;
}

std::uint64_t CsrFile::pending_interrupt(Privilege privilege) const {
  const std::uint64_t candidates = pending() & mie_;
  if (candidates == 0) return kNoInterrupt;

  const bool to_machine = privilege != Privilege::Machine || (mstatus_ & mstatus::kMie) != 0;
  const bool to_supervisor = privilege == Privilege::User || (privilege == Privilege::Supervisor &&
                                                              (mstatus_ & mstatus::kSie) != 0);
  std::uint64_t taken = to_machine ? candidates & ~mideleg_ : 0;
  if (taken == 0 && to_supervisor) taken = candidates & mideleg_;
  for (const Interrupt interrupt : kPriority) {
    if ((taken & interrupt_bit(interrupt)) != 0) {
      return kCauseInterrupt | static_cast<std::uint64_t>(interrupt);
    }
  }
  return kNoInterrupt;
}

std::uint64_t CsrFile::next_stimecmp_deadline() const {
  return stce() && !stimecmp_reached() ? stimecmp_ : kNever;
}

// --- Traps ---

Privilege CsrFile::trap_target(std::uint64_t cause, Privilege privilege) const {
  if (privilege == Privilege::Machine) return Privilege::Machine;
  const std::uint64_t delegated = (cause & kCauseInterrupt) != 0 ? mideleg_ : medeleg_;
  return (delegated >> (cause & 63) & 1) != 0 ? Privilege::Supervisor : Privilege::Machine;
}

PrivilegedJump CsrFile::enter_trap(std::uint64_t cause, std::uint64_t tval, VirtAddr pc,
                                   Privilege privilege) {
  const Privilege target = trap_target(cause, privilege);
  TrapRegisters& registers = target == Privilege::Machine ? machine_ : supervisor_;
  registers.epc = pc.value;
  registers.cause = cause;
  registers.tval = tval;
  if (target == Privilege::Machine) {
    mstatus_ = copy_bit(mstatus_, mstatus::kMie, mstatus::kMpie);
    mstatus_ &= ~(mstatus::kMie | mstatus::kMpp);
    mstatus_ |= static_cast<std::uint64_t>(privilege) << mstatus::kMppShift;
  } else {
    mstatus_ = copy_bit(mstatus_, mstatus::kSie, mstatus::kSpie);
    mstatus_ &= ~(mstatus::kSie | mstatus::kSpp);
    if (privilege == Privilege::Supervisor) mstatus_ |= mstatus::kSpp;
  }
  return {handler(registers.tvec, cause), target};
}

PrivilegedJump CsrFile::mret() {
  const Privilege target = mpp();
  mstatus_ = copy_bit(mstatus_, mstatus::kMpie, mstatus::kMie) | mstatus::kMpie;
  mstatus_ &= ~mstatus::kMpp;
  if (target != Privilege::Machine) mstatus_ &= ~mstatus::kMprv;
  return {VirtAddr{machine_.epc}, target};
}

PrivilegedJump CsrFile::sret() {
  const Privilege target =
      (mstatus_ & mstatus::kSpp) != 0 ? Privilege::Supervisor : Privilege::User;
  mstatus_ = copy_bit(mstatus_, mstatus::kSpie, mstatus::kSie) | mstatus::kSpie;
  mstatus_ &= ~(mstatus::kSpp | mstatus::kMprv);
  return {VirtAddr{supervisor_.epc}, target};
}

}  // namespace faultline
