// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes a value change dump (IEEE 1364-2005, clause 18) of wires with a time scale of 1 ps. Times
// must not go back: WaveLog puts them in order. A signal with named values is preceded by a comment
// that lists them ("values of board.hart0.privilege: 0=U 1=S 3=M"), so that the file explains
// itself.

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "platform/waves/wave_value.h"

namespace faultline {

class VcdWriter {
 public:
  /// Writes the header. `out` and `signals` must outlive the writer.
  VcdWriter(std::ostream& out, std::span<const WaveSignal> signals);

  /// The first time of the file, with the value of every signal then.
  void begin(std::uint64_t time_ps, std::span<const WaveValue> values);
  /// Signal number `signal` changes at `time_ps`.
  void change(std::uint64_t time_ps, std::size_t signal, const WaveValue& value);
  /// The last time of the file.
  void end(std::uint64_t time_ps) { pass_to(time_ps); }

 private:
  void declare();
  void pass_to(std::uint64_t time_ps);
  void put(std::size_t signal, const WaveValue& value);

  std::ostream& out_;
  std::span<const WaveSignal> signals_;
  std::vector<std::string> identifiers_;  // by signal
  std::uint64_t time_ps_ = 0;
};

}  // namespace faultline
