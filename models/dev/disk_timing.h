// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long a disk takes for a command: a fixed latency, a number of commands that it works on at
// the same time, and a bandwidth in each direction. Named profiles hold the figures of real parts.
// Not modelled: what depends on the address or the history (erased blocks, read-ahead and write
// caches, wear, SLC buffers that run full), and a bus that is shared by both directions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/common/params.h"

namespace faultline {

/// What a disk does, as far as its time depends on it.
enum class DiskOperation : std::uint8_t { Read, Write, Flush };

/// The figures of one disk. A 0 in a field stands for the profile's value in what a person gave,
/// and for "no time" in what resolve() made of it.
struct DiskTimingParams {
  std::uint64_t read_latency_ns = 0;       ///< from a command to its first data
  std::uint64_t write_latency_ns = 0;      ///< from its last data to its end
  std::uint64_t flush_latency_ns = 0;      ///< from the end of all earlier writes to its end
  std::uint64_t read_bandwidth_mb_s = 0;   ///< 10^6 bytes a second, 1 to 1,000,000
  std::uint64_t write_bandwidth_mb_s = 0;  ///< 10^6 bytes a second, 1 to 1,000,000
  unsigned queue_depth = 0;                ///< commands that the medium works on at once, 1 to 1024

  bool operator==(const DiskTimingParams&) const = default;
};

/// A named set of figures.
struct DiskProfile {
  std::string_view name;
  DiskTimingParams timing;
  std::string_view source;  ///< where the figures come from
};

/// All profiles, the default first: `nvme`, `emmc`, `ideal`.
[[nodiscard]] const std::array<DiskProfile, 3>& disk_profiles();
/// The profile of that name, or null.
[[nodiscard]] const DiskProfile* find_disk_profile(std::string_view name);
/// The figures of `profile` with those of `given` that are not 0 put over them.
[[nodiscard]] DiskTimingParams resolve(const DiskTimingParams& given, const DiskProfile& profile);
/// What a DiskTiming cannot be built with; empty if all is well. For resolved figures.
[[nodiscard]] std::vector<ParamProblem> check(const DiskTimingParams& params);

/// When the medium has done its part of each command. Time is in picoseconds.
///
/// A command is taken up by the place that has been free for longest, of queue_depth: at its
/// arrival or when that place is free, whichever is later. It then takes its latency, and keeps its
/// place for the time that its bytes need at the bandwidth as well; so a steady stream of commands
/// of n bytes reaches queue_depth / (latency + n / bandwidth) a second. A flush begins when all
/// earlier commands have left their places, and holds up no later one.
class DiskTiming {
 public:
  /// `params` passed check().
  explicit DiskTiming(const DiskTimingParams& params);

  /// The time at which the medium has done its part of a command of `bytes` that arrives at
  /// `now_ps`: the first data of a read are there, a write or a flush has ended. Arrivals must not
  /// go back in time.
  [[nodiscard]] std::uint64_t submit(DiskOperation operation, std::uint64_t bytes,
                                     std::uint64_t now_ps);
  /// Time that `bytes` need on the way between disk and memory. Not for Flush.
  [[nodiscard]] std::uint64_t transfer_ps(DiskOperation operation, std::uint64_t bytes) const;
  /// Forgets all commands (the device was reset).
  void reset();
  /// Time that all places together were taken since the start or the last reset of statistics.
  [[nodiscard]] std::uint64_t& busy_ps() { return busy_ps_; }

 private:
  [[nodiscard]] std::uint64_t latency_ps(DiskOperation operation) const;

  DiskTimingParams params_;
  std::vector<std::uint64_t> free_at_ps_;  // by place
  std::uint64_t busy_ps_ = 0;
};

}  // namespace faultline
