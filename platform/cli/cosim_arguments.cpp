// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/cosim_arguments.h"

#include <CLI/CLI.hpp>

namespace faultline {

namespace {

constexpr const char* kFooter = R"(
  faultline cosim [CONFIG.yaml] [OPTIONS]

Runs the C++ model and the RTL of the walker, and of the L2 TLB, side by side: random page tables,
protection and requests, memories that are slow, refuse and change entries meanwhile, fences at any time.
Every record of a walk with all its cycles, every byte of the tables and every count of the walk caches must
be equal. It ends at the first difference, or with a table of what was covered.

Without CONFIG.yaml and --set it runs the standard designs, which between them reach all of the RTL; with
them, the walker and the L2 TLB of that machine. The RTL of a design is built when it is first needed.

Examples:
  faultline cosim                                  the standard budget
  faultline cosim --walks 1000000 --seed 7         ten times that, with other numbers
  faultline cosim --list-designs                   what is run
  faultline cosim --designs sv57,tlb               only these
  faultline cosim --set mmu.walker.count=8         the walker and the L2 TLB of one's own machine
  faultline cosim --rtl-sources mine               one's own copy of rtl/
  faultline cosim --designs sv39 --round 17 --waves   one round, with waves

Exit status:
  0      no difference, and every bin of the coverage that can be reached was
  1      a difference, or a bin was not reached (judged from the standard budget on)
  2      wrong usage or configuration
  4      the RTL cannot be built, or the simulator itself failed
)";

}  // namespace

CLI::App* add_cosim(CLI::App& app, CosimArguments& arguments) {
  CLI::App* command =
      app.add_subcommand("cosim", "Compare the C++ models with the RTL, cycle by cycle");
  command->footer(kFooter);
  command->add_option("CONFIG", arguments.config.file,
                      "Configuration (YAML) of the machine whose designs are compared");
  command
      ->add_option("--set", arguments.config.settings,
                   "Give one key a value, over the file's; again for more keys")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  const auto at_least_one = CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000});
  command
      ->add_option("--walks", arguments.walks,
                   "Walks of all walkers together, and as many operations of all L2 TLBs; 100000 "
                   "if not given")
      ->check(at_least_one)
      ->type_name("N");
  command->add_option("--seed", arguments.seed, "What all random numbers follow from; 1")
      ->type_name("S");
  command->add_option("--unit", arguments.unit, "What is compared: walker, l2_tlb or all")
      ->check(CLI::IsMember({"walker", "l2_tlb", "all"}))
      ->type_name("UNIT");
  command
      ->add_option("--designs", arguments.designs, "Only these, in this order; commas between them")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  command->add_flag("--list-designs", arguments.list_designs, "Print the designs, and end");
  CLI::Option* round =
      command->add_option("--round", arguments.round, "Only this round of each design")
          ->type_name("N");
  CLI::Option* waves =
      command->add_flag("--waves", arguments.waves, "Write waves (FST) of that round")
          ->needs(round);
  command
      ->add_flag("--no-waves", arguments.no_waves,
                 "Write none of a round that differs, which needs the design built anew")
      ->excludes(waves);
  command
      ->add_option("--out", arguments.out,
                   "Folder for the coverage and the result (cosim.json) and for waves; without it, "
                   "waves go to runs/cosim")
      ->type_name("DIR");
  command
      ->add_option("--rtl-sources", arguments.rtl_sources,
                   "SystemVerilog in the place of Faultline's own; the same as sim.rtl_sources")
      ->type_name("DIR");
  command
      ->add_option("--rtl-coverage", arguments.rtl_coverage,
                   "Folder for verilator's counts of lines and bits, a file a design; see "
                   "rtl/coverage")
      ->type_name("DIR");
  return command;
}

}  // namespace faultline
