// SPDX-License-Identifier: Apache-2.0
#include "platform/config/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace faultline {

namespace {

constexpr std::string_view kCommandLine = "--set";

/// A node as a person wrote it, on one line.
std::string to_text(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter emitter;
  emitter.SetMapFormat(YAML::Flow);
  emitter.SetSeqFormat(YAML::Flow);
  emitter << node;
  return emitter.c_str();
}

/// Walks a YAML tree and sorts its leaves by dotted path.
class KeyReader {
 public:
  KeyReader(const ConfigSchema& schema, std::string file, GivenValues& given,
            ConfigProblems& problems)
      : schema_(schema), file_(std::move(file)), given_(given), problems_(problems) {}

  /// `line` is that of the node's key; 0 for the root.
  void read(const std::string& path, const YAML::Node& node, int line) {
    if (schema_.find(path) != nullptr) {
      read_key(path, node, line);
    } else if (path.empty() || schema_.is_group(path)) {
      read_group(path, node, line);
    } else {
      const std::string near = schema_.nearest(path);
      report(path, line, "",
             near.empty() ? "there is no such key; `faultline config` lists them all"
                          : fmt::format("there is no such key; did you mean {}?", near));
    }
  }

 private:
  void read_key(const std::string& path, const YAML::Node& node, int line) {
    if (!seen_.emplace(path, line).second) {
      report(path, line, to_text(node), fmt::format("once; it stands in line {} too", seen_[path]));
      return;
    }
    given_.insert_or_assign(path, GivenValue{node, file_, line});
  }

  void read_group(const std::string& path, const YAML::Node& node, int line) {
    if (node.IsNull()) return;
    if (!node.IsMap()) {
      report(path, line, to_text(node), "a group of keys");
      return;
    }
    for (const auto& entry : node) {
      const YAML::Node& key = entry.first;
      const int key_line = file_ == kCommandLine ? 0 : key.Mark().line + 1;
      if (!key.IsScalar()) {
        report(path, key_line, to_text(key), "a word as key");
        continue;
      }
      read(path.empty() ? key.Scalar() : path + "." + key.Scalar(), entry.second, key_line);
    }
  }

  void report(const std::string& path, int line, std::string value, std::string allowed) {
    problems_.push_back({.path = path,
                         .value = std::move(value),
                         .allowed = std::move(allowed),
                         .file = file_,
                         .line = line});
  }

  const ConfigSchema& schema_;
  std::string file_;
  GivenValues& given_;
  ConfigProblems& problems_;
  std::map<std::string, int> seen_;
};

/// Parses YAML; nothing, and a problem, if it is none or more than one document.
std::optional<YAML::Node> parse(const std::string& yaml, const std::string& file,
                                const std::string& path, ConfigProblems& problems) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
    if (documents.size() <= 1) return documents.empty() ? YAML::Node() : documents.front();
    problems.push_back({.path = path,
                        .value = fmt::format("a text of {} documents", documents.size()),
                        .allowed = "one document, without a line --- between keys",
                        .file = file,
                        .line = 0});
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    problems.push_back({.path = path,
                        .value = file == kCommandLine ? yaml : "",
                        .allowed = "YAML (" + e.msg + ")",
                        .file = file,
                        .line = file == kCommandLine ? 0 : e.mark.line + 1});
    return std::nullopt;
  }
}

/// A cross-field problem names a key that may be a default; then the nearest given key of the same
/// group says where the person should look.
void locate(ConfigProblem& problem, const GivenValues& given) {
  auto found = given.find(problem.path);
  if (found == given.end()) {
    const std::string group = problem.path.substr(0, problem.path.rfind('.') + 1);
    found = given.lower_bound(group);
    if (found == given.end() || !found->first.starts_with(group)) return;
  }
  problem.file = found->second.file;
  problem.line = found->second.line;
}

}  // namespace

void read_yaml(const ConfigSchema& schema, const std::string& yaml, const std::string& file,
               GivenValues& given, ConfigProblems& problems) {
  if (const auto root = parse(yaml, file, "", problems)) {
    KeyReader(schema, file, given, problems).read("", *root, 0);
  }
}

void read_setting(const ConfigSchema& schema, const std::string& setting, GivenValues& given,
                  ConfigProblems& problems) {
  const std::string file(kCommandLine);
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems.push_back({.path = "", .value = setting, .allowed = "path=value", .file = file});
    return;
  }
  const std::string path = setting.substr(0, equals);
  if (const auto node = parse(setting.substr(equals + 1), file, path, problems)) {
    KeyReader(schema, file, given, problems).read(path, *node, 0);
  }
}

MachineConfig resolve(const ConfigSchema& schema, const GivenValues& given,
                      ConfigProblems& problems) {
  MachineConfig config;
  for (const ConfigKey& key : schema.keys()) {
    const auto found = given.find(key.path);
    if (found == given.end() || key.read(config, found->second.node)) continue;
    problems.push_back(
        {.path = key.path,
         .value = found->second.node.IsNull() ? "nothing" : to_text(found->second.node),
         .allowed = key.allowed,
         .file = found->second.file,
         .line = found->second.line});
  }
  return config;
}

LoadedConfig load_config(const std::string& file, const std::vector<std::string>& settings) {
  const ConfigSchema schema = machine_schema();
  LoadedConfig loaded;
  GivenValues given;
  if (!file.empty()) {
    std::ifstream stream(file);
    // Reading from a folder would throw.
    const bool readable = stream.is_open() && !std::filesystem::is_directory(file);
    const std::string yaml =
        readable ? std::string{std::istreambuf_iterator<char>(stream), {}} : std::string{};
    if (readable) {
      read_yaml(schema, yaml, file, given, loaded.problems);
    } else {
      loaded.problems.push_back(
          {.path = "", .value = "", .allowed = "cannot be read as a file", .file = file});
    }
  }
  for (const std::string& setting : settings) {
    read_setting(schema, setting, given, loaded.problems);
  }
  MachineConfig config = resolve(schema, given, loaded.problems);
  // A model's check may rely on every single value being in its range.
  if (loaded.problems.empty()) {
    derive(config);
    loaded.problems = check(config);
    for (ConfigProblem& problem : loaded.problems) locate(problem, given);
  }
  if (loaded.problems.empty()) loaded.config = std::move(config);
  return loaded;
}

}  // namespace faultline
