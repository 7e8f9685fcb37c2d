// SPDX-License-Identifier: Apache-2.0
#include "platform/cli/rtl_designs.h"

#include <spdlog/spdlog.h>

namespace faultline {

RtlLibraryOptions rtl_options(const MachineConfig& config) {
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe");
  return {.script = FAULTLINE_RTL_SCRIPT,
          .designs = executable.parent_path() / "rtl",
          .sources = config.sim.rtl_sources,
          .waves = config.sim.waves.on,
          .notice = [](const std::string& what) { spdlog::info("{}", what); }};
}

}  // namespace faultline
