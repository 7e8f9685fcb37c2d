// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/report.h"
#include "platform/cli/rtl_designs.h"

namespace faultline {

int rtl_command(const RtlArguments& arguments) {
  ConfigArguments given = arguments.config;
  given.settings.insert(given.settings.end(), {"mmu.walker.engine=rtl", "mmu.l2_tlb.engine=rtl"});
  const auto config = load_or_report(given);
  if (!config) return kExitUsage;
  const RtlLibrary library(rtl_options(*config));
  fmt::print("{}\n", library.build_walker(config->mmu).string());
  if (config->mmu.l2_tlb.entries != 0) {
    fmt::print("{}\n", library.build_l2_tlb(config->mmu).string());
  }
  return kExitWell;
}

}  // namespace faultline
