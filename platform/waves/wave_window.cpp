// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/wave_window.h"

#include <fmt/format.h>

#include <algorithm>

namespace faultline {

using Kind = WavesTrigger::Kind;

WaveWindow::WaveWindow(const WavesConfig& config, bool starts_timed)
    : config_(config), timed_(starts_timed) {
  if (config.from.kind == Kind::Cycle) open(config.from.number, usual_length(kUsualCycles));
}

WaveWindow::Start WaveWindow::observed_from() const {
  const std::uint64_t number = config_.from.number;
  switch (config_.from.kind) {
    case Kind::Cycle:
      return {.cycle = number - std::min(number, kLeadCycles)};
    case Kind::Instruction:
      return {.instructions = number};
    case Kind::Fault:
      return number == 1 ? Start{.cycle = 0} : Start{};
    case Kind::FirstFault:
      break;
  }
  return timed_ ? Start{.cycle = 0} : Start{};
}

bool WaveWindow::fidelity_changed(bool timed) {
  timed_ = timed;
  return timed && !fault_ && config_.from.kind == Kind::FirstFault;
}

bool WaveWindow::fault_raised(Cycles start) {
  ++faults_;
  const bool is_first = config_.from.kind == Kind::FirstFault && timed_ && !fault_;
  const bool is_chosen = config_.from.kind == Kind::Fault && faults_ == config_.from.number;
  if (is_first || is_chosen) {
    fault_ = faults_;
    open(start, usual_length(kMostCycles));
  }
  return config_.from.kind == Kind::Fault && faults_ + 1 == config_.from.number;
}

void WaveWindow::fault_closed(std::uint64_t fault, Cycles now) {
  if (fault != fault_) return;
  fault_end_ = now;
  if (config_.cycles == 0) end_ = std::min(end_, now + kCyclesAfterFault);
}

bool WaveWindow::reached(Cycles now) {
  if (!begin_ && config_.from.kind == Kind::Instruction) open(now, usual_length(kUsualCycles));
  return now < end_;
}

void WaveWindow::run_ended(Cycles now) {
  run_end_ = now;
  if (!begin_) return;
  if (*begin_ >= now) {
    begin_.reset();
    end_ = kNever;
  } else if (now < end_) {
    end_ = now;
    cut_short_ = true;
  }
}

std::string WaveWindow::remark() const {
  if (!begin_) {
    const std::uint64_t number = config_.from.number;
    switch (config_.from.kind) {
      case Kind::Cycle:
        return fmt::format("cycle {} was not reached: the run ended in cycle {}", number, run_end_);
      case Kind::Instruction:
        return fmt::format("instruction {} was not reached before the run ended", number);
      case Kind::Fault:
        return fmt::format("fault {} was not reached: the run had {}", number, faults_);
      case Kind::FirstFault:
        return "there was no fault in cycle fidelity";
    }
  }
  if (cut_short_) return "the run ended first";
  const bool fault_goes_on = fault_ && (!fault_end_ || *fault_end_ > end_);
  if (!fault_goes_on) return "";
  return fmt::format("fault {} was not over after {} cycles; --waves-for says how many to show",
                     *fault_, end_ - *begin_);
}

void WaveWindow::open(Cycles begin, Cycles length) {
  begin_ = begin;
  end_ = begin + length;
}

/// The length that was given, or `otherwise`.
Cycles WaveWindow::usual_length(Cycles otherwise) const {
  return config_.cycles != 0 ? config_.cycles : otherwise;
}

}  // namespace faultline
