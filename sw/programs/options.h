// SPDX-License-Identifier: Apache-2.0
#pragma once

// Command lines of the programs: --name value. Anything wrong ends the program with status 2, as
// --help ends it with status 0 and the program's usage.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

namespace program {

class Options {
 public:
  /// `names`: the options that exist, without dashes. `usage`: what --help prints.
  Options(int argc, char** argv, std::initializer_list<std::string_view> names, const char* usage)
      : argc_(argc), argv_(argv), usage_(usage) {
    for (int i = 1; i < argc; i += 2) {
      const std::string_view word(argv[i]);
      if (word == "--help") {
        std::fputs(usage, stdout);
        std::exit(0);
      }
      bool known = false;
      for (const std::string_view name : names) known = known || is_option(word, name);
      if (!known) fail("unknown option", argv[i]);
      if (i + 1 == argc) fail("value missing after", argv[i]);
    }
  }

  /// The number given for `name`, from `least` to `most`, or `otherwise`.
  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t otherwise,
                                     std::uint64_t least, std::uint64_t most) const {
    const char* const given = find(name);
    if (given == nullptr) return otherwise;
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(given, &end, 0);
    if (end == given || *end != '\0' || *given == '-') fail("not a number:", given);
    if (value < least || value > most) fail("number out of range:", given);
    return value;
  }

  /// The index in `choices` of the word given for `name`; 0 if none is given.
  [[nodiscard]] std::size_t choice(std::string_view name,
                                   std::initializer_list<std::string_view> choices) const {
    const char* const given = find(name);
    if (given == nullptr) return 0;
    std::size_t index = 0;
    for (const std::string_view choice : choices) {
      if (choice == given) return index;
      ++index;
    }
    fail("no such choice:", given);
  }

  /// The text given for `name`, or `otherwise`.
  [[nodiscard]] const char* text(std::string_view name, const char* otherwise) const {
    const char* const given = find(name);
    return given != nullptr ? given : otherwise;
  }

  /// Ends the program for wrong usage.
  [[noreturn]] void fail(const char* what, const char* detail) const {
    std::fprintf(stderr, "%s: %s %s\n%s", argv_[0], what, detail, usage_);
    std::exit(2);
  }

 private:
  static bool is_option(std::string_view word, std::string_view name) {
    return word.starts_with("--") && word.substr(2) == name;
  }
  [[nodiscard]] const char* find(std::string_view name) const {
    const char* found = nullptr;
    for (int i = 1; i + 1 < argc_; i += 2) {
      if (is_option(argv_[i], name)) found = argv_[i + 1];
    }
    return found;
  }

  int argc_;
  char** argv_;
  const char* usage_;
};

}  // namespace program
