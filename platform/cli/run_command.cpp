// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/guest_software.h"
#include "platform/cli/report.h"
#include "platform/cli/rtl_designs.h"
#include "platform/cli/waves.h"
#include "platform/loader/symbol_table.h"
#include "platform/measure/fault_profiler.h"
#include "platform/results/fault_table.h"
#include "platform/results/run_folder.h"
#include "platform/results/stats_json.h"

namespace faultline {

namespace {

/// The configuration with what the command line says about the program.
void apply_program(MachineConfig& config, const RunArguments& arguments) {
  if (!arguments.program.empty()) {
    config.program.path = arguments.program.front();
    config.program.args.assign(arguments.program.begin() + 1, arguments.program.end());
  }
  config.program.env.insert(config.program.env.end(), arguments.env.begin(), arguments.env.end());
  if (!arguments.stdin_file.empty()) config.program.stdin_file = arguments.stdin_file;
  if (!arguments.disk.empty()) config.disk.source = arguments.disk;
  if (!arguments.disk_out.empty()) config.disk.out = arguments.disk_out;
  config.program.files.insert(config.program.files.end(), arguments.files.begin(),
                              arguments.files.end());
}

KernelImage kernel_image(const SymbolTable& symbols) {
  KernelImage image;
  image.addresses_of = [&symbols](std::string_view name) { return symbols.addresses_of(name); };
  if (!symbols.functions().empty()) {
    image.begin = symbols.functions().front().begin;
    image.end = symbols.functions().back().end;
  }
  return image;
}

/// Boots and runs the guest, and gathers what it leaves; writes its waves. `disk_kept`: as
/// keep_disk() says.
RunResult simulate(const MachineConfig& config, const GuestSoftware& software, BoardMedia media,
                   const std::filesystem::path& folder, bool& disk_kept) {
  Board board(config, std::move(media), RtlLibrary(rtl_options(config)));
  boot(board, config, software);
  board.console_input(software.console_input);
  const SymbolTable symbols(software.kernel);
  const FunctionIndex functions(kernel_image(symbols));
  FaultProfiler profiler(functions, {.starts_timed = config.cpu.hart.starts_timed()});

  RunResult result;
  profiler.on_region([&](bool begins) {
    if (begins) {
      board.reset_statistics();
      result.statistics.clear();
    } else {
      result.statistics = to_json(board.stats());
    }
    result.region_marked = true;
  });
  profiler.on_timed([&] {
    if (result.region_marked) return;
    board.reset_statistics();
    result.warmed_up = true;
  });
  ProgressLine progress(config.sim.progress);
  board.set_observers({.hart = &profiler});
  std::optional<WaveRecorder> waves;
  if (config.sim.waves.on) waves.emplace(config, board, profiler, folder);
  watch(board, progress);
  board.set_console([&result](char c) {
    write_console(c);
    result.console += c;
  });

  board.set_complaints([](const std::string& complaint) { spdlog::warn("{}", complaint); });

  result.outcome = board.run();
  disk_kept = keep_disk(board, config);
  result.progress = board.progress();
  if (result.statistics.empty()) result.statistics = to_json(board.stats());
  result.faults = profiler.finish(result.progress.cycles);
  fmt::print(stderr, "{}\n", progress.host_speed(result.progress));
  if (waves) write_waves(*waves, board, folder);
  return result;
}

void print_results(const MachineConfig& config, const RunResult& result,
                   const std::filesystem::path& folder) {
  const std::vector<PathSummary> paths = summarise(result.faults, Grouping::PathAndCaches);
  fmt::print("\n{}\n{}\n{}\nresults in {}\n", path_table(paths, config.cpu), stage_table(paths),
             summary_text(result, config.cpu), folder.string());
  std::fflush(stdout);  // before what is said on the error output
}

}  // namespace

int run_command(const RunArguments& arguments) {
  auto config = load_or_report(arguments.config);
  if (!config) return kExitUsage;
  apply_program(*config, arguments);
  find_program(*config, built_software());
  const std::filesystem::path folder =
      arguments.out.empty() ? "runs/" + config->sim.name : arguments.out;
  const GuestSoftware software = read_guest_software(*config, built_software());
  BoardMedia media = make_media(*config);
  try {
    prepare_run_folder(folder);
    remove_waves(folder);
  } catch (const std::runtime_error& e) {
    spdlog::error("--out: {}", e.what());
    return kExitUsage;
  }

  bool disk_kept = false;
  const RunResult result = simulate(*config, software, std::move(media), folder, disk_kept);
  write_run_folder(folder, *config, result);
  print_results(*config, result, folder);
  const int status = report_outcome(result.outcome);
  return disk_kept ? status : kExitModel;
}

}  // namespace faultline
