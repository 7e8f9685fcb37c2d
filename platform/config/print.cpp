// SPDX-License-Identifier: Apache-2.0
#include "platform/config/print.h"

#include <fmt/format.h>

namespace faultline {

namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (auto dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    parts.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  parts.push_back(path.substr(start));
  return parts;
}

/// One value as YAML on one line.
std::string value_text(const YAML::Node& node) {
  YAML::Emitter emitter;
  emitter.SetMapFormat(YAML::Flow);
  emitter.SetSeqFormat(YAML::Flow);
  emitter << node;
  return emitter.c_str();
}

/// "entries; an integer from 1 to 4096; default 32 (SiFive U74)".
std::string facts(const ConfigKey& key, const std::string& default_value) {
  std::string text = key.unit.empty() ? "" : key.unit + "; ";
  text += fmt::format("{}; default {}", key.allowed, default_value);
  if (!key.source.empty()) text += fmt::format(" ({})", key.source);
  return text;
}

std::string escape_bars(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::string to_yaml(const ConfigSchema& schema, const MachineConfig& config, Comments comments) {
  const MachineConfig defaults;
  std::string text;
  std::vector<std::string> open;  // the groups that the last key was in
  for (const ConfigKey& key : schema.keys()) {
    std::vector<std::string> parts = split(key.path);
    const std::string name = parts.back();
    parts.pop_back();
    std::size_t same = 0;
    while (same < open.size() && same < parts.size() && open[same] == parts[same]) ++same;
    for (std::size_t depth = same; depth < parts.size(); ++depth) {
      if (depth == 0 && !text.empty()) text += '\n';
      text += fmt::format("{:{}}{}:\n", "", 2 * depth, parts[depth]);
    }
    open = std::move(parts);
    const std::size_t indent = 2 * open.size();
    if (comments == Comments::EveryKey) {
      text += fmt::format("{0:{1}}# {2}\n{0:{1}}# [{3}]\n", "", indent, key.description,
                          facts(key, value_text(key.write(defaults))));
    }
    text += fmt::format("{:{}}{}: {}\n", "", indent, name, value_text(key.write(config)));
  }
  return text;
}

std::string to_markdown(const ConfigSchema& schema) {
  const MachineConfig defaults;
  std::string text;
  std::string last_group;
  for (const ConfigKey& key : schema.keys()) {
    const std::string group = key.path.substr(0, key.path.find('.'));
    if (group != last_group) {
      text += fmt::format("{}### `{}`\n\n", text.empty() ? "" : "\n", group);
      text += "| key | unit | default | allowed | meaning |\n|---|---|---|---|---|\n";
      last_group = group;
    }
    const std::string source = key.source.empty() ? "" : fmt::format(" ({})", key.source);
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", key.path, key.unit,
                        value_text(key.write(defaults)), escape_bars(key.allowed),
                        escape_bars(key.description + source));
  }
  return text;
}

}  // namespace faultline
