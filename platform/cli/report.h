// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the commands share: reading their configuration, and what a person is told while a
// simulation runs and after it ended.

#include <chrono>
#include <optional>

#include "platform/board.h"
#include "platform/cli/arguments.h"
#include "platform/config/machine_config.h"

namespace faultline {

/// The configuration, or nothing after every problem was written to the error output.
[[nodiscard]] std::optional<MachineConfig> load_or_report(const ConfigArguments& arguments);

/// Says how the simulation ended, unless it ended well, and gives the exit status.
[[nodiscard]] int report_outcome(const RunOutcome& outcome);

/// One line on a terminal that says how far the simulation is and how fast the host. Without a
/// terminal it writes nothing.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  /// Removes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const RunProgress& progress);
  /// "12.3 M instructions in 1.2 s of host time: 10.2 MIPS".
  [[nodiscard]] std::string host_speed(const RunProgress& progress) const;

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] double seconds() const;

  bool wanted_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
};

/// Writes a character of the guest's console to the standard output, a line at a time.
void write_console(char c);

/// Shows the board's progress, and ends its run in order at Ctrl-C; a second Ctrl-C ends the
/// process. Both must outlive the run.
void watch(Board& board, ProgressLine& progress);

}  // namespace faultline
