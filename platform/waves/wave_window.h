// SPDX-License-Identifier: Apache-2.0
#pragma once

// From where to where the waves of a run go: `sim.waves.from` and `sim.waves.cycles`, and what
// becomes of them as the run goes on.

#include <cstdint>
#include <optional>
#include <string>

#include "models/common/types.h"
#include "platform/config/machine_config.h"

namespace faultline {

class WaveWindow {
 public:
  /// Without `sim.waves.cycles`: this long from a cycle or an instruction on, ...
  static constexpr Cycles kUsualCycles = 10'000;
  /// ... and from a fault on until so many cycles after its end, but not longer than kMostCycles.
  static constexpr Cycles kCyclesAfterFault = 100;
  static constexpr Cycles kMostCycles = 1'000'000;
  /// A window that begins at a cycle is watched from so many cycles before it on, so that what is
  /// under way then is known.
  static constexpr Cycles kLeadCycles = 1000;

  static constexpr std::uint64_t kNever = ~std::uint64_t{0};
  /// For Hart::observe_instructions_from().
  struct Start {
    Cycles cycle = kNever;
    std::uint64_t instructions = kNever;
    bool operator==(const Start&) const = default;
  };

  /// `starts_timed`: the run begins in cycle fidelity.
  WaveWindow(const WavesConfig& config, bool starts_timed);

  /// From where on the hart must report instructions, as far as that is known at power-on.
  [[nodiscard]] Start observed_from() const;

  // What happens, in the order of the hart's time.
  /// The fidelity has changed. True: the hart must report instructions from now on.
  bool fidelity_changed(bool timed);
  /// A fault was raised whose access began at `start`. True: the hart must report instructions from
  /// now on.
  bool fault_raised(Cycles start);
  /// Fault number `fault`, from 1, is over.
  void fault_closed(std::uint64_t fault, Cycles now);
  /// An instruction is about to be executed. False: the window is over.
  bool reached(Cycles now);
  /// The run is over; ends a window that is open.
  void run_ended(Cycles now);

  /// The first cycle; nothing while it is not known.
  [[nodiscard]] std::optional<Cycles> begin() const { return begin_; }
  /// The first cycle behind it, which may yet come down; kNever without a begin.
  [[nodiscard]] Cycles end() const { return end_; }

  /// The fault at which it begins, from 1, if it is one.
  [[nodiscard]] std::optional<std::uint64_t> fault() const { return fault_; }

  /// After run_ended(), in one sentence. If there is no window: what was not reached. Else why it
  /// is shorter than what it shows; empty if it is not.
  [[nodiscard]] std::string remark() const;

 private:
  void open(Cycles begin, Cycles length);
  [[nodiscard]] Cycles usual_length(Cycles otherwise) const;

  WavesConfig config_;
  bool timed_;
  std::uint64_t faults_ = 0;
  std::optional<Cycles> begin_;
  Cycles end_ = kNever;
  std::optional<std::uint64_t> fault_;  // at which the window begins
  std::optional<Cycles> fault_end_;
  Cycles run_end_ = 0;
  bool cut_short_ = false;  // by the end of the run
};

}  // namespace faultline
