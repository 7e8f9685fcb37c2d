// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parameters: each model has a plain struct of them with defaults, and a function
//   std::vector<ParamProblem> check(const XxxParams&)
// that names what cannot be built. The platform fills the structs from YAML, puts the dotted path
// of the struct before each problem's key and ends the run; a model may assume that its parameters
// passed.

#include <string>
#include <vector>

namespace faultline {

/// One value that a model cannot be built with.
struct ParamProblem {
  std::string key;    ///< the field, as in the YAML: "ways"
  std::string value;  ///< what was given: "3"
  std::string
      allowed;  ///< what is allowed: "a divisor of entries (64) whose quotient is a power of two"
};

}  // namespace faultline
