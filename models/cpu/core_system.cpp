// SPDX-License-Identifier: Apache-2.0
// Traps, returns from them, CSR instructions, fences, wfi and markers (RISC-V
// Privileged 1.12, 3.1, 3.3, 4.2).

#include <algorithm>

#include "models/cpu/core.h"
#include "models/cpu/marker.h"

namespace faultline {

namespace {

bool is_page_fault_cause(std::uint64_t cause) {
  return cause == static_cast<std::uint64_t>(Exception::InstructionPageFault) ||
         cause == static_cast<std::uint64_t>(Exception::LoadPageFault) ||
         cause == static_cast<std::uint64_t>(Exception::StorePageFault);
}

}  // namespace

/// Everything that depends on privilege, satp or mstatus is worked out anew.
void Core::context_changed() {
  data_.set_context(csr_.data_context(state_.privilege));
  fetch_.set_context(csr_.fetch_context(state_.privilege));
}

// --- Traps ---

void Core::take_trap(std::uint64_t cause, std::uint64_t tval) {
  const VirtAddr pc{state_.pc};
  const Privilege from = state_.privilege;
  const PrivilegedJump handler = csr_.enter_trap(cause, tval, pc, from);
  const std::uint64_t code = cause & ~kCauseInterrupt;
  ++((cause & kCauseInterrupt) != 0 ? stats_.interrupts : stats_.exceptions)[code & 15];
  state_.pc = handler.pc.value;
  state_.privilege = handler.privilege;
  context_changed();
  fetch_.drop_line();
  stats_.stalls.spend(Stall::Trap, timed() ? params_.timing.trap_entry_cycles : 1, clock_);

  const TrapEntry entry{pc, cause, tval, from, handler.pc, clock_.now()};
  if (history_.record(entry, retired_, state_)) ending_ = StopReason::TrapLoop;
  if (observing_) {
    observing_ = false;
    observe_accesses();
    recorder_.stop();
  }
  if (observer_ != nullptr) report_trap(cause, pc);
}

void Core::report_trap(std::uint64_t cause, VirtAddr pc) {
  if (is_page_fault_cause(cause)) {
    FaultEvent event{.access = recorder_.last(), .satp = csr_.satp(), .trap_entered = clock_.now()};
    event.access.pc = pc;
    armed_ = observer_->fault_raised(event);
  } else if (armed_) {
    armed_ = observer_->trapped(clock_.now(), cause, VirtAddr{state_.pc});
  }
}

void Core::report_jump(VirtAddr target) {
  const CallRegisters registers{state_.x(1), state_.x(2), state_.x(10), state_.x(11)};
  armed_ = observer_->jumped(clock_.now(), target, registers);
}

/// After an xRET: asks whether the instruction that is returned to repeats an access.
void Core::report_return() {
  returned_ = false;
  if (!armed_) return;
  const auto awaited = observer_->returned(clock_.now(), VirtAddr{state_.pc}, state_.privilege);
  if (!awaited) return;
  awaited_ = *awaited;
  observing_ = true;
  recorder_.watch(awaited_.address, awaited_.access == AccessType::Fetch);
  observe_accesses();
}

Core::Flow Core::raise(Exception cause, std::uint64_t tval) {
  trap_ = make_trap(cause, tval);
  return Flow::Trap;
}

/// xtval of an illegal instruction is its bits (3.1.16).
Core::Flow Core::illegal(const DecodedInst& inst) {
  return raise(Exception::IllegalInstruction, inst.raw);
}

// --- Instructions. state_.pc is the instruction's own, and stays so for Flow::Next. ---

Core::Flow Core::system(const DecodedInst& inst) {
  switch (inst.op) {
    case Op::Ecall:
      return environment_call();
    case Op::Ebreak:
      return raise(Exception::Breakpoint, state_.pc);
    case Op::Mret:
    case Op::Sret:
      return trap_return(inst);
    case Op::Wfi:
      return wait_for_interrupt(inst);
    case Op::SfenceVma:
      return fence_translations(inst);
    case Op::Fence:
      return fence();
    case Op::FenceI:
      return fence_instructions();
    case Op::Marker:
      return marker(inst);
    default:
      return csr_access(inst);
  }
}

Core::Flow Core::csr_access(const DecodedInst& inst) {
  const bool immediate = inst.op >= Op::Csrrwi;
  const std::uint64_t operand = immediate ? inst.extra : state_.reg[inst.rs1];
  CsrOperation operation = CsrOperation::Read;
  if (inst.op == Op::Csrrw || inst.op == Op::Csrrwi) {
    operation = CsrOperation::Write;
  } else if (inst.extra != 0) {
    const bool set = inst.op == Op::Csrrs || inst.op == Op::Csrrsi;
    operation = set ? CsrOperation::Set : CsrOperation::Clear;
  }
  const CsrResult result =
      csr_.access(static_cast<CsrAddress>(inst.imm), operation, operand, state_.privilege);
  if (!result.legal) return illegal(inst);
  state_.reg[inst.rd] = result.value;
  return apply(result.effects);
}

Core::Flow Core::apply(std::uint8_t effects) {
  if ((effects & (CsrEffects::kTranslation | CsrEffects::kPmp | CsrEffects::kInterrupts)) == 0) {
    return Flow::Next;
  }
  if ((effects & CsrEffects::kTranslation) != 0) {
    context_changed();
    penalty_ = params_.timing.csr_write_penalty_cycles;
  }
  if ((effects & CsrEffects::kPmp) != 0) {
    data_.flush();
    fetch_.flush();
  }
  if ((effects & CsrEffects::kInterrupts) != 0) deadline_stale_ = true;
  state_.pc += 4;
  return Flow::Leave;
}

Core::Flow Core::environment_call() {
  const auto base = static_cast<unsigned>(Exception::EcallFromU);
  return raise(static_cast<Exception>(base + static_cast<unsigned>(state_.privilege)), 0);
}

Core::Flow Core::trap_return(const DecodedInst& inst) {
  const bool machine = inst.op == Op::Mret;
  if (machine ? state_.privilege != Privilege::Machine
              : state_.privilege == Privilege::User ||
                    (state_.privilege == Privilege::Supervisor && csr_.tsr())) {
    return illegal(inst);
  }
  history_.returned();
  const PrivilegedJump jump = machine ? csr_.mret() : csr_.sret();
  state_.pc = jump.pc.value;
  state_.privilege = jump.privilege;
  context_changed();
  fetch_.drop_line();
  penalty_ = params_.timing.trap_return_cycles;
  returned_ = true;
  return Flow::Leave;
}

/// Illegal below M if TW is set, and always in U mode (3.1.6.5).
Core::Flow Core::wait_for_interrupt(const DecodedInst& inst) {
  if (state_.privilege == Privilege::User ||
      (state_.privilege == Privilege::Supervisor && csr_.tw())) {
    return illegal(inst);
  }
  const Cycles start = clock_.now();
  clock_.catch_up();
  while (!csr_.wakes() && !stop_requested_ && ending_ == StopReason::None) sleep();
  stats_.stalls.charge_since(Stall::Wait, start, clock_);
  state_.pc += 4;
  return Flow::Leave;
}

/// Waits until a line changes, stimecmp is reached or a limit ends the run.
void Core::sleep() {
  update_deadline();
  const bool nothing_enabled = csr_.read(CsrAddress::Mie, Privilege::Machine).value == 0;
  if (nothing_enabled || (deadline_ == kUnlimited && !sc_core::sc_pending_activity())) {
    ending_ = StopReason::WaitsForever;
    return;
  }
  const Cycles limit = params_.limits.max_cycles == 0 ? kUnlimited : params_.limits.max_cycles;
  if (clock_.now() >= limit) {
    ending_ = StopReason::MaxCycles;
    return;
  }
  const Cycles until = std::min(deadline_, limit);
  if (until <= clock_.now()) return;
  if (until != kUnlimited) {
    wake_.notify(sc_core::sc_time::from_value((until - clock_.now()) * clock_.period_ps()));
  }
  sleeping_ = true;
  clock_.wait_for(wake_);
  sleeping_ = false;
  wake_.cancel();
}

Core::Flow Core::fence_translations(const DecodedInst& inst) {
  if (state_.privilege == Privilege::User ||
      (state_.privilege == Privilege::Supervisor && csr_.tvm())) {
    return illegal(inst);
  }
  const FenceScope scope{.has_address = inst.rs1 != 0,
                         .has_asid = inst.rs2 != 0,
                         .address = VirtAddr{state_.reg[inst.rs1]},
                         .asid = static_cast<Asid>(state_.reg[inst.rs2])};
  links_.mmu.fence(clock_, scope);
  data_.fence(scope);
  fetch_.fence(scope);
  penalty_ = params_.timing.sfence_penalty_cycles;
  state_.pc += 4;
  return Flow::Leave;
}

/// Orders memory accesses: in cycle fidelity it waits for posted stores.
Core::Flow Core::fence() {
  if (timed()) {
    const Cycles start = clock_.now();
    links_.l1d.drain(clock_);
    clock_.refresh_horizon();
    stats_.stalls.charge_since(Stall::System, start, clock_);
    penalty_ = params_.timing.fence_penalty_cycles;
  }
  return Flow::Next;
}

/// Instruction fetch sees all stores at once in this model; what fence.i costs is the emptied L1I.
Core::Flow Core::fence_instructions() {
  if (timed()) {
    const Cycles start = clock_.now();
    links_.l1d.drain(clock_);
    links_.l1i.invalidate_all(clock_);
    clock_.refresh_horizon();
    stats_.stalls.charge_since(Stall::System, start, clock_);
    fetch_.drop_line();
    penalty_ = params_.timing.fence_i_penalty_cycles;
  }
  state_.pc += 4;
  return Flow::Leave;
}

/// Counters that the guest sees keep their values while the observer resets statistics.
Core::Flow Core::marker(const DecodedInst& inst) {
  settle_cycles();
  if (observer_ != nullptr) {
    csr_.counters().hold();
    observer_->marked(clock_.now(), static_cast<unsigned>(inst.imm));
    csr_.counters().release();
  }
  const auto which = static_cast<Marker>(inst.imm);
  if (which != Marker::EnterFunctional && which != Marker::EnterConfigured) return Flow::Next;
  const bool counted_warmup = warmup_end_ != kUnlimited;  // ends by its count, not by a marker
  if (counted_warmup && which == Marker::EnterConfigured) return Flow::Next;
  switch_fidelity(which == Marker::EnterFunctional ? Fidelity::Functional : params_.fidelity);
  state_.pc += 4;
  return Flow::Leave;
}

}  // namespace faultline
