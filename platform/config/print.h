// SPDX-License-Identifier: Apache-2.0
#pragma once

// A configuration written out: as YAML that reads back as the same configuration, with or without a
// comment a key, and the schema as a table for the documentation.

#include <string>

#include "platform/config/machine_config.h"
#include "platform/config/schema.h"

namespace faultline {

enum class Comments { None, EveryKey };

/// All keys with their values. With comments, each key is preceded by its description, unit, what
/// is allowed, its default and the default's source. Ends with a new line.
[[nodiscard]] std::string to_yaml(const ConfigSchema& schema, const MachineConfig& config,
                                  Comments comments);

/// The reference of docs/configuration.md: a table of keys a group, in Markdown.
[[nodiscard]] std::string to_markdown(const ConfigSchema& schema);

}  // namespace faultline
