// SPDX-License-Identifier: Apache-2.0
#pragma once

// From files and --set to a checked MachineConfig, in three steps: what was given (each key at most
// once, with its place in the file), resolved against the defaults, then checked across keys by the
// models.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/machine_config.h"
#include "platform/config/problem.h"
#include "platform/config/schema.h"

namespace faultline {

/// The value given for one key, and where.
struct GivenValue {
  YAML::Node node;
  std::string file;
  int line = 0;
};
/// By dotted path. A key that is not here was not given.
using GivenValues = std::map<std::string, GivenValue>;

/// What load_config() makes: a configuration, or why there is none.
struct LoadedConfig {
  std::optional<MachineConfig> config;  ///< present if and only if there are no problems
  ConfigProblems problems;
};

/// The keys of one YAML text. `file` names it in messages. Later calls override earlier ones.
void read_yaml(const ConfigSchema& schema, const std::string& yaml, const std::string& file,
               GivenValues& given, ConfigProblems& problems);
/// One "path=value" of the command line; the value is YAML, so lists and groups can be given too.
void read_setting(const ConfigSchema& schema, const std::string& setting, GivenValues& given,
                  ConfigProblems& problems);
/// The defaults with what was given put over them.
[[nodiscard]] MachineConfig resolve(const ConfigSchema& schema, const GivenValues& given,
                                    ConfigProblems& problems);
/// What no single key can know: ways against entries, firmware against memory. Paths are dotted;
/// file and line are empty.
[[nodiscard]] ConfigProblems check(const MachineConfig& config);

/// All of the above. `file` may be empty: the default machine.
[[nodiscard]] LoadedConfig load_config(const std::string& file,
                                       const std::vector<std::string>& settings);

}  // namespace faultline
