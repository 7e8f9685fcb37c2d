// SPDX-License-Identifier: Apache-2.0
#pragma once

// The core of a hart: everything between the architectural state and the memory system. It runs in
// the hart's SystemC thread on a clock of its own, ahead of SystemC's time, and comes back to the
// boundary between two instructions whenever somebody else may act, an interrupt may be due or a
// limit is reached. How instructions are dispatched is interpreter.h; traps and privileged
// instructions are core_system.cpp.

#include <array>
#include <functional>
#include <optional>

#include "models/common/local_clock.h"
#include "models/cpu/access_recorder.h"
#include "models/cpu/arch_state.h"
#include "models/cpu/code_cache.h"
#include "models/cpu/csr_file.h"
#include "models/cpu/fetch_unit.h"
#include "models/cpu/hart.h"
#include "models/cpu/hart_params.h"
#include "models/cpu/hart_stats.h"
#include "models/cpu/hart_stop.h"
#include "models/cpu/load_store_unit.h"
#include "models/cpu/memory_port.h"
#include "models/cpu/observer.h"
#include "models/cpu/pipeline.h"
#include "models/cpu/trap.h"
#include "models/cpu/trap_history.h"

namespace faultline {

template <Fidelity kFidelity>
class Interpreter;

class Core {
 public:
  Core(const HartParams& params, std::uint64_t period_ps, const HartLinks& links,
       MemoryPort::Socket& socket, StatGroup& stats);

  /// Executes until the hart stops; to be called from its thread.
  void run();

  // The board's handles, as documented at Hart.
  void set_direct_memory(const DirectMemory& memory) { port_.set_direct_memory(memory); }
  void set_timebase(Timebase timebase);
  void set_observer(HartObserver* observer) { observer_ = observer; }
  void observe_instructions_from(Cycles cycle, std::uint64_t instructions);
  void on_stop(std::function<void(const HartStop&)> callback) { on_stop_ = std::move(callback); }
  void on_progress(std::uint64_t every_instructions, std::function<void()> callback);
  void watch_store(PhysAddr address, std::function<void()> callback) {
    data_.watch_store(address, std::move(callback));
  }
  void set_interrupt(unsigned cause, bool level);
  void timebase_changed();
  void external_write(PhysAddr address, std::uint64_t bytes);
  void request_stop();

  [[nodiscard]] ArchState& state() { return state_; }
  [[nodiscard]] CsrFile& csr() { return csr_; }
  [[nodiscard]] const LocalClock& clock() const { return clock_; }
  [[nodiscard]] std::uint64_t instructions() const { return retired_; }
  [[nodiscard]] Fidelity fidelity() const { return fidelity_; }
  [[nodiscard]] const HartStop& stop_report() const { return stop_; }

 private:
  template <Fidelity kFidelity>
  friend class Interpreter;

  /// How execution goes on after a privileged instruction.
  enum class Flow : std::uint8_t {
    Next,   ///< with the next instruction
    Leave,  ///< at state_.pc, after the loop's owner has looked at everything
    Trap,   ///< trap_ is to be taken
  };
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  // --- core.cpp: the boundary between instructions ---
  bool at_boundary();
  [[nodiscard]] StopReason limit_reached() const;
  void stop(StopReason reason);
  void finish_observed();
  void report_reached();
  void set_stepping(bool stepping);
  void observe_accesses();
  void found_stale(const StaleTranslation& stale);
  void connect_counters();
  void switch_fidelity(Fidelity fidelity);
  void report_progress();
  void update_deadline();
  void plan();
  void ask_for_boundary();
  template <Fidelity kFidelity>
  [[nodiscard]] std::uint64_t budget();
  template <Fidelity kFidelity>
  void retire(std::uint64_t instructions);
  void settle_cycles();

  // --- core_system.cpp: traps and privileged instructions ---
  void take_trap(std::uint64_t cause, std::uint64_t tval);
  void report_trap(std::uint64_t cause, VirtAddr pc);
  void report_jump(VirtAddr target);
  void report_return();
  void context_changed();
  Flow illegal(const DecodedInst& inst);
  Flow raise(Exception cause, std::uint64_t tval);
  Flow system(const DecodedInst& inst);
  Flow csr_access(const DecodedInst& inst);
  Flow apply(std::uint8_t csr_effects);
  Flow environment_call();
  Flow trap_return(const DecodedInst& inst);
  Flow wait_for_interrupt(const DecodedInst& inst);
  Flow fence_translations(const DecodedInst& inst);
  Flow fence();
  Flow fence_instructions();
  Flow marker(const DecodedInst& inst);
  void sleep();
  [[nodiscard]] bool timed() const { return fidelity_ == Fidelity::Cycle; }

  HartParams params_;
  HartLinks links_;
  LocalClock clock_;
  ArchState state_;
  CsrFile csr_;
  HartStats stats_;
  Pipeline pipeline_;
  AccessRecorder recorder_;
  MemoryPort port_;
  CodeCache code_;
  LoadStoreUnit data_;
  FetchUnit fetch_;
  TrapHistory history_;
  Timebase timebase_;

  Fidelity fidelity_ = Fidelity::Functional;
  std::uint64_t retired_ = 0;  // instructions since the start
  Cycles settled_ = 0;         // cycles that are in stats_.cycles
  std::uint64_t warmup_end_;   // retired_ at which the warm-up ends; kUnlimited: none
  Cycles penalty_ = 0;         // cycle fidelity: of the privileged instruction just executed

  // The next boundary.
  Cycles stop_cycle_ = 0;      // not later than this cycle
  std::uint64_t quantum_ = 0;  // instructions the interpreter may execute until it asks again
  bool boundary_wanted_ = false;
  Cycles deadline_ = kUnlimited;  // the cycle in which stimecmp is reached
  bool deadline_stale_ = true;

  Trap trap_{};
  bool trapped_ = false;
  bool sleeping_ = false;
  sc_core::sc_event wake_;

  HartObserver* observer_ = nullptr;
  bool armed_ = false;                           // the observer wants jumps, traps and returns
  bool observing_ = false;                       // the next instruction repeats awaited_
  bool stepping_ = false;                        // the observer wants to hear of every instruction
  bool returned_ = false;                        // an xRET was executed and is to be reported
  AwaitedAccess awaited_{};                      // by the observer, while observing_
  Cycles step_cycle_ = kUnlimited;               // stepping_ begins here ...
  std::uint64_t step_instruction_ = kUnlimited;  // ... or when so many have retired

  std::function<void(const HartStop&)> on_stop_;
  std::function<void()> on_progress_;
  std::uint64_t progress_every_ = 0;
  std::uint64_t next_progress_ = kUnlimited;
  bool stop_requested_ = false;
  StopReason ending_ = StopReason::None;
  std::optional<StaleAccess> stale_;
  HartStop stop_{};
};

/// Retires what the interpreter has executed since it was last asked. In functional fidelity an
/// instruction is a cycle; in cycle fidelity the interpreter has moved the clock itself.
template <Fidelity kFidelity>
inline void Core::retire(std::uint64_t instructions) {
  retired_ += instructions;
  stats_.instructions += instructions;
  if constexpr (kFidelity == Fidelity::Functional) clock_.advance(instructions);
}

}  // namespace faultline
