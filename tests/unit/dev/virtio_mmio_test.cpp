// SPDX-License-Identifier: Apache-2.0
// The registers of the transport: identity, negotiation, status, the queue, reset.

#include "models/dev/virtio_mmio.h"

#include <gtest/gtest.h>

#include "tests/unit/dev/virtio_bench.h"

namespace faultline {
namespace {

using R = VirtioMmioRegister;

class VirtioMmioTest : public ::testing::Test, protected VirtioBench {
 protected:
  void choose_features(std::uint64_t features) {
    for (unsigned half = 0; half < 2; ++half) {
      bus.write(R::kDriverFeaturesSel, half);
      bus.write(R::kDriverFeatures, features >> (32 * half) & 0xffff'ffff);
    }
  }
  std::uint64_t offered() {
    bus.write(R::kDeviceFeaturesSel, 0);
    const std::uint64_t low = bus.read(R::kDeviceFeatures);
    bus.write(R::kDeviceFeaturesSel, 1);
    return low | bus.read(R::kDeviceFeatures) << 32;
  }
};

TEST_F(VirtioMmioTest, says_what_it_is) {
  simulate([&] {
    EXPECT_EQ(bus.read(R::kMagicValue), 0x7472'6976U);
    EXPECT_EQ(bus.read(R::kVersion), 2U);
    EXPECT_EQ(bus.read(R::kDeviceId), 2U);
    EXPECT_EQ(bus.read(R::kConfigGeneration), 0U);
    EXPECT_EQ(offered(), 1U << 2 | 1U << 6 | 1U << 9 | 1U << 28 | std::uint64_t{1} << 32);
    bus.write(R::kDeviceFeaturesSel, 2);
    EXPECT_EQ(bus.read(R::kDeviceFeatures), 0U) << "there are 64 feature bits";
    EXPECT_EQ(bus.read(R::kShmLenLow), 0xffff'ffffU) << "an absent shared memory region";
    EXPECT_EQ(bus.read(R::kShmBaseHigh), 0xffff'ffffU);
    EXPECT_EQ(bus.peek(R::kMagicValue), 0x7472'6976U);
  });
}

TEST_F(VirtioMmioTest, configuration_can_be_read_in_any_size) {
  simulate([&] {
    EXPECT_EQ(bus.read(R::kConfig, 8), medium.sectors());
    EXPECT_EQ(bus.read(R::kConfig, 4), medium.sectors());
    EXPECT_EQ(bus.read(R::kConfig + 1, 1), medium.sectors() >> 8);
    EXPECT_EQ(bus.read(R::kConfig + 12), Virtqueue::kMaxSize - 2);
    EXPECT_EQ(bus.read(R::kConfig + 20, 2), 512U);
    EXPECT_EQ(bus.read(R::kConfig + 0x80, 8), 0U);
    bus.write(R::kConfig, 5);
    EXPECT_EQ(bus.read(R::kConfig), medium.sectors());
  });
}

TEST_F(VirtioMmioTest, control_registers_take_aligned_words_only) {
  simulate([&] {
    for (const unsigned size : {1U, 2U, 8U}) {
      EXPECT_EQ(bus.try_read(R::kMagicValue, size), tlm::TLM_ADDRESS_ERROR_RESPONSE) << size;
      EXPECT_EQ(bus.try_write(R::kStatus, size), tlm::TLM_ADDRESS_ERROR_RESPONSE) << size;
    }
    EXPECT_EQ(bus.read(R::kQueueNotify), 0U) << "only written";
    bus.write(R::kMagicValue, 1);
    EXPECT_EQ(bus.read(R::kMagicValue), 0x7472'6976U) << "only read";
  });
}

TEST_F(VirtioMmioTest, features_that_are_not_offered_are_refused) {
  simulate([&] {
    bus.write(R::kStatus, 3);
    choose_features(VirtioFeature::kVersion1 | 1U << 5);
    bus.write(R::kStatus, 11);
    EXPECT_EQ(bus.read(R::kStatus), 3U);
    choose_features(1U << 9);
    bus.write(R::kStatus, 11);
    EXPECT_EQ(bus.read(R::kStatus), 3U) << "a legacy driver";
    choose_features(VirtioFeature::kVersion1 | 1U << 9);
    bus.write(R::kStatus, 11);
    EXPECT_EQ(bus.read(R::kStatus), 11U);
  });
}

TEST_F(VirtioMmioTest, status_keeps_its_bits_until_reset) {
  simulate([&] {
    bus.write(R::kStatus, 3);
    bus.write(R::kStatus, 128 | VirtioStatus::kNeedsReset);
    EXPECT_EQ(bus.read(R::kStatus), 131U) << "the driver cannot ask for a reset of itself";
    bus.write(R::kStatus, 0);
    EXPECT_EQ(bus.read(R::kStatus), 0U);
  });
}

TEST_F(VirtioMmioTest, there_is_one_queue) {
  simulate([&] {
    start();
    EXPECT_EQ(bus.read(R::kQueueNumMax), Virtqueue::kMaxSize);
    EXPECT_EQ(bus.read(R::kQueueReady), 1U);
    bus.write(R::kQueueSel, 1);
    EXPECT_EQ(bus.read(R::kQueueNumMax), 0U);
    EXPECT_EQ(bus.read(R::kQueueReady), 0U);
    bus.write(R::kQueueReady, 1);
    EXPECT_EQ(bus.read(R::kQueueReady), 0U);
  });
}

TEST_F(VirtioMmioTest, a_notification_before_driver_ok_is_ignored) {
  simulate([&] {
    start();
    bus.write(R::kStatus, 0);
    request(VirtioBlk::kIn, 0, 512);
    notify();
    wait_cycles(100'000);
  });
  EXPECT_TRUE(ram.log.empty());
  EXPECT_TRUE(rises.empty());
}

TEST_F(VirtioMmioTest, a_queue_that_cannot_be_needs_a_reset) {
  simulate([&] {
    start();
    bus.write(R::kQueueReady, 0);
    bus.write(R::kQueueNum, 6);
    bus.write(R::kQueueReady, 1);
    notify();
    wait_cycles(100);
    EXPECT_EQ(bus.read(R::kStatus), 15U | VirtioStatus::kNeedsReset);
    EXPECT_EQ(bus.read(R::kInterruptStatus), 2U) << "a change of configuration";
    EXPECT_TRUE(level);
    bus.write(R::kStatus, 0);
    EXPECT_FALSE(level);
    start();
    EXPECT_EQ(run(VirtioBlk::kIn, 3, 512), VirtioBlk::kOk) << "after the reset all is well";
  });
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0], "the queue has 6 entries, no power of two up to 256");
}

}  // namespace
}  // namespace faultline
