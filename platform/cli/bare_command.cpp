// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/guest_software.h"
#include "platform/cli/report.h"

namespace faultline {

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
  Board board(*config, make_media(*config));
  boot_bare(board, *config, image);
  ProgressLine progress(config->sim.progress);
  board.set_console(write_console);
  watch(board, progress);
  board.set_complaints([](const std::string& complaint) { spdlog::warn("{}", complaint); });
  const RunOutcome outcome = board.run();
  std::fflush(stdout);
  const bool disk_kept = keep_disk(board, *config);
  const int status = report_outcome(outcome);
  return disk_kept ? status : kExitModel;
}

}  // namespace faultline
