// SPDX-License-Identifier: Apache-2.0
#pragma once

// The waves of one run: watches a board, keeps what lies in the window (WaveWindow) and writes it
// as VCD. Between the fault before the window and its end the hart reports every instruction, and
// goes several times slower; before and after, only commands of the DRAM are looked at. Nothing
// that the guest or the results could notice depends on it.
//
// Signals: board.hart0 (pc, privilege), board.fault (number and stage, by the FaultProfiler's own
// cuts: what is in faults.db), board.mmu (mmu_waves.h), board.caches (misses) and board.dram
// (dram_waves.h). Modules of RTL write files of their own (rtl_waves.h). In functional fidelity
// only pc and privilege change. All times are picoseconds of the simulation.

#include <filesystem>
#include <iosfwd>
#include <string>

#include "models/cpu/observer.h"
#include "models/mmu/observer.h"
#include "platform/board.h"
#include "platform/config/machine_config.h"
#include "platform/measure/fault_profiler.h"
#include "platform/waves/dram_waves.h"
#include "platform/waves/mmu_waves.h"
#include "platform/waves/rtl_waves.h"
#include "platform/waves/wave_log.h"
#include "platform/waves/wave_window.h"

namespace faultline {

class WaveRecorder final : public HartObserver, public MmuObserver, public FaultFollower {
 public:
  /// Observes `board` and follows `profiler`, to which everything that the hart reports is passed
  /// on. All must outlive the run; to be called before it. `folder`, which is there, gets the waves
  /// of RTL.
  WaveRecorder(const MachineConfig& config, Board& board, FaultProfiler& profiler,
               const std::filesystem::path& folder);

  /// The run has ended in cycle `now`, and statistics have been read (Board::stats()), so that
  /// everything until then was reported.
  void run_ended(Cycles now);
  /// After run_ended(). Writes the waves; false if the window was never reached.
  bool write(std::ostream& out);
  [[nodiscard]] const WaveWindow& window() const { return window_; }

  bool fault_raised(const FaultEvent& event) override;
  bool jumped(Cycles now, VirtAddr target, const CallRegisters& registers) override;
  bool trapped(Cycles now, std::uint64_t cause, VirtAddr handler) override;
  std::optional<AwaitedAccess> returned(Cycles now, VirtAddr target, Privilege to) override;
  bool replayed(Cycles now, const ObservedAccess& access) override;
  bool reached(Cycles now, VirtAddr pc, Privilege privilege) override;
  void fidelity_changed(Cycles now, bool timed) override;
  void marked(Cycles now, unsigned marker) override;

  void translated(const ObservedTranslation& translation) override;

  void spent(std::uint64_t fault, Stage stage, Cycles begin, Cycles end) override;
  void closed(std::uint64_t fault, Cycles now) override { window_.fault_closed(fault, now); }

 private:
  static constexpr std::size_t kManyChanges = 1 << 16;
  struct CacheSignals {
    WaveLog::Signal miss, line;
  };

  [[nodiscard]] std::uint64_t ps(Cycles cycle) const { return cycle * period_ps_; }
  [[nodiscard]] CacheSignals add_cache(const std::string& scope);
  void missed(BoardCache cache, Cycles now, PhysAddr line);
  void issued(const CommandRecord& command);
  [[nodiscard]] bool is_over(std::uint64_t time_ps) const;
  void forget_before(Cycles now);

  Board& board_;
  FaultProfiler& profiler_;
  std::uint64_t period_ps_;
  WaveWindow window_;
  WaveLog log_;
  WaveLog::Signal pc_;
  WaveLog::Signal privilege_;
  WaveLog::Signal fault_;
  WaveLog::Signal stage_;
  MmuWaves mmu_;
  std::array<CacheSignals, kBoardCaches> caches_;
  DramWaves dram_;
  RtlWaves rtl_;
  bool stepping_ = false;                 // the hart reports every instruction
  std::size_t forget_at_ = kManyChanges;  // size of the log
};

}  // namespace faultline
