// SPDX-License-Identifier: Apache-2.0
#include "platform/loader/function_name.h"

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace faultline {

namespace {

struct Free {
  void operator()(char* text) const { std::free(text); }
};

constexpr std::string_view kAnonymous = "(anonymous namespace)";
constexpr std::string_view kOperator = "operator";

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Position after the bracket that closes the one at `at`.
std::size_t skip_brackets(std::string_view text, std::size_t at) {
  const char open = text[at];
  const char close = open == '(' ? ')' : open == '<' ? '>' : '}';
  unsigned depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == open) ++depth;
    if (text[at] == close && --depth == 0) return at + 1;
  }
  return text.size();
}

/// End of an operator's name that begins at `at`: "operator()", "operator<<", "operator bool".
std::size_t operator_end(std::string_view text, std::size_t at) {
  at += kOperator.size();
  if (text.substr(at, 2) == "()" || text.substr(at, 2) == "[]") return at + 2;
  if (at < text.size() && !is_word(text[at]) && text[at] != ' ') {
    while (at < text.size() &&
           std::string_view("+-*/%^&|~!=<>,").find(text[at]) != std::string_view::npos)
      ++at;
    return at;
  }
  while (at < text.size() && text[at] != '(') ++at;
  return at;
}

/// Walks over a demangled declaration and remembers its last component.
std::string last_component(std::string_view text) {
  std::size_t begin = 0;
  std::size_t end = std::string_view::npos;  // of the component, if arguments follow
  std::size_t at = 0;
  const auto start_over = [&](std::size_t position) {
    at = begin = position;
    end = std::string_view::npos;
  };
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("::")) {
      start_over(at + 2);
    } else if (rest.starts_with(kAnonymous)) {
      at += kAnonymous.size();
    } else if (at == begin && rest.starts_with(kOperator) &&
               (rest.size() == kOperator.size() || !is_word(rest[kOperator.size()]))) {
      at = end = operator_end(text, at);
    } else if (text[at] == ' ') {
      start_over(at + 1);
    } else if (text[at] == '<' || text[at] == '{') {
      if (text[at] == '<' && end == std::string_view::npos) end = at;
      at = skip_brackets(text, at);
    } else if (text[at] == '(') {
      if (end == std::string_view::npos) end = at;
      at = skip_brackets(text, at);
      if (text.substr(at).starts_with(" const")) at += std::string_view(" const").size();
      if (!text.substr(at).starts_with("::")) break;  // else something inside this function
    } else {
      ++at;
    }
  }
  return std::string(text.substr(begin, end == std::string_view::npos ? end : end - begin));
}

}  // namespace

std::string plain_function_name(const std::string& linkage) {
  // Clones carry a suffix from the first dot on; a name may begin with one.
  std::string name = linkage.substr(0, linkage.find('.', 1));
  if (!name.starts_with("_Z")) return name;
  int status = 0;
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  return text == nullptr ? name : last_component(text.get());
}

}  // namespace faultline
