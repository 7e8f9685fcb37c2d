// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gathers changes of signals and writes those of a window as VCD. Models report what they did in
// the order in which they are simulated, which is not that of time: a hart runs ahead of the
// others, a walk is told when it is over, an idle DRAM catches up with its refreshes late. So the
// changes are kept, 24 bytes each, and put in order when the window is written.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "platform/waves/wave_value.h"

namespace faultline {

class WaveLog {
 public:
  using Signal = std::uint32_t;

  /// A new signal; not known until its first change. `names` must outlive the log. Signals of one
  /// scope should be added one after the other.
  Signal add(std::string path, unsigned bits, const ValueNames* names = nullptr);
  /// The same for one that rests at 0 from the start: an event, a state.
  Signal add_resting(std::string path, unsigned bits, const ValueNames* names = nullptr);

  /// The signal changes at `time_ps`. Changes may come in any order; of those of one signal at one
  /// time the last counts.
  void set(Signal signal, std::uint64_t time_ps, WaveValue value) {
    changes_.push_back({time_ps, value.bits, signal, value.kind, false});
  }
  void set(Signal signal, std::uint64_t time_ps, std::uint64_t number) {
    set(signal, time_ps, WaveValue(number));
  }
  /// The signal has a value from `begin_ps` to `end_ps` and `rest` from then on, unless another
  /// call sets it at `end_ps`, whichever comes first.
  void pulse(Signal signal, std::uint64_t begin_ps, std::uint64_t end_ps, std::uint64_t number,
             std::uint64_t rest = 0) {
    set(signal, begin_ps, number);
    changes_.push_back({end_ps, rest, signal, WaveValue::Kind::Number, true});
  }

  /// No window that is written will begin before `time_ps`: what changed until then is kept only as
  /// far as it tells the values at its beginning. A change from before that is reported afterwards
  /// is taken for the signal's latest.
  void forget_before(std::uint64_t time_ps);

  /// Writes the window: the values at `begin_ps`, then the changes up to but not including
  /// `end_ps`.
  void write(std::ostream& out, std::uint64_t begin_ps, std::uint64_t end_ps);

  [[nodiscard]] const std::vector<WaveSignal>& signals() const { return signals_; }
  /// Changes that are kept.
  [[nodiscard]] std::size_t size() const { return changes_.size(); }

 private:
  struct Change {
    std::uint64_t time_ps;
    std::uint64_t bits;
    Signal signal;
    WaveValue::Kind kind;
    bool is_rest;  // yields to another change of the same time

    [[nodiscard]] WaveValue value() const {
      WaveValue v;
      v.kind = kind;
      v.bits = bits;
      return v;
    }
  };

  void sort();
  std::vector<Change>::iterator fold_until(std::uint64_t time_ps);

  std::vector<WaveSignal> signals_;
  std::vector<WaveValue> values_;  // by signal, before the first of the changes that are kept
  std::vector<Change> changes_;
};

}  // namespace faultline
