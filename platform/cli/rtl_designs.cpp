// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/rtl_designs.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "platform/loader/load_error.h"

namespace faultline {

namespace fs = std::filesystem;

namespace {

/// Throws if an engine that is rtl does not find its sources.
void require_sources(const MachineConfig& config) {
  const fs::path sources = config.sim.rtl_sources;
  const bool walker = config.mmu.walker.engine == Engine::Rtl;
  const bool l2_tlb = config.mmu.l2_tlb_engine == Engine::Rtl;
  if (sources.empty() || (!walker && !l2_tlb)) return;
  const bool there = fs::is_regular_file(sources / "faultline_pkg.sv") &&
                     (!walker || fs::is_regular_file(sources / "walker.sv")) &&
                     (!l2_tlb || fs::is_regular_file(sources / "tlb.sv"));
  if (there) return;
  throw LoadError(
      fmt::format("sim.rtl_sources: {} is not allowed: a folder with faultline_pkg.sv{}{}",
                  sources.string(), walker ? ", walker.sv" : "", l2_tlb ? ", tlb.sv" : ""));
}

}  // namespace

RtlLibraryOptions rtl_options(const MachineConfig& config) {
  require_sources(config);
  const fs::path executable = fs::read_symlink("/proc/self/exe");
  return {.script = FAULTLINE_RTL_SCRIPT,
          .designs = executable.parent_path() / "rtl",
          .sources = config.sim.rtl_sources,
          .waves = config.sim.waves.on,
          .notice = [](const std::string& what) { spdlog::info("{}", what); }};
}

}  // namespace faultline
