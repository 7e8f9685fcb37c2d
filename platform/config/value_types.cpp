// SPDX-License-Identifier: Apache-2.0
#include "platform/config/value_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace faultline {

namespace {

struct SizeSuffix {
  std::string_view name;
  unsigned shift;
};
constexpr std::array kSizeSuffixes{SizeSuffix{"TiB", 40}, SizeSuffix{"GiB", 30},
                                   SizeSuffix{"MiB", 20}, SizeSuffix{"KiB", 10}};

struct NamedTrigger {
  std::string_view name;
  WavesTrigger::Kind kind;
};
constexpr std::array kWavesTriggers{NamedTrigger{"cycle:", WavesTrigger::Kind::Cycle},
                                    NamedTrigger{"instruction:", WavesTrigger::Kind::Instruction},
                                    NamedTrigger{"fault:", WavesTrigger::Kind::Fault}};
constexpr std::string_view kFirstFault = "first-fault";
/// No run gets that far, and no time of the waves overflows.
constexpr std::uint64_t kLastTrigger = 1'000'000'000'000;

/// The scalar `key` of the map `node`, if it is there.
std::optional<std::string> field(const YAML::Node& node, const char* key) {
  const YAML::Node found = node[key];
  if (!found || !found.IsScalar() || found.Scalar().empty()) return std::nullopt;
  return found.Scalar();
}

/// Reads a list whose elements `read_element` understands; one that it does not makes the whole
/// invalid.
template <typename T>
std::optional<std::vector<T>> read_list(const YAML::Node& node,
                                        std::optional<T> (*read_element)(const YAML::Node&)) {
  if (!node.IsSequence()) return std::nullopt;
  std::vector<T> list;
  for (const YAML::Node& element : node) {
    auto value = read_element(element);
    if (!value) return std::nullopt;
    list.push_back(*std::move(value));
  }
  return list;
}

std::optional<std::string> read_text(const YAML::Node& node) {
  if (!node.IsScalar()) return std::nullopt;
  return node.Scalar();
}

std::optional<std::uint64_t> read_integer(const YAML::Node& node) {
  if (!node.IsScalar()) return std::nullopt;
  return parse_integer(node.Scalar());
}

std::optional<GeneratedFile> read_generated_file(const YAML::Node& node) {
  if (!node.IsMap()) return std::nullopt;
  const auto path = field(node, "path");
  const auto size = field(node, "size");
  if (!path || !size) return std::nullopt;
  const auto bytes = parse_size(*size);
  const auto seed = node["seed"] ? parse_integer(field(node, "seed").value_or("")) : 1;
  if (!bytes || !seed || node.size() != (node["seed"] ? 3U : 2U)) return std::nullopt;
  return GeneratedFile{.path = *path, .size_bytes = *bytes, .seed = *seed};
}

std::optional<CopiedFile> read_copied_file(const YAML::Node& node) {
  if (!node.IsMap() || node.size() != 2) return std::nullopt;
  const auto host = field(node, "host");
  const auto guest = field(node, "guest");
  if (!host || !guest) return std::nullopt;
  return CopiedFile{.host = *host, .guest = *guest};
}

/// A list as YAML, each element made by `write_element`, on one line.
template <typename T, typename Write>
YAML::Node write_list(const std::vector<T>& list, Write write_element) {
  YAML::Node node(YAML::NodeType::Sequence);
  node.SetStyle(YAML::EmitterStyle::Flow);
  for (const T& element : list) node.push_back(write_element(element));
  return node;
}

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  unsigned shift = 0;
  for (const SizeSuffix& suffix : kSizeSuffixes) {
    if (!text.ends_with(suffix.name)) continue;
    text.remove_suffix(suffix.name.size());
    while (text.ends_with(' ')) text.remove_suffix(1);
    shift = suffix.shift;
    break;
  }
  const auto value = parse_integer(text);
  if (!value || *value > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return *value << shift;
}

std::string format_size(std::uint64_t bytes) {
  for (const SizeSuffix& suffix : kSizeSuffixes) {
    const std::uint64_t mask = (std::uint64_t{1} << suffix.shift) - 1;
    if (bytes != 0 && (bytes & mask) == 0) {
      return fmt::format("{}{}", bytes >> suffix.shift, suffix.name);
    }
  }
  return std::to_string(bytes);
}

std::optional<WavesTrigger> parse_waves_trigger(std::string_view text) {
  if (text == kFirstFault) return WavesTrigger{};
  for (const auto& [name, kind] : kWavesTriggers) {
    if (!text.starts_with(name)) continue;
    const auto number = parse_integer(text.substr(name.size()));
    const std::uint64_t first = kind == WavesTrigger::Kind::Fault ? 1 : 0;
    if (!number || *number < first || *number > kLastTrigger) return std::nullopt;
    return WavesTrigger{kind, *number};
  }
  return std::nullopt;
}

std::string format_waves_trigger(const WavesTrigger& trigger) {
  if (trigger.kind == WavesTrigger::Kind::FirstFault) return std::string(kFirstFault);
  const auto* const named = std::ranges::find(kWavesTriggers, trigger.kind, &NamedTrigger::kind);
  return fmt::format("{}{}", named->name, trigger.number);
}

std::string describe_range(std::uint64_t low, std::uint64_t high) {
  // The largest value of a 32-bit or 64-bit field is no limit that a person would want to read.
  const bool unlimited = high >= std::numeric_limits<std::uint32_t>::max();
  if (unlimited) return low == 0 ? "an integer from 0" : fmt::format("an integer from {}", low);
  return fmt::format("an integer from {} to {}", low, high);
}

std::string describe_choices(const std::vector<std::string_view>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) all += i + 1 == names.size() ? " or " : ", ";
    all += names[i];
  }
  return all;
}

ValueType<std::uint64_t> size_bytes(std::uint64_t low, std::uint64_t high) {
  return {.name = "size",
          .allowed = fmt::format("a size from {} to {}, with the suffix KiB, MiB, GiB or none",
                                 format_size(low), format_size(high)),
          .read = [low, high](const YAML::Node& node) -> std::optional<std::uint64_t> {
            if (!node.IsScalar()) return std::nullopt;
            const auto value = parse_size(node.Scalar());
            if (!value || *value < low || *value > high) return std::nullopt;
            return value;
          },
          .write = [](const std::uint64_t& value) { return YAML::Node(format_size(value)); }};
}

ValueType<bool> boolean() {
  return choice<bool>({{"true", true}, {"false", false}});
}

ValueType<std::string> text(std::string meaning) {
  return {.name = "text",
          .allowed = std::move(meaning),
          .read = read_text,
          .write = [](const std::string& value) { return YAML::Node(value); }};
}

ValueType<std::vector<std::string>> text_list() {
  return {.name = "list",
          .allowed = "a list of texts: [a, b]",
          .read = [](const YAML::Node& node) { return read_list<std::string>(node, read_text); },
          .write =
              [](const std::vector<std::string>& list) {
                return write_list(list, [](const std::string& s) { return YAML::Node(s); });
              }};
}

ValueType<std::vector<std::uint64_t>> integer_list() {
  return {
      .name = "list",
      .allowed = "a list of integers: [0, 8]",
      .read = [](const YAML::Node& node) { return read_list<std::uint64_t>(node, read_integer); },
      .write =
          [](const std::vector<std::uint64_t>& list) {
            return write_list(list, [](std::uint64_t value) { return YAML::Node(value); });
          }};
}

ValueType<std::vector<GeneratedFile>> generated_files() {
  return {.name = "list",
          .allowed = "a list of {path: text, size: size, seed: integer}; seed may be left out",
          .read =
              [](const YAML::Node& node) {
                return read_list<GeneratedFile>(node, read_generated_file);
              },
          .write =
              [](const std::vector<GeneratedFile>& list) {
                return write_list(list, [](const GeneratedFile& file) {
                  YAML::Node node;
                  node["path"] = file.path;
                  node["size"] = format_size(file.size_bytes);
                  node["seed"] = file.seed;
                  return node;
                });
              }};
}

ValueType<std::vector<CopiedFile>> copied_files() {
  return {
      .name = "list",
      .allowed = "a list of {host: file, guest: path}",
      .read = [](const YAML::Node& node) { return read_list<CopiedFile>(node, read_copied_file); },
      .write =
          [](const std::vector<CopiedFile>& list) {
            return write_list(list, [](const CopiedFile& file) {
              YAML::Node node;
              node["host"] = file.host;
              node["guest"] = file.guest;
              return node;
            });
          }};
}

ValueType<WavesTrigger> waves_trigger() {
  return {
      .name = "place",
      .allowed = "first-fault, fault:N (from 1), cycle:N or instruction:N",
      .read = [](const YAML::Node& node) -> std::optional<WavesTrigger> {
        if (!node.IsScalar()) return std::nullopt;
        return parse_waves_trigger(node.Scalar());
      },
      .write =
          [](const WavesTrigger& trigger) { return YAML::Node(format_waves_trigger(trigger)); }};
}

}  // namespace faultline
