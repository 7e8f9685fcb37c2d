// SPDX-License-Identifier: Apache-2.0
#pragma once

// The options of `faultline cosim`, with their help.

#include "platform/cli/arguments.h"

namespace CLI {
class App;
}

namespace faultline {

/// Adds the command to `app`; what it is given is put into `arguments`, which outlives `app`.
CLI::App* add_cosim(CLI::App& app, CosimArguments& arguments);

}  // namespace faultline
