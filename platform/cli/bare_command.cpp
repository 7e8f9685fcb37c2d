// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/guest_software.h"
#include "platform/cli/report.h"
#include "platform/cli/rtl_designs.h"
#include "platform/cli/waves.h"
#include "platform/results/run_folder.h"

namespace faultline {

namespace {

/// Makes the folder for waves; false after an error message.
bool prepare_waves(const std::filesystem::path& folder) {
  try {
    prepare_run_folder(folder);
  } catch (const std::runtime_error& e) {
    spdlog::error("--out: {}", e.what());
    return false;
  }
  remove_waves(folder);
  return true;
}

/// Waves of a program without a kernel: its faults have no stages but those of the hardware.
class BareWaves {
 public:
  BareWaves(const MachineConfig& config, Board& board, const std::filesystem::path& folder)
      : functions_({.addresses_of = [](std::string_view) { return std::vector<VirtAddr>{}; }}),
        profiler_(functions_, {.starts_timed = config.cpu.hart.starts_timed()}),
        recorder_(config, board, profiler_, folder) {}
  void write(Board& board, const std::filesystem::path& folder) {
    write_waves(recorder_, board, folder);
  }

 private:
  FunctionIndex functions_;
  FaultProfiler profiler_;
  WaveRecorder recorder_;
};

}  // namespace

int bare_command(const BareArguments& arguments) {
  BareArguments given = arguments;
  // No kernel is there to end a warm-up; a program with markers of its own may ask for one.
  given.config.settings = {"sim.warmup.marker=false"};
  std::ranges::copy(arguments.config.settings, std::back_inserter(given.config.settings));
  if (given.max_cycles) {
    given.config.settings.push_back("sim.max_cycles=" + std::to_string(*given.max_cycles));
  }
  const auto config = load_or_report(given.config);
  if (!config) return kExitUsage;
  const ElfImage image(given.elf);
  const std::filesystem::path folder =
      arguments.out.empty() ? "runs/" + config->sim.name : arguments.out;
  if (config->sim.waves.on && !prepare_waves(folder)) return kExitUsage;
  Board board(*config, make_media(*config), RtlLibrary(rtl_options(*config)));
  boot_bare(board, *config, image);
  ProgressLine progress(config->sim.progress);
  board.set_console(write_console);
  watch(board, progress);
  board.set_complaints([](const std::string& complaint) { spdlog::warn("{}", complaint); });
  std::optional<BareWaves> waves;
  if (config->sim.waves.on) waves.emplace(*config, board, folder);
  const RunOutcome outcome = board.run();
  std::fflush(stdout);
  if (waves) waves->write(board, folder);
  const bool disk_kept = keep_disk(board, *config);
  const int status = report_outcome(outcome);
  return disk_kept ? status : kExitModel;
}

}  // namespace faultline
