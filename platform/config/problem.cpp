// SPDX-License-Identifier: Apache-2.0
#include "platform/config/problem.h"

#include <fmt/format.h>

namespace faultline {

std::string to_string(const ConfigProblem& problem) {
  std::string text;
  if (!problem.file.empty()) {
    text += problem.line > 0 ? fmt::format("{}:{}: ", problem.file, problem.line)
                             : fmt::format("{}: ", problem.file);
  }
  if (!problem.path.empty()) text += problem.path + ": ";
  if (!problem.value.empty()) text += fmt::format("{} is not allowed: ", problem.value);
  return text + problem.allowed;
}

}  // namespace faultline
