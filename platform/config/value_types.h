// SPDX-License-Identifier: Apache-2.0
#pragma once

// The kinds of value that a configuration key can have: how each is read from YAML, written back,
// and described. Reading is strict: "12x", "1.5" or "yes please" are no integers. Writing is exact:
// what is written reads back as the same value.

#include <yaml-cpp/yaml.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/config/machine_config.h"

namespace faultline {

/// One kind of value, held as a `T`.
template <typename T>
struct ValueType {
  std::string name;     ///< "integer", "size", "choice", ...
  std::string allowed;  ///< "1 to 64", "lru, plru, fifo or random"
  /// The value of a node, or nothing if the node does not hold one that is allowed.
  std::function<std::optional<T>(const YAML::Node&)> read;
  std::function<YAML::Node(const T&)> write;
};

/// Decimal or 0x hexadecimal digits and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_integer(std::string_view text);
/// An integer with an optional suffix KiB, MiB, GiB or TiB ("512KiB", "1 GiB").
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// The shortest form that parse_size reads back: "1GiB", "1536", "24KiB".
[[nodiscard]] std::string format_size(std::uint64_t bytes);
/// What waves_trigger() reads.
[[nodiscard]] std::optional<WavesTrigger> parse_waves_trigger(std::string_view text);
[[nodiscard]] std::string format_waves_trigger(const WavesTrigger& trigger);
/// "1 to 64", "at least 1", "any".
[[nodiscard]] std::string describe_range(std::uint64_t low, std::uint64_t high);
/// "a, b or c".
[[nodiscard]] std::string describe_choices(const std::vector<std::string_view>& names);

/// An unsigned integer from `low` to `high`.
template <std::unsigned_integral T>
[[nodiscard]] ValueType<T> integer(T low = 0, T high = std::numeric_limits<T>::max()) {
  return {.name = "integer",
          .allowed = describe_range(low, high),
          .read = [low, high](const YAML::Node& node) -> std::optional<T> {
            if (!node.IsScalar()) return std::nullopt;
            const auto value = parse_integer(node.Scalar());
            if (!value || *value < low || *value > high) return std::nullopt;
            return static_cast<T>(*value);
          },
          .write = [](const T& value) { return YAML::Node(std::uint64_t{value}); }};
}

/// A size in bytes from `low` to `high`, with or without a suffix.
[[nodiscard]] ValueType<std::uint64_t> size_bytes(std::uint64_t low, std::uint64_t high);
/// true or false.
[[nodiscard]] ValueType<bool> boolean();
/// Any text; `meaning` says what it is ("a file", "a word").
[[nodiscard]] ValueType<std::string> text(std::string meaning);
/// A list of texts.
[[nodiscard]] ValueType<std::vector<std::string>> text_list();
/// A list of unsigned integers.
[[nodiscard]] ValueType<std::vector<std::uint64_t>> integer_list();
/// A list of files to make up: {path, size, seed}.
[[nodiscard]] ValueType<std::vector<GeneratedFile>> generated_files();
/// A list of files of the host to put into the guest's archive: {host, guest}.
[[nodiscard]] ValueType<std::vector<CopiedFile>> copied_files();
/// Where waves begin: "first-fault", "fault:3", "cycle:5000", "instruction:100000".
[[nodiscard]] ValueType<WavesTrigger> waves_trigger();

/// One of a few named values.
template <typename E>
[[nodiscard]] ValueType<E> choice(std::vector<std::pair<std::string_view, E>> names) {
  std::vector<std::string_view> words;
  for (const auto& [word, value] : names) words.push_back(word);
  return {.name = "choice",
          .allowed = describe_choices(words),
          .read = [names](const YAML::Node& node) -> std::optional<E> {
            if (!node.IsScalar()) return std::nullopt;
            for (const auto& [word, value] : names) {
              if (node.Scalar() == word) return value;
            }
            return std::nullopt;
          },
          .write =
              [names](const E& given) {
                for (const auto& [word, value] : names) {
                  if (value == given) return YAML::Node(std::string(word));
                }
                return YAML::Node();
              }};
}

}  // namespace faultline
