// SPDX-License-Identifier: Apache-2.0
#include "models/dev/disk_timing.h"

#include <algorithm>
#include <cassert>

namespace faultline {

namespace {

constexpr std::uint64_t kPsPerNs = 1000;
/// At 1 MB/s a byte takes a microsecond.
constexpr std::uint64_t kPsPerByteAtOneMbPerSecond = 1'000'000;

/// `given` where it is not 0, else the profile's value.
template <typename T>
T merged(T given, T profile) {
  return given != 0 ? given : profile;
}

}  // namespace

const std::array<DiskProfile, 3>& disk_profiles() {
  static const std::array<DiskProfile, 3> profiles = {{
      // 19,000 reads and 60,000 writes a second, one at a time, less the transfer; 600,000 reads
      // with many at a time.
      {"nvme",
       {.read_latency_ns = 51'400,
        .write_latency_ns = 15'400,
        .flush_latency_ns = 1'000'000,
        .read_bandwidth_mb_s = 3500,
        .write_bandwidth_mb_s = 3300,
        .queue_depth = 32},
       "Samsung 970 EVO Plus 1 TB, data sheet (4 KiB random at QD1 and QD32, sequential); flush: "
       "assumption"},
      // 11,000 reads and 13,000 writes a second, less the transfer.
      {"emmc",
       {.read_latency_ns = 74'500,
        .write_latency_ns = 44'100,
        .flush_latency_ns = 2'000'000,
        .read_bandwidth_mb_s = 250,
        .write_bandwidth_mb_s = 125,
        .queue_depth = 1},
       "Samsung eMMC 5.1 64 GB, announcement of February 2015 (random and sequential); flush and "
       "one command at a time: assumption"},
      {"ideal",
       {.read_bandwidth_mb_s = 64'000, .write_bandwidth_mb_s = 64'000, .queue_depth = 256},
       "assumption: no slower than the bus"},
  }};
  return profiles;
}

const DiskProfile* find_disk_profile(std::string_view name) {
  const auto found = std::ranges::find(disk_profiles(), name, &DiskProfile::name);
  return found == disk_profiles().end() ? nullptr : &*found;
}

DiskTimingParams resolve(const DiskTimingParams& given, const DiskProfile& profile) {
  const DiskTimingParams& base = profile.timing;
  return {
      .read_latency_ns = merged(given.read_latency_ns, base.read_latency_ns),
      .write_latency_ns = merged(given.write_latency_ns, base.write_latency_ns),
      .flush_latency_ns = merged(given.flush_latency_ns, base.flush_latency_ns),
      .read_bandwidth_mb_s = merged(given.read_bandwidth_mb_s, base.read_bandwidth_mb_s),
      .write_bandwidth_mb_s = merged(given.write_bandwidth_mb_s, base.write_bandwidth_mb_s),
      .queue_depth = merged(given.queue_depth, base.queue_depth),
  };
}

std::vector<ParamProblem> check(const DiskTimingParams& params) {
  std::vector<ParamProblem> problems;
  const auto in_range = [&](const char* key, std::uint64_t value, std::uint64_t low,
                            std::uint64_t high) {
    if (value >= low && value <= high) return;
    problems.push_back(
        {key, std::to_string(value), std::to_string(low) + " to " + std::to_string(high)});
  };
  constexpr std::uint64_t kLongestNs = 1'000'000'000;
  in_range("read_latency_ns", params.read_latency_ns, 0, kLongestNs);
  in_range("write_latency_ns", params.write_latency_ns, 0, kLongestNs);
  in_range("flush_latency_ns", params.flush_latency_ns, 0, kLongestNs);
  in_range("read_bandwidth_mb_s", params.read_bandwidth_mb_s, 1, 1'000'000);
  in_range("write_bandwidth_mb_s", params.write_bandwidth_mb_s, 1, 1'000'000);
  in_range("queue_depth", params.queue_depth, 1, 1024);
  return problems;
}

DiskTiming::DiskTiming(const DiskTimingParams& params)
    : params_(params), free_at_ps_(params.queue_depth) {
  assert(check(params).empty());
}

std::uint64_t DiskTiming::latency_ps(DiskOperation operation) const {
  switch (operation) {
    case DiskOperation::Read:
      return params_.read_latency_ns * kPsPerNs;
    case DiskOperation::Write:
      return params_.write_latency_ns * kPsPerNs;
    case DiskOperation::Flush:
      break;
  }
  return params_.flush_latency_ns * kPsPerNs;
}

std::uint64_t DiskTiming::transfer_ps(DiskOperation operation, std::uint64_t bytes) const {
  assert(operation != DiskOperation::Flush);
  const std::uint64_t mb_s =
      operation == DiskOperation::Read ? params_.read_bandwidth_mb_s : params_.write_bandwidth_mb_s;
  return bytes * kPsPerByteAtOneMbPerSecond / mb_s;
}

std::uint64_t DiskTiming::submit(DiskOperation operation, std::uint64_t bytes,
                                 std::uint64_t now_ps) {
  if (operation == DiskOperation::Flush) {
    return std::max(now_ps, std::ranges::max(free_at_ps_)) + latency_ps(operation);
  }
  std::uint64_t& free_at = *std::ranges::min_element(free_at_ps_);
  const std::uint64_t start = std::max(now_ps, free_at);
  const std::uint64_t done = start + latency_ps(operation);
  free_at = done + transfer_ps(operation, bytes);
  busy_ps_ += free_at - start;
  return done;
}

void DiskTiming::reset() {
  std::ranges::fill(free_at_ps_, 0);
}

}  // namespace faultline
