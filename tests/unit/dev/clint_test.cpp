// SPDX-License-Identifier: Apache-2.0
// The timer runs at 10 MHz under a core clock of 2 GHz: a tick is 200 cycles.
#include "models/dev/clint.h"

#include <gtest/gtest.h>

#include "tests/unit/dev/register_access.h"

namespace faultline {
namespace {

constexpr Cycles kTick = 200;
constexpr std::uint64_t kMsip = 0x0;
constexpr std::uint64_t kTimecmp = 0x4000;
constexpr std::uint64_t kMtime = 0xbff8;
constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// A change of an interrupt line.
struct Change {
  Cycles at;
  bool level;
  bool operator==(const Change&) const = default;
};

class ClintTest : public ::testing::Test {
 protected:
  Clint clint{"clint", device_at(0x200'0000, 0x10000), 2};
  RegisterAccess bus{"bus", clint};
  std::vector<Change> timer[2];
  std::vector<Change> software[2];

  ClintTest() {
    for (unsigned hart = 0; hart < 2; ++hart) {
      clint.on_timer_interrupt(hart, recorder(timer[hart]));
      clint.on_software_interrupt(hart, recorder(software[hart]));
    }
  }
  static Clint::Line recorder(std::vector<Change>& changes) {
    return [&changes](bool level) {
      changes.push_back({sc_core::sc_time_stamp().value() / kPeriodPs, level});
    };
  }
};

using Changes = std::vector<Change>;

TEST_F(ClintTest, mtime_counts_whole_ticks_of_simulated_time) {
  EXPECT_EQ(clint.mtime_now(0), 0U);
  EXPECT_EQ(clint.mtime_now(kTick - 1), 0U);
  EXPECT_EQ(clint.mtime_now(kTick), 1U);
  EXPECT_EQ(clint.mtime_now(10 * kTick + 199), 10U);
  simulate([&] {
    EXPECT_EQ(bus.read(kMtime, 8), 0U);
    EXPECT_EQ(bus.read(kMtime, 8, kTick - 1), 0U) << "the access's own delay counts";
    EXPECT_EQ(bus.read(kMtime, 8, kTick), 1U);
    wait_cycles(3 * kTick);
    EXPECT_EQ(bus.read(kMtime, 8), 3U);
    EXPECT_EQ(bus.peek(kMtime, 8), 3U);
  });
}

TEST_F(ClintTest, timer_interrupt_rises_in_the_cycle_in_which_mtime_gets_there) {
  simulate([&] {
    bus.write(kTimecmp, 5, 8);
    bus.write(kTimecmp + 8, 7, 8);
    wait_cycles(20 * kTick);
  });
  EXPECT_EQ(timer[0], (Changes{{5 * kTick, true}}));
  EXPECT_EQ(timer[1], (Changes{{7 * kTick, true}}));
}

TEST_F(ClintTest, timer_interrupt_falls_with_a_later_mtimecmp_and_rises_again) {
  simulate([&] {
    bus.write(kTimecmp, 5, 8);
    wait_cycles(6 * kTick);
    bus.write(kTimecmp, 9, 8);
    wait_cycles(6 * kTick);
  });
  EXPECT_EQ(timer[0], (Changes{{5 * kTick, true}, {6 * kTick, false}, {9 * kTick, true}}));
}

TEST_F(ClintTest, timer_interrupt_rises_at_once_for_a_time_that_is_past) {
  simulate([&] {
    wait_cycles(6 * kTick);
    bus.write(kTimecmp, 6, 8);
  });
  EXPECT_EQ(timer[0], (Changes{{6 * kTick, true}}));
}

TEST_F(ClintTest, expiry_that_was_put_off_does_not_fire) {
  simulate([&] {
    bus.write(kTimecmp, 5, 8);
    bus.write(kTimecmp, kNever, 8, 4 * kTick);
    wait_cycles(20 * kTick);
  });
  EXPECT_TRUE(timer[0].empty());
}

TEST_F(ClintTest, mtimecmp_can_be_written_by_halves) {
  simulate([&] {
    EXPECT_EQ(bus.read(kTimecmp, 8), kNever);
    bus.write(kTimecmp, 3, 4);
    EXPECT_TRUE(timer[0].empty());
    EXPECT_EQ(bus.read(kTimecmp, 8), 0xffff'ffff'0000'0003U);
    bus.write(kTimecmp + 4, 0, 4);
    EXPECT_EQ(bus.read(kTimecmp, 4), 3U);
    EXPECT_EQ(bus.read(kTimecmp + 4, 4), 0U);
    wait_cycles(4 * kTick);
  });
  EXPECT_EQ(timer[0], (Changes{{3 * kTick, true}}));
}

TEST_F(ClintTest, mtime_can_be_written_and_moves_the_expiry) {
  simulate([&] {
    bus.write(kTimecmp, 1000, 8);
    wait_cycles(2 * kTick);
    bus.write(kMtime, 990, 8);
    EXPECT_EQ(bus.read(kMtime, 8), 990U);
    EXPECT_EQ(clint.mtime_now(3 * kTick), 991U);
    EXPECT_EQ(clint.cycle_of(1000), 12 * kTick);
    wait_cycles(20 * kTick);
    bus.write(kMtime, 0, 8);
    EXPECT_EQ(bus.read(kMtime, 8), 0U);
    bus.write(kTimecmp, kNever, 8);
  });
  EXPECT_EQ(timer[0], (Changes{{12 * kTick, true}, {22 * kTick, false}}));
}

TEST_F(ClintTest, software_interrupt_is_bit_zero) {
  simulate([&] {
    bus.write(kMsip + 4, 0xffff'ffff);
    EXPECT_EQ(bus.read(kMsip + 4), 1U);
    EXPECT_EQ(bus.read(kMsip), 0U);
    bus.write(kMsip + 4, 1);
    wait_cycles(10);
    bus.write(kMsip + 4, 0xffff'fffe);
  });
  EXPECT_EQ(software[1], (Changes{{0, true}, {10, false}}));
  EXPECT_TRUE(software[0].empty());
}

TEST_F(ClintTest, reserved_addresses_read_as_zero) {
  simulate([&] {
    EXPECT_EQ(bus.read(kMsip + 8), 0U);
    EXPECT_EQ(bus.read(kTimecmp + 16, 8), 0U);
    EXPECT_EQ(bus.read(0xc000, 8), 0U);
    bus.write(kTimecmp + 16, 1, 8);
    bus.write(0xc000, 1, 8);
    EXPECT_EQ(bus.try_read(kMsip, 1), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_read(kTimecmp + 4, 8), tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST(ClintTime, ratio_that_does_not_divide_is_exact) {
  // 3 Hz under a period of 500 ps: tick n is at n * 10^12 / 3 ps, the first cycle at or after it.
  Clint clint("clint", device_at(0, 0x10000), 1, 3);
  EXPECT_EQ(clint.cycle_of(0), 0U);
  EXPECT_EQ(clint.cycle_of(1), 666'666'667U);
  EXPECT_EQ(clint.mtime_now(666'666'666), 0U);
  EXPECT_EQ(clint.mtime_now(666'666'667), 1U);
  EXPECT_EQ(clint.cycle_of(3), 2'000'000'000U);
  EXPECT_EQ(clint.mtime_now(1'999'999'999), 2U);
  EXPECT_EQ(clint.mtime_now(2'000'000'000), 3U);
}

TEST(ClintTime, far_away_is_never) {
  Clint clint("clint", device_at(0, 0x10000), 1);
  EXPECT_EQ(clint.cycle_of(kNever), kNever);
  // The last tick that 63 bits of picoseconds hold.
  constexpr std::uint64_t kLastTick = (kNever >> 1) / 100'000;
  EXPECT_EQ(clint.cycle_of(kLastTick), kLastTick * kTick);
  EXPECT_EQ(clint.cycle_of(kLastTick + 1), kNever);
  EXPECT_EQ(clint.mtime_now(kLastTick * kTick), kLastTick);
}

}  // namespace
}  // namespace faultline
