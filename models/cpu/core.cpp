// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/core.h"

#include <algorithm>

#include "models/cpu/interpreter.h"

namespace faultline {

Core::Core(const HartParams& params, std::uint64_t period_ps, const HartLinks& links,
           MemoryPort::Socket& socket, StatGroup& stats)
    : params_(params),
      links_(links),
      clock_(period_ps),
      csr_(params.csr, links.pmp),
      pipeline_(params.timing),
      port_(socket, params.host.direct_memory),
      data_(links, params.host, clock_, state_, pipeline_, stats_.stalls, port_, code_, recorder_),
      fetch_(links, params.host, clock_, stats_.stalls, port_, code_, data_, recorder_),
      history_(params.limits),
      warmup_end_(params.warmup_instructions == 0 ? kUnlimited : params.warmup_instructions) {
  state_.pc = params.reset_pc.value;
  if (params.warmup_instructions == 0) fidelity_ = params.fidelity;
  data_.set_fidelity(fidelity_);
  context_changed();
  stats_.register_statistics(stats);
  connect_counters();
  links_.mmu.on_stale_translation([this](const StaleTranslation& s) { found_stale(s); });
}

/// What the guest's counters count. Misses of the L2 are the board's to connect.
void Core::connect_counters() {
  CsrCounters& counters = csr_.counters();
  Mmu& mmu = links_.mmu;
  counters.connect_cycle([this] { return clock_.now(); });
  counters.connect_instret([this] { return retired_; });
  counters.connect(CounterEvent::L1ItlbMiss, [&mmu] { return mmu.itlb().stats().misses; });
  counters.connect(CounterEvent::L1DtlbMiss, [&mmu] { return mmu.dtlb().stats().misses; });
  if (const L2Tlb* l2 = mmu.l2_tlb(); l2 != nullptr) {
    counters.connect(CounterEvent::L2TlbMiss, [l2] { return l2->stats().misses; });
  }
  counters.connect(CounterEvent::Walk, [&mmu] { return mmu.walker().walks(); });
  counters.connect(CounterEvent::WalkCycles, [&mmu] { return mmu.walker().walk_cycles(); });
  counters.connect(CounterEvent::PageFault, [this] { return stats_.page_faults(); });
  counters.connect(CounterEvent::L1iMiss, [this] { return links_.l1i.stats().misses(); });
  counters.connect(CounterEvent::L1dMiss, [this] { return links_.l1d.stats().misses(); });
}

void Core::set_timebase(Timebase timebase) {
  timebase_ = std::move(timebase);
  csr_.connect_time([this] { return timebase_.mtime_at(clock_.now()); });
  timebase_changed();
}

void Core::on_progress(std::uint64_t every_instructions, std::function<void()> callback) {
  progress_every_ = every_instructions;
  next_progress_ = retired_ + every_instructions;
  on_progress_ = std::move(callback);
}

void Core::observe_instructions_from(Cycles cycle, std::uint64_t instructions) {
  step_cycle_ = cycle;
  step_instruction_ = instructions;
  ask_for_boundary();
}

// --- Called from other processes, or from within this hart's own transactions ---

void Core::ask_for_boundary() {
  boundary_wanted_ = true;
  stop_cycle_ = 0;
}

void Core::set_interrupt(unsigned cause, bool level) {
  csr_.set_line(static_cast<Interrupt>(cause), level);
  ask_for_boundary();
  if (sleeping_) wake_.notify();
}

void Core::timebase_changed() {
  deadline_stale_ = true;
  ask_for_boundary();
  if (sleeping_) wake_.notify();
}

void Core::external_write(PhysAddr address, std::uint64_t bytes) {
  data_.written(address, bytes);
  fetch_.memory_written();
  const std::uint64_t line = state_.reservation.line.value;
  if (address.value < line + kLineBytes && line < address.value + bytes) {
    state_.reservation.valid = false;
  }
}

void Core::request_stop() {
  stop_requested_ = true;
  ask_for_boundary();
  if (sleeping_) wake_.notify();
}

// --- The boundary between instructions ---

void Core::run() {
  clock_.refresh_horizon();
  while (at_boundary()) {
    if (timed()) {
      Interpreter<Fidelity::Cycle>(*this).run();
    } else {
      Interpreter<Fidelity::Functional>(*this).run();
    }
    if (trapped_) {
      trapped_ = false;
      take_trap(trap_.cause, trap_.tval);
    } else if (observing_) {
      finish_observed();
    }
    if (returned_) report_return();
  }
  if (on_stop_) on_stop_(stop_);
}

/// Lets the others act up to now, then looks at everything that may have changed. False: the hart
/// has stopped.
bool Core::at_boundary() {
  if (clock_.now() >= clock_.horizon()) clock_.catch_up();
  settle_cycles();
  boundary_wanted_ = false;
  if (const StopReason reason = limit_reached(); reason != StopReason::None) {
    stop(reason);
    return false;
  }
  if (retired_ >= warmup_end_) switch_fidelity(params_.fidelity);
  if (retired_ >= next_progress_) report_progress();
  if (deadline_stale_ || clock_.now() >= deadline_) update_deadline();
  const std::uint64_t interrupt = csr_.pending_interrupt(state_.privilege);
  if (interrupt != CsrFile::kNoInterrupt) take_trap(interrupt, 0);
  if (clock_.now() >= step_cycle_ || retired_ >= step_instruction_) set_stepping(true);
  if (stepping_) report_reached();
  return true;
}

StopReason Core::limit_reached() const {
  const HartLimits& limits = params_.limits;
  if (stop_requested_) return StopReason::Requested;
  if (ending_ != StopReason::None) return ending_;
  if (limits.max_cycles != 0 && clock_.now() >= limits.max_cycles) return StopReason::MaxCycles;
  if (limits.max_instructions != 0 && retired_ >= limits.max_instructions) {
    return StopReason::MaxInstructions;
  }
  return StopReason::None;
}

void Core::stop(StopReason reason) {
  stop_ = {.reason = reason,
           .pc = VirtAddr{state_.pc},
           .privilege = state_.privilege,
           .cycle = clock_.now(),
           .instructions = retired_,
           .stale = stale_};
  history_.describe(stop_);
}

/// Ends the run after the instruction that is being executed.
void Core::found_stale(const StaleTranslation& stale) {
  if (stale_) return;
  stale_ = {.translation = stale, .pc = VirtAddr{state_.pc}};
  ending_ = StopReason::StaleTranslation;
  ask_for_boundary();
}

/// The instruction that repeats the awaited access has retired.
void Core::finish_observed() {
  observing_ = false;
  observe_accesses();
  recorder_.stop();
  ObservedAccess access{.address = awaited_.address,
                        .access = awaited_.access,
                        .privilege = state_.privilege,
                        .times = {.start = clock_.now(),
                                  .l1_done = clock_.now(),
                                  .l2_done = clock_.now(),
                                  .done = clock_.now()}};
  if (recorder_.replay() != nullptr) access = *recorder_.replay();
  access.pc = awaited_.pc;
  armed_ = observer_->replayed(clock_.now(), access);
}

void Core::report_reached() {
  if (!observer_->reached(clock_.now(), VirtAddr{state_.pc}, state_.privilege)) set_stepping(false);
}

void Core::set_stepping(bool stepping) {
  step_cycle_ = step_instruction_ = kUnlimited;
  stepping_ = stepping && observer_ != nullptr;
  observe_accesses();
}

/// While somebody looks, every access goes through the MMU's whole path.
void Core::observe_accesses() {
  data_.set_observed(observing_ || stepping_);
  fetch_.set_observed(observing_ || stepping_);
}

/// The L1 caches and the TLBs start empty in cycle fidelity; time that this takes is the guest's.
/// The L2 keeps what it held.
void Core::switch_fidelity(Fidelity fidelity) {
  warmup_end_ = kUnlimited;
  if (fidelity == fidelity_) return;
  const Cycles start = clock_.now();
  if (fidelity == Fidelity::Cycle) {
    links_.mmu.flush_all(clock_);
    links_.l1i.invalidate_all(clock_);
    links_.l1d.invalidate_all(clock_);
    pipeline_.reset();
  } else {
    links_.l1d.drain(clock_);
  }
  clock_.refresh_horizon();
  stats_.stalls.charge_since(Stall::System, start, clock_);
  fidelity_ = fidelity;
  data_.set_fidelity(fidelity);
  fetch_.flush();
  if (observer_ != nullptr) observer_->fidelity_changed(clock_.now(), timed());
}

void Core::report_progress() {
  next_progress_ = retired_ + progress_every_;
  on_progress_();
}

/// The cycle in which stimecmp will raise STIP.
void Core::update_deadline() {
  deadline_stale_ = false;
  deadline_ = kUnlimited;
  if (!timebase_.cycle_of) return;
  const std::uint64_t mtime = csr_.next_stimecmp_deadline();
  if (mtime != CsrFile::kNever) deadline_ = timebase_.cycle_of(mtime);
}

/// Sets the cycle of the next boundary.
void Core::plan() {
  stop_cycle_ = std::min({clock_.horizon(), deadline_, step_cycle_});
  if (params_.limits.max_cycles != 0) {
    stop_cycle_ = std::min(stop_cycle_, params_.limits.max_cycles);
  }
  if (boundary_wanted_) stop_cycle_ = 0;
}

/// How many instructions the interpreter may execute before the next boundary; at least one, so
/// that the hart makes progress even while others act at the very same time.
template <Fidelity kFidelity>
std::uint64_t Core::budget() {
  plan();
  if (observing_ || stepping_ || boundary_wanted_) return quantum_ = 1;
  std::uint64_t until = std::min({warmup_end_, next_progress_, step_instruction_});
  if (params_.limits.max_instructions != 0) {
    until = std::min(until, params_.limits.max_instructions);
  }
  std::uint64_t instructions = until > retired_ ? until - retired_ : 1;
  if constexpr (kFidelity == Fidelity::Functional) {
    const Cycles now = clock_.now();
    instructions = std::min(instructions, stop_cycle_ > now ? stop_cycle_ - now : 1);
  }
  return quantum_ = instructions;
}
template std::uint64_t Core::budget<Fidelity::Functional>();
template std::uint64_t Core::budget<Fidelity::Cycle>();

void Core::settle_cycles() {
  stats_.cycles += clock_.now() - settled_;
  settled_ = clock_.now();
}

}  // namespace faultline
