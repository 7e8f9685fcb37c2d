// SPDX-License-Identifier: Apache-2.0
#pragma once

// Waiting for any of several files: one queue for all whose state poll() may ask for.

#include <cstdint>

/// How often what announces no change is asked, in nanoseconds (assumption: a person's patience).
inline constexpr std::uint64_t kPollInterval = 1'000'000;

/// Sleeps until poll_changed() or for `nanoseconds`. 0, or -ERESTARTSYS for a signal.
[[nodiscard]] int sleep_for_poll(std::uint64_t nanoseconds);
