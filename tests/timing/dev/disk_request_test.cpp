// SPDX-License-Identifier: Apache-2.0
// The cycle in which a request's interrupt comes, from the parameters: a core cycle has 500 ps, a
// DMA transaction takes kRamLatency, and the figures are those of bench_disk().

#include <gtest/gtest.h>

#include "tests/unit/dev/virtio_bench.h"

namespace faultline {
namespace {

constexpr Cycles kStart = 1000;
/// Available index, ring entry, three descriptors, header.
constexpr Cycles kFetch = 6 * kRamLatency;
/// Status, used element, used index, flags of the available ring.
constexpr Cycles kComplete = 4 * kRamLatency;
constexpr Cycles kReadLatency = 2000;   // 1000 ns
constexpr Cycles kWriteLatency = 1000;  // 500 ns
constexpr Cycles kFlushLatency = 4000;  // 2000 ns
/// 4096 bytes at 1000 MB/s and at 500 MB/s; 256 bytes, a burst, at 500 MB/s.
constexpr Cycles kPageIn = 8192;
constexpr Cycles kPageOut = 16'384;
constexpr Cycles kBurstOut = 1024;

/// Runs `request` at kStart; the cycles of the interrupts.
std::vector<Cycles> interrupts_of(VirtioBench& bench, const std::function<void()>& request) {
  simulate([&] {
    bench.start();
    wait_cycles(kStart);
    request();
    bench.finish();
    wait_cycles(100'000);
  });
  return bench.rises;
}

TEST(disk_request, a_read_takes_fetch_latency_transfer_and_completion) {
  VirtioBench bench;
  const auto rises = interrupts_of(bench, [&] {
    bench.request(VirtioBlk::kIn, 0, 4096);
    bench.notify();
  });
  const Cycles expected = kStart + kFetch + kReadLatency + kPageIn + kRamLatency + kComplete;
  EXPECT_EQ(rises, std::vector{expected});
}

TEST(disk_request, a_write_takes_fetch_transfer_latency_and_completion) {
  VirtioBench bench;
  const auto rises = interrupts_of(bench, [&] {
    bench.request(VirtioBlk::kOut, 0, 4096);
    bench.notify();
  });
  // The last burst begins when the time of those before it has passed.
  const Cycles expected =
      kStart + kFetch + (kPageOut - kBurstOut) + kRamLatency + kWriteLatency + kComplete;
  EXPECT_EQ(rises, std::vector{expected});
}

TEST(disk_request, a_flush_takes_fetch_latency_and_completion) {
  VirtioBench bench;
  const auto rises = interrupts_of(bench, [&] {
    bench.request(VirtioBlk::kFlush, 0, 0);
    bench.notify();
  });
  const Cycles expected = kStart + kFetch - kRamLatency + kFlushLatency + kComplete;
  EXPECT_EQ(rises, std::vector{expected}) << "a descriptor less to fetch";
}

TEST(disk_request, memory_that_is_slower_than_the_disk_decides) {
  VirtioBlkParams params = bench_disk();
  params.timing.read_bandwidth_mb_s = 1'000'000;  // 256 bytes in 256 ps
  VirtioBench bench(params);
  const auto rises = interrupts_of(bench, [&] {
    bench.request(VirtioBlk::kIn, 0, 4096);
    bench.notify();
  });
  // The first burst is there after one cycle; then 16 bursts go one after the other.
  const Cycles expected = kStart + kFetch + kReadLatency + 1 + 16 * kRamLatency + kComplete;
  EXPECT_EQ(rises, std::vector{expected});
}

TEST(disk_request, an_error_of_the_medium_takes_its_latency_but_no_transfer) {
  VirtioBench bench;
  bench.medium.spoil(0, 1);
  const auto rises = interrupts_of(bench, [&] {
    bench.request(VirtioBlk::kIn, 0, 4096);
    bench.notify();
  });
  EXPECT_EQ(rises, std::vector{kStart + kFetch + kReadLatency + kComplete});
}

/// Two reads in one notification; the cycles from it until the second is in the used ring.
Cycles end_of_two_reads(unsigned queue_depth) {
  VirtioBlkParams params = bench_disk();
  params.timing.queue_depth = queue_depth;
  VirtioBench bench(params);
  Cycles end = 0;
  simulate([&] {
    bench.start();
    bench.request(VirtioBlk::kIn, 0, 512);
    bench.offer(0);
    bench.notify();
    const auto now = [] { return sc_core::sc_time_stamp().value() / kPeriodPs; };
    while (bench.used_index() < 2 && now() < 100'000) wait_cycles(1);
    end = now();
  });
  return end - 1;  // a cycle's poll comes before the write of that cycle
}

// The second request is fetched after the first, without reading the available index again.
constexpr Cycles kFirstReady = kFetch + kReadLatency;
constexpr Cycles kSectorIn = 1024;
/// Data, status and used element; the index is seen when its write arrives at memory.
constexpr Cycles kUntilUsed = kSectorIn + 3 * kRamLatency;
constexpr Cycles kAfterUsed = 2 * kRamLatency;  // used index, flags of the available ring

TEST(disk_request, with_two_places_only_the_transfers_follow_each_other) {
  EXPECT_EQ(end_of_two_reads(2), kFirstReady + kUntilUsed + kAfterUsed + kUntilUsed);
}

TEST(disk_request, with_one_place_the_second_waits_for_the_first_to_leave_it) {
  EXPECT_EQ(end_of_two_reads(1), kFirstReady + kSectorIn + kReadLatency + kUntilUsed);
}

}  // namespace
}  // namespace faultline
