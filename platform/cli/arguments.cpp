// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "platform/cli/cosim_arguments.h"
#include "platform/cli/exit_status.h"
#include "platform/config/value_types.h"

namespace faultline {

namespace {

constexpr const char* kAppFooter = R"(
Examples:
  faultline run                                         the default machine and program
  faultline run configs/first-run.yaml                  an experiment
  faultline run --set mmu.l2_tlb.entries=2048 --out runs/big
  faultline run -- ./mine 10                            one's own static RV64 Linux program
  faultline run --disk data --set swap.size_bytes=64MiB -- ./mine /disk/table
  faultline bare test.elf --max-cycles 1000000          a bare-metal program
  faultline run --waves-from fault:3                    a fault as waves, for GTKWave
  faultline cosim                                       compare the C++ models with the RTL
  faultline config                                      every key, with unit, range and default

Exit status:
  0      the guest ended well
  1      cosim: the models and the RTL differ
  N      the guest's own status
  2      wrong usage, configuration or guest file
  3      ended by a limit, or the guest ran wild
  4      the simulator itself failed, or could not keep the disk
)";

constexpr const char* kRunFooter = R"(
  faultline run [CONFIG.yaml] [OPTIONS] [-- PROGRAM ARGS...]

Boots the kernel on the configured machine, runs PROGRAM in user mode, and prints what each kind of page
fault cost and where its cycles went. The folder DIR then holds the resolved configuration (config.yaml),
the statistics (stats.json), every fault with its stages (faults.db), the table of paths (latency.csv) and
the guest's output (console.txt).

Host-speed options. They change how long you wait, never a result; switch one off to see that:
  --set sim.host.decode_cache=false        decode every instruction anew
  --set sim.host.direct_memory=false       reach memory by debug transactions, not by pointer
  --set sim.host.translation_hints=false   search the TLBs at every access

Disks, as virtio block devices with DMA and the time of real parts:
  --disk DIR                               made into an ext2 image; files: /disk/...
  --set disk.profile=emmc                  nvme (default), emmc or ideal; disk.* changes each figure
  --set swap.size_bytes=64MiB              a swap area on a second disk; swap.* as disk.*
  --set disk.bad_files=[/table]            reading that file ends with an I/O error

Waves, for GTKWave (docs/guide.md, "Waves"); results stay the same:
  --waves                                  the first timed fault, to its end
  --waves-from fault:3 --waves-for 2000    so many cycles from the third fault's access on
  --waves-from cycle:5000000               or from a cycle (instruction:N: an instruction) on
  gtkwave DIR/waves.vcd waves/system.gtkw

Limits and shortcuts:
  --set sim.max_cycles=N                   end there (exit status 3)
  --set sim.max_instructions=N
  --set sim.fidelity=functional            no timing
  --set sim.warmup.instructions=N          time after N instructions, not from the program's start on
  --set sim.warmup.marker=false            time the boot too
)";

/// "host=guest" as two parts; throws what CLI11 reports as wrong usage.
CopiedFile parse_copied_file(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw CLI::ValidationError("--file", text + " is not allowed: host=guest, two paths");
  }
  return {.host = text.substr(0, equals), .guest = text.substr(equals + 1)};
}

void add_settings(CLI::App& app, ConfigArguments& config) {
  app.add_option("--set", config.settings,
                 "Give one key a value, over the file's; again for more keys")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_config(CLI::App& app, ConfigArguments& config) {
  app.add_option("CONFIG", config.file, "Configuration (YAML); without it, the default machine");
  add_settings(app, config);
}

/// --waves and its like: settings of sim.waves.*. Each turns waves on.
void add_waves(CLI::App& app, ConfigArguments& config) {
  const auto turn_on = [&config] { config.settings.emplace_back("sim.waves.on=true"); };
  app.add_flag_callback("--waves", turn_on, "Write waves: DIR/waves.vcd");
  const auto is_place = [](const std::string& text) -> std::string {
    return parse_waves_trigger(text) ? "" : text + " is not allowed: " + waves_trigger().allowed;
  };
  app.add_option_function<std::string>(
         "--waves-from",
         [&config, turn_on](const std::string& place) {
           turn_on();
           config.settings.push_back("sim.waves.from=" + place);
         },
         "Where they begin: first-fault (the first one that is timed; if not given), fault:N as "
         "faults.db counts, cycle:N, instruction:N")
      ->check(is_place)
      ->type_name("PLACE");
  app.add_option_function<std::uint64_t>(
         "--waves-for",
         [&config, turn_on](const std::uint64_t& cycles) {
           turn_on();
           config.settings.push_back("sim.waves.cycles=" + std::to_string(cycles));
         },
         "How many cycles; if not given, until a little after the fault's end, or 10000")
      ->check(CLI::Range(std::uint64_t{1}, kMostWaveCycles))
      ->type_name("CYCLES");
}

CLI::App* add_run(CLI::App& app, RunArguments& run, std::vector<std::string>& files) {
  CLI::App* command =
      app.add_subcommand("run", "Run a program under the kernel; measure its faults");
  command->footer(kRunFooter);
  add_config(*command, run.config);
  command->add_option("--out", run.out, "Folder for the results; runs/<sim.name> if not given")
      ->type_name("DIR");
  command->add_option("--file", files, "Put a file of this host into the guest's archive")
      ->type_name("HOST=GUEST")
      ->allow_extra_args(false);
  command->add_option("--env", run.env, "Set a variable of the program's environment")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--stdin", run.stdin_file, "What the program reads from standard input")
      ->type_name("FILE");
  command
      ->add_option("--disk", run.disk,
                   "Folder, or ext2 image, of this host: the disk that the guest mounts at /disk. "
                   "Neither is ever changed")
      ->type_name("DIR|IMAGE");
  command->add_option("--disk-out", run.disk_out, "Keep the disk as the guest left it: an image")
      ->type_name("FILE");
  add_waves(*command, run.config);
  return command;
}

CLI::App* add_bare(CLI::App& app, BareArguments& bare) {
  CLI::App* command =
      app.add_subcommand("bare", "Run a bare-metal program; its verdict is the status");
  command->footer(
      "\nThe program starts in M mode and ends through the symbol `tohost` (HTIF) or the test "
      "finisher at\n"
      "0x100000. Its console is the UART at 0x10000000, or HTIF's. It is timed from its first "
      "instruction\n"
      "on; regions of interest (markers 0x102, 0x103) have no effect here.\n");
  command->add_option("ELF", bare.elf, "RV64 executable, loaded at its physical addresses")
      ->required();
  command->add_option("--config", bare.config.file, "Configuration (YAML)")
      ->type_name("CONFIG.yaml");
  add_settings(*command, bare.config);
  command
      ->add_option("--max-cycles", bare.max_cycles, "End the run there; the same as sim.max_cycles")
      ->type_name("N");
  add_waves(*command, bare.config);
  command->add_option("--out", bare.out, "Folder for the waves; runs/<sim.name> if not given")
      ->type_name("DIR");
  return command;
}

CLI::App* add_show_config(CLI::App& app, ShowConfigArguments& show) {
  using enum ShowConfigArguments::Form;
  CLI::App* command =
      app.add_subcommand("config", "Print the resolved configuration and what its keys mean");
  add_config(*command, show.config);
  auto* plain = command->add_flag_callback(
      "--plain", [&show] { show.form = Plain; }, "Values only");
  command
      ->add_flag_callback(
          "--markdown", [&show] { show.form = Markdown; },
          "The keys as tables for the documentation")
      ->excludes(plain);
  return command;
}

CLI::App* add_rtl(CLI::App& app, RtlArguments& rtl) {
  CLI::App* command = app.add_subcommand("rtl", "Build the RTL engines of a configuration");
  command->footer(
      "\nBuilds the walker and the L2 TLB in RTL for the configuration's parameters, ahead of the "
      "first run\n"
      "with mmu.walker.engine=rtl or mmu.l2_tlb.engine=rtl, and prints where they are.\n");
  add_config(*command, rtl.config);
  return command;
}

}  // namespace

Command parse_arguments(std::vector<std::string> arguments, std::ostream& out, std::ostream& err) {
  // What follows "--" is the guest's business.
  const auto dashes = std::ranges::find(arguments, "--");
  std::vector<std::string> program;
  const bool has_program = dashes != arguments.end();
  if (has_program) program.assign(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  std::ranges::reverse(arguments);  // as CLI11 takes them

  CLI::App app("Faultline: what does a page fault cost, and where do its cycles go?", "faultline");
  app.set_version_flag("--version", "faultline " FAULTLINE_VERSION);
  app.require_subcommand(1);
  app.footer(kAppFooter);
  RunArguments run;
  BareArguments bare;
  ShowConfigArguments show;
  RtlArguments rtl;
  CosimArguments cosim;
  std::vector<std::string> files;
  const CLI::App* run_command = add_run(app, run, files);
  const CLI::App* bare_command = add_bare(app, bare);
  add_show_config(app, show);
  const CLI::App* rtl_command = add_rtl(app, rtl);
  const CLI::App* cosim_command = add_cosim(app, cosim);
  try {
    app.parse(arguments);
    if (has_program && (!run_command->parsed() || program.empty())) {
      throw CLI::ValidationError("--", "is not allowed: a PROGRAM after it, and only for run");
    }
    std::ranges::transform(files, std::back_inserter(run.files), parse_copied_file);
  } catch (const CLI::ParseError& e) {
    return ExitNow{app.exit(e, out, err) == 0 ? kExitWell : kExitUsage};
  }
  run.program = std::move(program);
  if (run_command->parsed()) return run;
  if (bare_command->parsed()) return bare;
  if (rtl_command->parsed()) return rtl;
  if (cosim_command->parsed()) return cosim;
  return show;
}

}  // namespace faultline
