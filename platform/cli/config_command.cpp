// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"
#include "platform/cli/report.h"
#include "platform/config/print.h"

namespace faultline {

int config_command(const ShowConfigArguments& arguments) {
  const auto config = load_or_report(arguments.config);
  if (!config) return kExitUsage;
  using enum ShowConfigArguments::Form;
  const ConfigSchema schema = machine_schema();
  switch (arguments.form) {
    case Commented:
      fmt::print("{}", to_yaml(schema, *config, Comments::EveryKey));
      break;
    case Plain:
      fmt::print("{}", to_yaml(schema, *config, Comments::None));
      break;
    case Markdown:
      fmt::print("{}", to_markdown(schema));
      break;
  }
  return kExitWell;
}

}  // namespace faultline
