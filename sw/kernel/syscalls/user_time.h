// SPDX-License-Identifier: Apache-2.0
#pragma once

// Times as programs pass and get them. All clocks count from the start of the machine.

#include <cstdint>

inline constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
inline constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

/// struct timespec; as struct timeval the second word counts microseconds.
struct user_time {
  std::int64_t seconds;
  std::int64_t fraction;
};

/// Nanoseconds as seconds and units of `nanoseconds_per_unit`.
[[nodiscard]] constexpr user_time split(std::uint64_t nanoseconds,
                                        std::uint64_t nanoseconds_per_unit) {
  return {static_cast<std::int64_t>(nanoseconds / kNanosecondsPerSecond),
          static_cast<std::int64_t>(nanoseconds % kNanosecondsPerSecond / nanoseconds_per_unit)};
}

/// `start` + `span`, or the end of time.
[[nodiscard]] constexpr std::uint64_t later(std::uint64_t start, std::uint64_t span) {
  return span > ~start ? ~std::uint64_t{0} : start + span;
}

/// Reads a struct timespec in nanoseconds; 0, -EFAULT or -EINVAL. What is too long to count is the
/// end of time.
[[nodiscard]] int read_timespec(std::uintptr_t from, std::uint64_t& nanoseconds);
/// Reads a struct timeval in nanoseconds.
[[nodiscard]] int read_timeval(std::uintptr_t from, std::uint64_t& nanoseconds);
