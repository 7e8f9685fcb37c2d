// SPDX-License-Identifier: Apache-2.0
// What all devices share, and the finisher.
#include "models/dev/device.h"

#include <gtest/gtest.h>

#include "models/dev/finisher.h"
#include "tests/unit/dev/register_access.h"

namespace faultline {
namespace {

class FinisherTest : public ::testing::Test {
 protected:
  std::vector<std::pair<Finish, unsigned>> finished;
  Finisher finisher{"finisher", device_at(0x100000, 0x1000),
                    [this](Finish what, unsigned code) { finished.emplace_back(what, code); }};
  RegisterAccess bus{"bus", finisher};
};

TEST_F(FinisherTest, low_half_says_what_and_high_half_the_code) {
  simulate([&] {
    bus.write(0, 0x5555);
    bus.write(0, (42U << 16) | 0x3333);
    bus.write(0, 0x7777);
    bus.write(0, 0x5555, 2);
  });
  EXPECT_EQ(finished,
            (std::vector<std::pair<Finish, unsigned>>{
                {Finish::Pass, 0}, {Finish::Fail, 42}, {Finish::Reset, 0}, {Finish::Pass, 0}}));
}

TEST_F(FinisherTest, other_values_and_offsets_are_ignored) {
  simulate([&] {
    bus.write(0, 0);
    bus.write(0, 0x1234);
    bus.write(4, 0x5555);
    EXPECT_EQ(bus.read(0), 0U);
  });
  EXPECT_TRUE(finished.empty());
}

using DeviceTest = FinisherTest;

TEST_F(DeviceTest, refuses_sizes_and_alignments_it_does_not_take) {
  simulate([&] {
    EXPECT_EQ(bus.try_read(0, 1), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_read(0, 8), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_read(0, 3), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_write(2, 4), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_write(2, 2), tlm::TLM_OK_RESPONSE);
  });
}

TEST_F(DeviceTest, refuses_addresses_outside_its_range) {
  simulate([&] {
    EXPECT_EQ(bus.try_read(0xffc, 4), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(bus.try_read(0x1000, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_write(0x1000, 4), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bus.peek(0x1000), ~std::uint64_t{0});
  });
}

TEST_F(DeviceTest, refuses_byte_enables_and_other_commands) {
  simulate([&] {
    std::uint64_t data = 0;
    unsigned char enable = 0xff;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    tlm::tlm_generic_payload payload;
    payload.set_address(finisher.base().value);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    bus.socket->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_COMMAND_ERROR_RESPONSE);
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_byte_enable_ptr(&enable);
    payload.set_byte_enable_length(1);
    bus.socket->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  });
  EXPECT_TRUE(finished.empty());
}

}  // namespace
}  // namespace faultline
