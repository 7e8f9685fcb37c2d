// SPDX-License-Identifier: Apache-2.0
#pragma once

// The schema: one declaration a configuration key, with its place in MachineConfig. It drives
// everything that knows keys: reading YAML and --set, the messages about what is wrong, `faultline
// config`, the resolved config.yaml of a run, and docs/configuration.md.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/config/machine_config.h"
#include "platform/config/value_types.h"

namespace faultline {

/// One key. Its default is what a default-constructed MachineConfig has in its place.
struct ConfigKey {
  std::string path;         ///< "mmu.l1_dtlb.ways"
  std::string type;         ///< "integer", "size", "choice", "text", "list"
  std::string unit;         ///< "cycles", "entries"; empty if it has none
  std::string allowed;      ///< "an integer from 1 to 64"
  std::string description;  ///< a sentence, without the full stop
  std::string source;  ///< where the default comes from, or "assumption"; empty if no hardware's

  /// Puts the node's value into its place; false (and nothing changed) if it is not one that is
  /// allowed.
  std::function<bool(MachineConfig&, const YAML::Node&)> read;
  std::function<YAML::Node(const MachineConfig&)> write;
};

/// What a key means to a person.
struct ConfigKeyText {
  std::string unit{};
  std::string description{};
  std::string source{};
};

/// All keys, in the order in which they are read and printed.
class ConfigSchema {
 public:
  /// Declares a key. `place` is a generic lambda from MachineConfig (const or not) to the field:
  /// `[](auto& c) -> auto& { return c.cpu.frequency_mhz; }`.
  template <typename T, typename Place>
  void add(std::string path, ValueType<T> type, Place place, ConfigKeyText text) {
    keys_.push_back({.path = std::move(path),
                     .type = type.name,
                     .unit = std::move(text.unit),
                     .allowed = type.allowed,
                     .description = std::move(text.description),
                     .source = std::move(text.source),
                     .read =
                         [read = type.read, place](MachineConfig& config, const YAML::Node& node) {
                           const auto value = read(node);
                           if (value) place(config) = *value;
                           return value.has_value();
                         },
                     .write = [write = type.write, place](
                                  const MachineConfig& config) { return write(place(config)); }});
  }

  [[nodiscard]] const std::vector<ConfigKey>& keys() const { return keys_; }
  /// The key at `path`, or null.
  [[nodiscard]] const ConfigKey* find(std::string_view path) const;
  /// True if keys lie below `path`: "mmu", "mmu.l1_dtlb".
  [[nodiscard]] bool is_group(std::string_view path) const;
  /// The key or group that `path` was most likely meant to be; empty if none is near.
  [[nodiscard]] std::string nearest(std::string_view path) const;

 private:
  std::vector<ConfigKey> keys_;
};

/// The schema of MachineConfig.
[[nodiscard]] ConfigSchema machine_schema();

}  // namespace faultline
