// SPDX-License-Identifier: Apache-2.0
#pragma once

// The commands, each a function from its arguments to the exit status. They report by themselves;
// what they throw is a failure of the simulator.

#include "platform/cli/arguments.h"

namespace faultline {

[[nodiscard]] int run_command(const RunArguments& arguments);
[[nodiscard]] int bare_command(const BareArguments& arguments);
[[nodiscard]] int config_command(const ShowConfigArguments& arguments);
[[nodiscard]] int rtl_command(const RtlArguments& arguments);
[[nodiscard]] int cosim_command(const CosimArguments& arguments);

/// Parses and executes; exceptions become messages and statuses. `arguments` without the program's
/// name.
[[nodiscard]] int execute(std::vector<std::string> arguments);

}  // namespace faultline
