// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one exception of the loaders.

#include <stdexcept>

namespace faultline {

/// A file that cannot be loaded. what() names the file, what was found and what is allowed.
struct LoadError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace faultline
