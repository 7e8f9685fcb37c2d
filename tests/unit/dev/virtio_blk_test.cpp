// SPDX-License-Identifier: Apache-2.0
// What the block device does with requests: content, errors, broken drivers, resets, statistics.

#include "models/dev/virtio_blk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dev/virtio_bench.h"

namespace faultline {
namespace {

using R = VirtioMmioRegister;
using ::testing::HasSubstr;

class VirtioBlkTest : public ::testing::Test, protected VirtioBench {};

TEST_F(VirtioBlkTest, reads_what_is_on_the_disk) {
  simulate([&] {
    start();
    EXPECT_EQ(run(VirtioBlk::kIn, 5, 4096), VirtioBlk::kOk);
    EXPECT_TRUE(data_equal_disk(5, 4096));
    EXPECT_EQ(used_index(), 1U);
    EXPECT_EQ(used(0), std::pair(0U, 4097U));
  });
}

TEST_F(VirtioBlkTest, writes_and_reads_back) {
  simulate([&] {
    start();
    std::memset(ram.at(kData), 0x5a, 1024);
    EXPECT_EQ(run(VirtioBlk::kOut, 7, 1024), VirtioBlk::kOk);
    EXPECT_EQ(used(0), std::pair(0U, 1U)) << "only the status was written";
    std::memset(ram.at(kData), 0, 1024);
    EXPECT_EQ(run(VirtioBlk::kIn, 7, 1024), VirtioBlk::kOk);
    EXPECT_EQ(*ram.at(kData + 1023), 0x5a);
    EXPECT_EQ(run(VirtioBlk::kFlush, 0, 0), VirtioBlk::kOk);
  });
}

TEST_F(VirtioBlkTest, gives_its_name) {
  simulate([&] {
    start();
    EXPECT_EQ(run(VirtioBlk::kGetId, 0, 20), VirtioBlk::kOk);
    EXPECT_STREQ(reinterpret_cast<const char*>(ram.at(kData)), "bench");
  });
}

TEST_F(VirtioBlkTest, says_what_it_does_not_do) {
  simulate([&] {
    start();
    EXPECT_EQ(run(11, 0, 0), VirtioBlk::kUnsupported) << "discard";
    EXPECT_EQ(used(0), std::pair(0U, 1U));
  });
}

TEST_F(VirtioBlkTest, refuses_what_is_not_on_the_disk) {
  simulate([&] {
    start();
    const std::uint64_t end = medium.sectors();
    EXPECT_EQ(run(VirtioBlk::kIn, end - 1, 512), VirtioBlk::kOk);
    EXPECT_EQ(run(VirtioBlk::kIn, end - 1, 1024), VirtioBlk::kIoError);
    EXPECT_EQ(run(VirtioBlk::kIn, end, 512), VirtioBlk::kIoError);
    EXPECT_EQ(run(VirtioBlk::kIn, ~std::uint64_t{0}, 512), VirtioBlk::kIoError);
    EXPECT_EQ(run(VirtioBlk::kIn, 0, 500), VirtioBlk::kIoError) << "no whole sectors";
    EXPECT_EQ(run(VirtioBlk::kOut, end - 1, 1024), VirtioBlk::kIoError);
  });
}

TEST_F(VirtioBlkTest, a_bad_sector_fails_its_reads_and_no_other) {
  medium.spoil(8, 1);
  simulate([&] {
    start();
    std::memset(ram.at(kData), 0x77, 4096);
    EXPECT_EQ(run(VirtioBlk::kIn, 6, 4096), VirtioBlk::kIoError);
    EXPECT_EQ(*ram.at(kData), 0x77) << "no data come";
    EXPECT_EQ(used(0), std::pair(0U, 0U));
    EXPECT_EQ(run(VirtioBlk::kIn, 6, 1024), VirtioBlk::kOk);
    EXPECT_EQ(run(VirtioBlk::kIn, 9, 512), VirtioBlk::kOk);
  });
}

TEST_F(VirtioBlkTest, requests_may_be_cut_anywhere) {
  simulate([&] {
    start();
    ram.store<std::uint32_t>(kHeader, VirtioBlk::kIn);
    ram.store<std::uint64_t>(kHeader + 8, 2);
    constexpr std::uint16_t kMore = RingDescriptor::kNext;
    constexpr std::uint16_t kMoreToWrite = RingDescriptor::kNext | RingDescriptor::kWrite;
    put(5, {kHeader, 3, kMore, 1});
    put(1, {kHeader + 3, 13, kMore, 7});
    put(7, {kData, 100, kMoreToWrite, 2});
    put(2, {kData + 100, 413, RingDescriptor::kWrite, 0});  // the last byte is the status
    offer(5);
    notify();
    finish();
    EXPECT_TRUE(data_equal_disk(2, 512));
    EXPECT_EQ(*ram.at(kData + 512), VirtioBlk::kOk);
    EXPECT_EQ(used(0), std::pair(5U, 513U));
  });
}

TEST_F(VirtioBlkTest, takes_indirect_tables_when_they_were_agreed_upon) {
  const auto offer_indirect = [&] {
    request(VirtioBlk::kIn, 4, 512);
    const std::uint64_t table = Ram::kBase + 0x6000;
    std::memcpy(ram.at(table), ram.at(kDescriptors), 48);
    put(0, {table, 48, RingDescriptor::kIndirect, 0});
    notify();
  };
  simulate([&] {
    start(VirtioFeature::kVersion1 | VirtioFeature::kIndirectDescriptors);
    offer_indirect();
    EXPECT_EQ(finish(), VirtioBlk::kOk);
    EXPECT_TRUE(data_equal_disk(4, 512));
    start();
    offer_indirect();
    finish();
    EXPECT_NE(bus.read(R::kStatus) & VirtioStatus::kNeedsReset, 0U);
  });
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_THAT(complaints[0], HasSubstr("not negotiated"));
}

TEST_F(VirtioBlkTest, a_driver_may_do_without_interrupts) {
  simulate([&] {
    start();
    request(VirtioBlk::kIn, 0, 512);
    ram.store<std::uint16_t>(kAvailable, 1);  // VIRTQ_AVAIL_F_NO_INTERRUPT
    notify();
    wait_cycles(100'000);
    EXPECT_EQ(used_index(), 1U);
  });
  EXPECT_TRUE(rises.empty());
}

TEST_F(VirtioBlkTest, one_notification_is_enough_for_many_requests) {
  simulate([&] {
    start();
    request(VirtioBlk::kIn, 1, 512);
    offer(0);
    offer(0);
    notify();
    wait_cycles(100'000);
    EXPECT_EQ(used_index(), 3U);
    EXPECT_EQ(rises.size(), 1U) << "the line stays high until it is acknowledged";
  });
}

TEST_F(VirtioBlkTest, a_broken_chain_needs_a_reset_and_touches_nothing) {
  simulate([&] {
    start();
    request(VirtioBlk::kIn, 0, 512);
    put(1, {0x1000'0000, 512, RingDescriptor::kNext | RingDescriptor::kWrite, 2});
    notify();
    finish();
    EXPECT_NE(bus.read(R::kStatus) & VirtioStatus::kNeedsReset, 0U);
    EXPECT_EQ(used_index(), 0U);
    EXPECT_EQ(ram.load<std::uint8_t>(kStatusByte), kUntouched);
    const std::size_t before = ram.log.size();
    notify();
    wait_cycles(10'000);
    EXPECT_EQ(ram.log.size(), before) << "it waits for the reset";
  });
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0], "a buffer of 512 bytes at 0x10000000, which is not in memory");
}

TEST_F(VirtioBlkTest, a_request_needs_a_header_and_a_status) {
  simulate([&] {
    start();
    put(0, {kHeader, 15, RingDescriptor::kNext, 1});
    put(1, {kStatusByte, 1, RingDescriptor::kWrite, 0});
    offer(0);
    notify();
    finish();
    start();
    put(0, {kHeader, 16, 0, 0});
    offer(0);
    notify();
    finish();
  });
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_THAT(complaints[0], HasSubstr("15 bytes to read and 1 to write"));
  EXPECT_THAT(complaints[1], HasSubstr("16 bytes to read and 0 to write"));
}

TEST_F(VirtioBlkTest, a_reset_ends_what_is_under_way_at_any_moment) {
  // A read takes some 12,000 cycles; the reset comes at many points of it.
  simulate([&] {
    for (Cycles after = 0; after < 14'000; after += 97) {
      start();
      request(VirtioBlk::kIn, 1, 4096);
      notify();
      wait_cycles(after);
      bus.write(R::kStatus, 0);
      const std::size_t before = ram.log.size();
      wait_cycles(20'000);
      ASSERT_EQ(ram.log.size(), before) << "reset after " << after;
      ASSERT_FALSE(level);
    }
    start();
    EXPECT_EQ(run(VirtioBlk::kIn, 9, 4096), VirtioBlk::kOk);
    EXPECT_TRUE(data_equal_disk(9, 4096));
  });
}

TEST_F(VirtioBlkTest, statistics_count_by_kind) {
  medium.spoil(100, 1);
  simulate([&] {
    start();
    run(VirtioBlk::kIn, 0, 4096);
    run(VirtioBlk::kIn, 100, 512);
    run(VirtioBlk::kOut, 0, 512);
    run(VirtioBlk::kFlush, 0, 0);
    run(VirtioBlk::kGetId, 0, 20);
  });
  const auto value = [&](const char* group, const char* name) -> std::uint64_t {
    for (const auto& g : stats.groups()) {
      if (g->name() != group) continue;
      for (const auto& c : g->counters()) {
        if (c.name == name) return *c.value;
      }
    }
    ADD_FAILURE() << group << '.' << name;
    return 0;
  };
  EXPECT_EQ(value("reads", "requests"), 2U);
  EXPECT_EQ(value("reads", "errors"), 1U);
  EXPECT_EQ(value("reads", "bytes"), 4096U);
  EXPECT_EQ(value("writes", "bytes"), 512U);
  EXPECT_EQ(value("flushes", "requests"), 1U);
  EXPECT_EQ(value("others", "requests"), 1U);
  EXPECT_GE(value("reads", "latency_sum"),
            value("reads", "latency_min") + value("reads", "latency_max"));
}

TEST(virtio_blk_read_only, refuses_writes_and_says_so) {
  VirtioBlkParams params = bench_disk();
  params.read_only = true;
  VirtioBench bench(params);
  simulate([&] {
    bench.bus.write(R::kDeviceFeaturesSel, 0);
    EXPECT_NE(bench.bus.read(R::kDeviceFeatures) & VirtioBlk::kReadOnly, 0U);
    bench.start(VirtioFeature::kVersion1 | VirtioBlk::kReadOnly);
    const unsigned char before = bench.medium.data()[512];
    *bench.ram.at(VirtioBench::kData) = static_cast<unsigned char>(before + 1);
    EXPECT_EQ(bench.run(VirtioBlk::kOut, 1, 512), VirtioBlk::kIoError);
    EXPECT_EQ(bench.medium.data()[512], before);
    EXPECT_EQ(bench.run(VirtioBlk::kIn, 1, 512), VirtioBlk::kOk);
  });
}

}  // namespace
}  // namespace faultline
