// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of functions as people say them, from the names that compilers put into symbol tables.

#include <string>

namespace faultline {

/// The function's own name: without namespaces and classes, return type, template arguments,
/// parameters and qualifiers, and without the suffixes of clones that the compiler made
/// ("f.constprop.0" is "f"). A name that is not C++ keeps its text up to the first dot.
[[nodiscard]] std::string plain_function_name(const std::string& linkage);

}  // namespace faultline
