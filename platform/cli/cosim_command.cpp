// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/report.h"
#include "platform/cli/rtl_designs.h"
#include "platform/cosim/cosim.h"
#include "platform/cosim/cosim_report.h"

namespace faultline {

namespace {

namespace fs = std::filesystem;

std::optional<MachineConfig> machine_of(const CosimArguments& arguments) {
  ConfigArguments config = arguments.config;
  config.settings.insert(config.settings.end(), {"mmu.walker.engine=rtl", "mmu.l2_tlb.engine=rtl"});
  if (!arguments.rtl_sources.empty()) {
    config.settings.push_back("sim.rtl_sources=" + arguments.rtl_sources);
  }
  return load_or_report(config);
}

bool is_wanted(const CosimArguments& arguments, CosimUnit unit) {
  return arguments.unit == "all" || (arguments.unit == "walker") == (unit == CosimUnit::Walker);
}

/// The designs that the arguments ask for; none, after a message, if a name is not known.
std::vector<CosimDesign> choose_designs(const CosimArguments& arguments,
                                        const MachineConfig& machine) {
  const bool standard = arguments.config.file.empty() && arguments.config.settings.empty();
  std::vector<CosimDesign> all = standard ? standard_designs() : designs_of(machine.mmu);
  std::erase_if(all, [&](const CosimDesign& d) { return !is_wanted(arguments, d.unit); });
  if (arguments.designs.empty()) {
    if (all.empty()) spdlog::error("--unit: this machine has no L2 TLB");
    return all;
  }
  std::vector<CosimDesign> chosen;
  for (const std::string& name : arguments.designs) {
    const auto found = std::ranges::find(all, name, &CosimDesign::name);
    if (found == all.end()) {
      spdlog::error("--designs: {} is not allowed: one of these\n{}", name, designs_list(all));
      return {};
    }
    chosen.push_back(*found);
  }
  return chosen;
}

/// True if all folders are there; otherwise after a message.
bool make_folders(const CosimArguments& arguments) {
  for (const auto& [option, folder] :
       {std::pair{"--out", arguments.out}, std::pair{"--rtl-coverage", arguments.rtl_coverage}}) {
    if (folder.empty()) continue;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      spdlog::error("{}: {}: {}", option, folder, error.message());
      return false;
    }
  }
  return true;
}

/// One line on a terminal that says how far it is.
class CosimLine {
 public:
  CosimLine() : wanted_(isatty(STDERR_FILENO) != 0) {}
  ~CosimLine() {
    if (wanted_) fmt::print(stderr, "\r\x1b[K");
  }
  CosimLine(const CosimLine&) = delete;
  CosimLine& operator=(const CosimLine&) = delete;

  void show(const CosimProgress& progress) const {
    if (!wanted_) return;
    fmt::print(stderr, "\r\x1b[K{}: {} of {} walks", progress.design.name, progress.done,
               progress.of);
    std::fflush(stderr);
  }

 private:
  bool wanted_;
};

/// The command that plays just this round again.
std::string command_for(const CosimArguments& arguments, const std::string& design,
                        std::uint64_t round) {
  std::string command = "faultline cosim";
  if (!arguments.config.file.empty()) command += " " + arguments.config.file;
  for (const std::string& setting : arguments.config.settings) command += " --set " + setting;
  if (!arguments.rtl_sources.empty()) command += " --rtl-sources " + arguments.rtl_sources;
  return command +
         fmt::format(" --seed {} --designs {} --round {} --waves", arguments.seed, design, round);
}

fs::path waves_path(const CosimArguments& arguments, const std::string& design,
                    std::uint64_t round) {
  const fs::path folder = arguments.out.empty() ? "runs/cosim" : arguments.out;
  fs::create_directories(folder);
  return folder / fmt::format("{}-{}.fst", design, round);
}

void write_waves(Cosim& cosim, const CosimArguments& arguments, const CosimDesign& design,
                 std::uint64_t round) {
  try {
    const fs::path path = waves_path(arguments, design.name, round);
    cosim.trace(design, round, path);
    fmt::print("waves: {}\n", path.string());
  } catch (const std::exception& e) {
    spdlog::warn("no waves: {}", e.what());
  }
}

void print_difference(const CosimArguments& arguments, const std::string& design,
                      const CosimResult::Failure& failure) {
  fmt::print("\ndesign {}, seed {}, round {}: {}\n\n{}\nto play it again:\n  {}\n", design,
             arguments.seed, failure.round, failure.difference.summary, failure.difference.details,
             command_for(arguments, design, failure.round));
}

/// Whether enough was compared for empty bins to mean something.
bool is_judged(const CosimArguments& arguments, const CosimResult& result) {
  return !arguments.round && std::ranges::all_of(result.parts, [&](const auto& part) {
    return result.walks(part.design.unit) >= kStandardWalks;
  });
}

bool covers_all(const std::vector<const CoverTable*>& tables) {
  return std::ranges::all_of(tables, [](const CoverTable* table) {
    return table->missing().empty() && table->impossible().empty();
  });
}

void write_json(const CosimArguments& arguments, const CosimResult& result, const Cosim& cosim) {
  const fs::path path = fs::path(arguments.out) / "cosim.json";
  std::ofstream file(path);
  file << cosim_json(arguments.seed, result, cosim.coverage()).dump(2) << '\n';
  if (!file) throw std::runtime_error(path.string() + " cannot be written");
}

/// How it ended, in one word.
std::string verdict_of(const CosimArguments& arguments, const CosimResult& result,
                       const Cosim& cosim) {
  if (result.failure) return to_string(result.failure->difference.kind);
  return is_judged(arguments, result) && !covers_all(cosim.coverage()) ? "coverage" : "none";
}

int report(const CosimArguments& arguments, const CosimResult& result, Cosim& cosim) {
  fmt::print("{}", designs_table(result));
  const CosimDesign& last = result.parts.back().design;
  if (result.failure) {
    print_difference(arguments, last.name, *result.failure);
    if (!arguments.no_waves) write_waves(cosim, arguments, last, result.failure->round);
  } else {
    fmt::print("\n{}", coverage_text(cosim.coverage()));
    if (!is_judged(arguments, result)) {
      fmt::print("the coverage is judged from {} walks of each unit on\n", kStandardWalks);
    }
    if (arguments.waves) {
      for (const auto& part : result.parts) {
        write_waves(cosim, arguments, part.design, *arguments.round);
      }
    }
  }
  const std::string verdict = verdict_of(arguments, result, cosim);
  fmt::print("verdict: {}, design {}, {} walks\n", verdict, result.failure ? last.name : "all",
             result.walks(CosimUnit::Walker) + result.walks(CosimUnit::L2Tlb));
  return verdict == "none" ? kExitWell : kExitDifference;
}

}  // namespace

int cosim_command(const CosimArguments& arguments) {
  const auto machine = machine_of(arguments);
  if (!machine) return kExitUsage;
  const std::vector<CosimDesign> designs = choose_designs(arguments, *machine);
  if (designs.empty()) return kExitUsage;
  if (arguments.list_designs) {
    fmt::print("{}", designs_list(designs));
    return kExitWell;
  }
  if (!make_folders(arguments)) return kExitUsage;
  RtlLibraryOptions rtl = rtl_options(*machine);
  rtl.waves = false;
  Cosim cosim({.seed = arguments.seed,
               .walks = arguments.walks.value_or(kStandardWalks),
               .designs = designs,
               .round = arguments.round,
               .rtl = std::move(rtl),
               .coverage = arguments.rtl_coverage});
  const CosimResult result = [&] {
    const CosimLine line;
    return cosim.run([&](const CosimProgress& progress) { line.show(progress); });
  }();
  if (!arguments.out.empty()) write_json(arguments, result, cosim);
  return report(arguments, result, cosim);
}

}  // namespace faultline
