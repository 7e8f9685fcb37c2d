// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is wrong with a configuration, said so that a person can mend it: where, which key, what was
// given, what is allowed. Problems are collected, never thrown, so that one run reports all of
// them.

#include <string>
#include <vector>

namespace faultline {

/// One thing wrong with a configuration.
struct ConfigProblem {
  std::string
      path;  ///< dotted path of the key: "mmu.l1_dtlb.ways"; empty if the file itself is meant
  std::string value;    ///< what was given: "3"; empty if nothing was
  std::string allowed;  ///< what is allowed there, or what else to do: "1 to 64"
  std::string file{};   ///< file, or "--set"; empty if the value is a default
  int line = 0;         ///< line in the file, from 1; 0 if unknown

  bool operator==(const ConfigProblem&) const = default;
};

using ConfigProblems = std::vector<ConfigProblem>;

/// One line: "machine.yaml:7: mmu.l1_dtlb.ways: 3 is not allowed: 1 to 64".
[[nodiscard]] std::string to_string(const ConfigProblem& problem);

}  // namespace faultline
