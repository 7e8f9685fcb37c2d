// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/wave_recorder.h"

#include <algorithm>

#include "platform/waves/wave_names.h"

namespace faultline {

namespace {

constexpr unsigned kAddressBits = 64;
constexpr unsigned kPrivilegeBits = 2;
constexpr unsigned kFaultBits = 32;
constexpr unsigned kStageBits = 6;
static_assert(kStageCount < 1U << kStageBits);

/// Kept of what lies before the window: more than the longest access takes, since the one under way
/// may be the window's first, and than commands are decided ahead.
constexpr Cycles kHistoryCycles = 20'000;

}  // namespace

WaveRecorder::WaveRecorder(const MachineConfig& config, Board& board, FaultProfiler& profiler,
                           const std::filesystem::path& folder)
    : board_(board),
      profiler_(profiler),
      period_ps_(config.cpu.period_ps()),
      window_(config.sim.waves, config.cpu.hart.starts_timed()),
      pc_(log_.add("board.hart0.pc", kAddressBits)),
      privilege_(log_.add("board.hart0.privilege", kPrivilegeBits, &privilege_names())),
      fault_(log_.add_resting("board.fault.number", kFaultBits)),
      stage_(log_.add_resting("board.fault.stage", kStageBits, &stage_names())),
      mmu_(log_, "board.mmu", config.mmu, period_ps_),
      caches_{add_cache("board.caches.l1i"), add_cache("board.caches.l1d"),
              add_cache("board.caches.l2")},
      dram_(log_, "board.dram", config.memory.dram, timing_of(config.memory.dram).data_rate_mtps),
      rtl_(board.rtl(), folder, period_ps_) {
  profiler.set_follower(this);
  board.set_observers({.hart = this,
                       .mmu = this,
                       .dram = [this](const CommandRecord& command) { issued(command); },
                       .cache_miss = [this](BoardCache cache, Cycles now,
                                            PhysAddr line) { missed(cache, now, line); }});
  const WaveWindow::Start start = window_.observed_from();
  board.observe_instructions_from(start.cycle, start.instructions);
}

WaveRecorder::CacheSignals WaveRecorder::add_cache(const std::string& scope) {
  return {.miss = log_.add_resting(scope + ".miss", 1),
          .line = log_.add(scope + ".line", kAddressBits)};
}

void WaveRecorder::run_ended(Cycles now) {
  window_.run_ended(now);
  if (window_.begin()) {
    rtl_.close();
  } else {
    rtl_.discard();
  }
}

bool WaveRecorder::write(std::ostream& out) {
  if (!window_.begin()) return false;
  log_.write(out, ps(*window_.begin()), ps(window_.end()));
  return true;
}

// --- What the hart reports: to the profiler, and what this wants of it ---

bool WaveRecorder::fault_raised(const FaultEvent& event) {
  if (window_.fault_raised(event.access.times.start)) {
    board_.observe_instructions_from(0, WaveWindow::kNever);
  }
  return profiler_.fault_raised(event);
}

bool WaveRecorder::reached(Cycles now, VirtAddr pc, Privilege privilege) {
  log_.set(pc_, ps(now), pc.value);
  log_.set(privilege_, ps(now), static_cast<std::uint64_t>(privilege));
  forget_before(now);
  const bool wanted = window_.reached(now);
  if (wanted && !stepping_) rtl_.restart();
  if (!wanted) rtl_.close();
  stepping_ = wanted;
  return wanted;
}

bool WaveRecorder::jumped(Cycles now, VirtAddr target, const CallRegisters& registers) {
  return profiler_.jumped(now, target, registers);
}

bool WaveRecorder::trapped(Cycles now, std::uint64_t cause, VirtAddr handler) {
  return profiler_.trapped(now, cause, handler);
}

std::optional<AwaitedAccess> WaveRecorder::returned(Cycles now, VirtAddr target, Privilege to) {
  return profiler_.returned(now, target, to);
}

bool WaveRecorder::replayed(Cycles now, const ObservedAccess& access) {
  return profiler_.replayed(now, access);
}

void WaveRecorder::fidelity_changed(Cycles now, bool timed) {
  if (window_.fidelity_changed(timed)) board_.observe_instructions_from(0, WaveWindow::kNever);
  profiler_.fidelity_changed(now, timed);
}

void WaveRecorder::marked(Cycles now, unsigned marker) {
  profiler_.marked(now, marker);
}

// --- What the others report ---

void WaveRecorder::translated(const ObservedTranslation& translation) {
  if (!stepping_) return;
  mmu_.translated(translation);
  const bool is_before = !window_.begin() || translation.times.done < *window_.begin();
  const bool may_begin_window = !translation.result.ok();  // if it becomes the chosen fault
  if (is_before && translation.walk != nullptr && !may_begin_window) rtl_.restart();
}

/// A fault that waits has no part in what the hart does.
void WaveRecorder::spent(std::uint64_t fault, Stage stage, Cycles begin, Cycles end) {
  if (stage == Stage::Wait || stage == Stage::NestedFault || is_over(ps(begin))) return;
  log_.pulse(fault_, ps(begin), ps(end), fault);
  log_.pulse(stage_, ps(begin), ps(end), stage_value(stage));
}

void WaveRecorder::missed(BoardCache cache, Cycles now, PhysAddr line) {
  if (!stepping_) return;
  const CacheSignals& signals = caches_[static_cast<std::size_t>(cache)];
  log_.pulse(signals.miss, ps(now), ps(now + 1), 1);
  log_.set(signals.line, ps(now), line.value);
}

/// Always of interest: which rows are open when the window begins.
void WaveRecorder::issued(const CommandRecord& command) {
  if (is_over(dram_.ps(command.cycle))) return;
  dram_.issued(command);
  forget_before(dram_.ps(command.cycle) / period_ps_);
}

bool WaveRecorder::is_over(std::uint64_t time_ps) const {
  return window_.begin() && time_ps >= ps(window_.end());
}

/// Keeps the log short while the window is yet to come: now and then, what lies behind is
/// forgotten.
void WaveRecorder::forget_before(Cycles now) {
  if (log_.size() < forget_at_) return;
  const Cycles behind = now - std::min(now, kHistoryCycles);
  log_.forget_before(ps(std::min(behind, window_.begin().value_or(behind))));
  forget_at_ = std::max(kManyChanges, 2 * log_.size());
}

}  // namespace faultline
