// SPDX-License-Identifier: Apache-2.0
#pragma once

// The command line that the boot loader passes in the device tree (/chosen, bootargs), in the
// syntax of Linux: words separated by blanks, each a flag or key=value, and after a word "--" the
// arguments of the first program. Double quotes keep blanks together and are removed. Works in
// place.

#include <cstdint>
#include <optional>
#include <string_view>

namespace lib {

/// The words of a command line, one after the other.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : rest_(text) {}

  /// The next word, quotes included; nothing at the end.
  std::optional<std::string_view> next();
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Copies `word` without its quotes to `to`, which must have room for word.size() characters;
/// returns the number written.
std::size_t unquote(std::string_view word, char* to);

class BootOptions {
 public:
  explicit BootOptions(std::string_view command_line);

  /// The value of the last `key=value`; nothing if there is none.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view key) const;
  /// All words before "--", for options that may be given more than once.
  [[nodiscard]] WordReader words() const { return WordReader(options_); }
  /// Whether the word `name` stands alone.
  [[nodiscard]] bool flag(std::string_view name) const;
  /// The words after "--": the arguments of the first program.
  [[nodiscard]] WordReader program_arguments() const { return WordReader(arguments_); }

 private:
  std::string_view options_;
  std::string_view arguments_;
};

}  // namespace lib
