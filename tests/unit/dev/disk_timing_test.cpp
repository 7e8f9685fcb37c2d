// SPDX-License-Identifier: Apache-2.0
#include "models/dev/disk_timing.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

constexpr DiskTimingParams kDisk{.read_latency_ns = 100,
                                 .write_latency_ns = 40,
                                 .flush_latency_ns = 1000,
                                 .read_bandwidth_mb_s = 1000,  // a byte a nanosecond
                                 .write_bandwidth_mb_s = 500,
                                 .queue_depth = 1};
constexpr std::uint64_t kNs = 1000;  // in picoseconds

using enum DiskOperation;

TEST(disk_timing, a_command_takes_its_latency) {
  DiskTiming disk(kDisk);
  EXPECT_EQ(disk.submit(Read, 512, 7 * kNs), 107 * kNs);
  EXPECT_EQ(disk.transfer_ps(Read, 512), 512 * kNs);
  EXPECT_EQ(disk.transfer_ps(Write, 512), 1024 * kNs);
}

TEST(disk_timing, a_place_is_taken_until_the_data_have_passed) {
  DiskTiming disk(kDisk);
  EXPECT_EQ(disk.submit(Read, 512, 0), 100 * kNs);
  EXPECT_EQ(disk.submit(Read, 512, 10 * kNs), (612 + 100) * kNs) << "after latency and transfer";
  EXPECT_EQ(disk.submit(Write, 512, 5000 * kNs), 5040 * kNs) << "the place is free again";
}

TEST(disk_timing, as_many_commands_at_once_as_there_are_places) {
  DiskTimingParams params = kDisk;
  params.queue_depth = 3;
  DiskTiming disk(params);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(disk.submit(Read, 100, 0), 100 * kNs);
  EXPECT_EQ(disk.submit(Read, 100, 0), 300 * kNs);
}

TEST(disk_timing, a_flush_waits_for_all_before_it_and_holds_up_none) {
  DiskTiming disk(kDisk);
  EXPECT_EQ(disk.submit(Write, 500, 0), 40 * kNs);
  EXPECT_EQ(disk.submit(Flush, 0, 10 * kNs), (1040 + 1000) * kNs);
  EXPECT_EQ(disk.submit(Read, 512, 1040 * kNs), 1140 * kNs);
}

TEST(disk_timing, a_reset_frees_the_places) {
  DiskTiming disk(kDisk);
  (void)disk.submit(Read, 1'000'000, 0);
  disk.reset();
  EXPECT_EQ(disk.submit(Read, 512, 1 * kNs), 101 * kNs);
}

TEST(disk_timing, profiles_reach_the_figures_of_their_sources) {
  const auto rate = [](const char* name, DiskOperation operation, std::uint64_t bytes) {
    const DiskTimingParams params = resolve({}, *find_disk_profile(name));
    DiskTiming disk(params);
    const std::uint64_t one = disk.submit(operation, bytes, 0) + disk.transfer_ps(operation, bytes);
    return 1e12 / static_cast<double>(one);
  };
  EXPECT_NEAR(rate("nvme", Read, 4096), 19'000, 200)
      << "4 KiB random reads a second, one at a time";
  EXPECT_NEAR(rate("nvme", Write, 4096), 60'000, 600);
  EXPECT_NEAR(rate("emmc", Read, 4096), 11'000, 110);
  EXPECT_NEAR(rate("emmc", Write, 4096), 13'000, 130);
}

TEST(disk_timing, what_is_given_goes_over_the_profile) {
  for (const DiskProfile& profile : disk_profiles()) {
    EXPECT_TRUE(check(profile.timing).empty()) << profile.name;
    EXPECT_EQ(find_disk_profile(profile.name), &profile);
  }
  EXPECT_EQ(find_disk_profile("tape"), nullptr);
  const DiskTimingParams params = resolve({.read_latency_ns = 5}, *find_disk_profile("nvme"));
  EXPECT_EQ(params.read_latency_ns, 5U);
  EXPECT_EQ(params.queue_depth, 32U);
  EXPECT_EQ(check(DiskTimingParams{}).size(), 3U) << "bandwidths and depth";
}

}  // namespace
}  // namespace faultline
