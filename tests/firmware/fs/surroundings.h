// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the file systems ask of the rest of the kernel, on the host: messages are collected, user
// memory is the test's own, and the clock stands still, three seconds after the start.

#include <string>

namespace faultline::test {

/// The kernel's messages since the last call.
[[nodiscard]] std::string take_messages();

}  // namespace faultline::test
