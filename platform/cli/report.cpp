// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/report.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "platform/cli/exit_status.h"
#include "platform/config/load.h"

namespace faultline {

std::optional<MachineConfig> load_or_report(const ConfigArguments& arguments) {
  LoadedConfig loaded = load_config(arguments.file, arguments.settings);
  for (const ConfigProblem& problem : loaded.problems) spdlog::error("{}", to_string(problem));
  return std::move(loaded.config);
}

int report_outcome(const RunOutcome& outcome) {
  if (outcome.kind != RunOutcome::Kind::Exited) {
    spdlog::error("{}", outcome.report);
    return kExitLimit;
  }
  // A process's status has 8 bits; no failure may look like success.
  const int status = outcome.status >= 0 && outcome.status <= 255 ? outcome.status : 255;
  if (status != 0) {
    spdlog::warn("the guest ended with status {}{}", outcome.status,
                 status == outcome.status ? "" : ", of which 255 is what a process can say");
  }
  return status;
}

namespace {

volatile std::sig_atomic_t interrupted = 0;

/// The first Ctrl-C ends the run in order, the second one at once.
void on_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void write_console(char c) {
  std::putchar(c);
  if (c == '\n') std::fflush(stdout);
}

void watch(Board& board, ProgressLine& progress) {
  std::signal(SIGINT, on_interrupt);
  board.set_progress([&board, &progress](const RunProgress& p) {
    if (interrupted != 0) board.interrupt();
    progress.show(p);
  });
}

ProgressLine::ProgressLine(bool wanted) : wanted_(wanted && isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void ProgressLine::show(const RunProgress& progress) {
  if (!wanted_ || Clock::now() < next_) return;
  next_ = Clock::now() + std::chrono::milliseconds(200);
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{:.1f} M cycles, {}", static_cast<double>(progress.cycles) / 1e6,
             host_speed(progress));
  std::fflush(stderr);
}

std::string ProgressLine::host_speed(const RunProgress& progress) const {
  const double millions = static_cast<double>(progress.instructions) / 1e6;
  const double elapsed = std::max(seconds(), 1e-9);
  return fmt::format("{:.1f} M instructions in {:.1f} s of host time: {:.1f} MIPS", millions,
                     elapsed, millions / elapsed);
}

}  // namespace faultline
