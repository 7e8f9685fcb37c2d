// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/boot_options.h"

namespace lib {

std::optional<std::string_view> WordReader::next() {
  while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  if (rest_.empty()) return std::nullopt;
  bool quoted = false;
  std::size_t size = 0;
  for (; size < rest_.size() && (quoted || rest_[size] != ' '); ++size) {
    if (rest_[size] == '"') quoted = !quoted;
  }
  const std::string_view word = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return word;
}

std::size_t unquote(std::string_view word, char* to) {
  std::size_t size = 0;
  for (const char c : word) {
    if (c != '"') to[size++] = c;
  }
  return size;
}

BootOptions::BootOptions(std::string_view command_line) : options_(command_line) {
  WordReader words(command_line);
  while (const auto word = words.next()) {
    if (*word != "--") continue;
    arguments_ = words.rest();
    options_.remove_suffix(arguments_.size() + word->size());
    return;
  }
}

std::optional<std::string_view> BootOptions::value(std::string_view key) const {
  std::optional<std::string_view> found;
  WordReader words(options_);
  while (const auto word = words.next()) {
    if (word->size() > key.size() && word->starts_with(key) && (*word)[key.size()] == '=') {
      found = word->substr(key.size() + 1);
    }
  }
  return found;
}

bool BootOptions::flag(std::string_view name) const {
  WordReader words(options_);
  while (const auto word = words.next()) {
    if (*word == name) return true;
  }
  return false;
}

}  // namespace lib
