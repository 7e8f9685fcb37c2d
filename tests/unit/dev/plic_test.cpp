// SPDX-License-Identifier: Apache-2.0
#include "models/dev/plic.h"

#include <gtest/gtest.h>

#include "tests/unit/dev/register_access.h"

namespace faultline {
namespace {

constexpr std::uint64_t kPending = 0x1000;
constexpr std::uint64_t priority(unsigned source) {
  return 4 * source;
}
constexpr std::uint64_t enable(unsigned context, unsigned word) {
  return 0x2000 + 0x80 * context + 4 * word;
}
constexpr std::uint64_t threshold(unsigned context) {
  return 0x20'0000 + 0x1000 * context;
}
constexpr std::uint64_t claim(unsigned context) {
  return threshold(context) + 4;
}

class PlicTest : public ::testing::Test {
 protected:
  Plic plic{"plic", device_at(0xc00'0000, 0x60'0000), PlicParams{}};
  RegisterAccess bus{"bus", plic};
  bool m_level = false;
  bool s_level = false;
  unsigned changes = 0;

  PlicTest() {
    plic.on_interrupt(0, [this](bool level) { change(m_level, level); });
    plic.on_interrupt(1, [this](bool level) { change(s_level, level); });
  }
  void change(bool& line, bool level) {
    EXPECT_NE(line, level) << "only changes are reported";
    line = level;
    ++changes;
  }
  /// Source 10 at priority 1, enabled for S.
  void enable_uart() {
    bus.write(priority(10), 1);
    bus.write(enable(1, 0), 1U << 10);
  }
};

TEST_F(PlicTest, request_is_notified_claimed_and_completed) {
  simulate([&] {
    enable_uart();
    plic.set_source(10, true);
    EXPECT_TRUE(s_level);
    EXPECT_FALSE(m_level);
    EXPECT_EQ(bus.read(kPending), 1U << 10);
    EXPECT_EQ(bus.read(claim(1)), 10U);
    EXPECT_FALSE(s_level);
    EXPECT_EQ(bus.read(kPending), 0U);
    EXPECT_EQ(bus.read(claim(1)), 0U);
    plic.set_source(10, false);
    bus.write(claim(1), 10);
    EXPECT_FALSE(s_level);
  });
  EXPECT_EQ(changes, 2U);
}

TEST_F(PlicTest, gateway_holds_a_level_back_until_completion) {
  simulate([&] {
    enable_uart();
    plic.set_source(10, true);
    EXPECT_EQ(bus.read(claim(1)), 10U);
    plic.set_source(10, false);
    plic.set_source(10, true);
    EXPECT_EQ(bus.read(kPending), 0U);
    bus.write(claim(1), 10);
    EXPECT_EQ(bus.read(kPending), 1U << 10) << "the line is still high: a new request";
    EXPECT_TRUE(s_level);
  });
}

TEST_F(PlicTest, request_stays_pending_when_its_line_falls) {
  simulate([&] {
    enable_uart();
    plic.set_source(10, true);
    plic.set_source(10, false);
    EXPECT_TRUE(s_level);
    EXPECT_EQ(bus.read(claim(1)), 10U);
    bus.write(claim(1), 10);
    EXPECT_FALSE(s_level);
  });
}

TEST_F(PlicTest, highest_priority_goes_first_and_the_lowest_number_among_equals) {
  simulate([&] {
    bus.write(priority(3), 2);
    bus.write(priority(40), 5);
    bus.write(priority(41), 5);
    bus.write(priority(96), 7);
    for (unsigned word = 0; word < 4; ++word) bus.write(enable(1, word), 0xffff'ffff);
    for (const unsigned source : {3U, 41U, 40U, 96U}) plic.set_source(source, true);
    EXPECT_EQ(bus.read(claim(1)), 96U);
    EXPECT_EQ(bus.read(claim(1)), 40U);
    EXPECT_EQ(bus.read(claim(1)), 41U);
    EXPECT_EQ(bus.read(claim(1)), 3U);
    EXPECT_EQ(bus.read(claim(1)), 0U);
  });
}

TEST_F(PlicTest, priority_zero_never_interrupts) {
  simulate([&] {
    bus.write(enable(1, 0), 1U << 10);
    plic.set_source(10, true);
    EXPECT_FALSE(s_level);
    EXPECT_EQ(bus.read(claim(1)), 0U);
    EXPECT_EQ(bus.read(kPending), 1U << 10);
    bus.write(priority(10), 1);
    EXPECT_TRUE(s_level);
  });
}

TEST_F(PlicTest, threshold_masks_the_notification_but_not_the_claim) {
  simulate([&] {
    bus.write(priority(10), 3);
    bus.write(enable(1, 0), 1U << 10);
    bus.write(threshold(1), 3);
    plic.set_source(10, true);
    EXPECT_FALSE(s_level);
    bus.write(threshold(1), 2);
    EXPECT_TRUE(s_level);
    bus.write(threshold(1), 7);
    EXPECT_FALSE(s_level);
    EXPECT_EQ(bus.read(claim(1)), 10U);
  });
}

TEST_F(PlicTest, contexts_enable_by_themselves_and_the_first_claim_wins) {
  simulate([&] {
    bus.write(priority(10), 1);
    bus.write(enable(0, 0), 1U << 10);
    bus.write(enable(1, 0), 1U << 10);
    plic.set_source(10, true);
    EXPECT_TRUE(m_level);
    EXPECT_TRUE(s_level);
    EXPECT_EQ(bus.read(claim(0)), 10U);
    EXPECT_FALSE(m_level);
    EXPECT_FALSE(s_level);
    EXPECT_EQ(bus.read(claim(1)), 0U);
  });
}

TEST_F(PlicTest, completion_of_what_is_not_enabled_or_not_claimed_is_ignored) {
  simulate([&] {
    enable_uart();
    plic.set_source(10, true);
    bus.write(claim(1), 10);  // not claimed yet
    EXPECT_EQ(bus.read(claim(1)), 10U);
    bus.write(claim(0), 10);  // not enabled for M
    bus.write(claim(1), 0);
    bus.write(claim(1), 97);
    bus.write(claim(1), 0xffff'ffff);
    EXPECT_EQ(bus.read(kPending), 0U) << "still in service";
    bus.write(claim(1), 10);
    EXPECT_EQ(bus.read(kPending), 1U << 10);
  });
}

TEST_F(PlicTest, registers_keep_only_the_bits_that_exist) {
  simulate([&] {
    bus.write(priority(96), 0xffff'ffff);
    EXPECT_EQ(bus.read(priority(96)), 7U);
    bus.write(priority(0), 7);
    EXPECT_EQ(bus.read(priority(0)), 0U);
    bus.write(priority(97), 7);
    EXPECT_EQ(bus.read(priority(97)), 0U);
    bus.write(threshold(0), 0xffff'ffff);
    EXPECT_EQ(bus.read(threshold(0)), 7U);
    bus.write(enable(0, 0), 0xffff'ffff);
    EXPECT_EQ(bus.read(enable(0, 0)), 0xffff'fffeU) << "there is no source 0";
    bus.write(enable(0, 3), 0xffff'ffff);
    EXPECT_EQ(bus.read(enable(0, 3)), 1U) << "96 is the last source";
    bus.write(kPending, 0xffff'ffff);
    EXPECT_EQ(bus.read(kPending), 0U);
  });
}

TEST_F(PlicTest, reserved_addresses_read_as_zero) {
  simulate([&] {
    for (const std::uint64_t offset :
         {kPending + 16, enable(0, 4), enable(2, 0), threshold(0) + 8, threshold(2)}) {
      bus.write(offset, 0xffff'ffff);
      EXPECT_EQ(bus.read(offset), 0U) << offset;
    }
    EXPECT_EQ(bus.try_read(0, 8), tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_F(PlicTest, debugger_sees_the_claim_without_claiming) {
  simulate([&] {
    enable_uart();
    plic.set_source(10, true);
    EXPECT_EQ(bus.peek(claim(1)), 10U);
    EXPECT_EQ(bus.peek(claim(1)), 10U);
    EXPECT_TRUE(s_level);
  });
}

}  // namespace
}  // namespace faultline
