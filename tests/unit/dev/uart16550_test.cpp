// SPDX-License-Identifier: Apache-2.0
#include "models/dev/uart16550.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/dev/register_access.h"

namespace faultline {
namespace {

enum Register : std::uint64_t { Data, Ier, Iir, Lcr, Mcr, Lsr, Msr, Scr, Fcr = Iir };

class UartTest : public ::testing::Test {
 protected:
  Uart16550 uart{"uart", device_at(0x1000'0000, 0x100)};
  RegisterAccess bus{"bus", uart};
  std::string sent;
  bool level = false;

  UartTest() {
    uart.set_sink([this](char byte) { sent += byte; });
    uart.on_interrupt([this](bool now) {
      EXPECT_NE(level, now) << "only changes are reported";
      level = now;
    });
  }
  std::uint64_t get(std::uint64_t offset) { return bus.read(offset, 1); }
  void put(std::uint64_t offset, std::uint64_t value) { bus.write(offset, value, 1); }
};

TEST_F(UartTest, reset_state_is_idle_and_empty) {
  simulate([&] {
    EXPECT_EQ(get(Ier), 0x00U);
    EXPECT_EQ(get(Iir), 0x01U);
    EXPECT_EQ(get(Lcr), 0x00U);
    EXPECT_EQ(get(Mcr), 0x00U);
    EXPECT_EQ(get(Lsr), 0x60U);
    EXPECT_EQ(get(Msr), 0xb0U);
    EXPECT_FALSE(level);
  });
}

TEST_F(UartTest, written_bytes_reach_the_sink_and_the_transmitter_stays_empty) {
  simulate([&] {
    for (const char byte : std::string("hello")) {
      put(Data, static_cast<unsigned char>(byte));
      EXPECT_EQ(get(Lsr), 0x60U);
    }
  });
  EXPECT_EQ(sent, "hello");
}

TEST_F(UartTest, divisor_latch_hides_data_and_interrupt_enable) {
  simulate([&] {
    put(Ier, 0x05);
    put(Lcr, 0x83);
    put(Data, 0x34);
    put(Ier, 0x12);
    EXPECT_EQ(get(Data), 0x34U);
    EXPECT_EQ(get(Ier), 0x12U);
    put(Lcr, 0x03);
    EXPECT_EQ(get(Ier), 0x05U);
    EXPECT_EQ(get(Lcr), 0x03U);
  });
  EXPECT_EQ(sent, "");
}

TEST_F(UartTest, scratch_register_keeps_its_byte) {
  simulate([&] {
    put(Scr, 0xa5);
    EXPECT_EQ(get(Scr), 0xa5U);
  });
}

TEST_F(UartTest, received_bytes_are_read_in_order_one_at_a_time_without_fifo) {
  simulate([&] {
    uart.receive("ab");
    EXPECT_EQ(get(Lsr), 0x61U);
    EXPECT_EQ(get(Data), 'a');
    EXPECT_EQ(get(Lsr), 0x61U);
    EXPECT_EQ(get(Data), 'b');
    EXPECT_EQ(get(Lsr), 0x60U);
    EXPECT_EQ(get(Data), 0U);
  });
}

TEST_F(UartTest, received_data_interrupt_lasts_while_there_are_data) {
  simulate([&] {
    put(Ier, 0x01);
    uart.receive("ab");
    EXPECT_TRUE(level);
    EXPECT_EQ(get(Iir), 0x04U);
    EXPECT_TRUE(level) << "reading IIR does not clear it";
    get(Data);
    EXPECT_TRUE(level);
    get(Data);
    EXPECT_FALSE(level);
    EXPECT_EQ(get(Iir), 0x01U);
  });
}

TEST_F(UartTest, fifo_reports_its_trigger_level_and_the_timeout_below_it) {
  simulate([&] {
    put(Fcr, 0x81);  // FIFOs on, trigger level 8
    put(Ier, 0x01);
    uart.receive("1234567");
    EXPECT_TRUE(level);
    EXPECT_EQ(get(Iir), 0xccU) << "7: character timeout";
    uart.receive("8");
    EXPECT_EQ(get(Iir), 0xc4U) << "8: data available";
    get(Data);
    EXPECT_EQ(get(Iir), 0xccU);
  });
}

TEST_F(UartTest, trigger_levels_are_1_4_8_and_14) {
  simulate([&] {
    put(Ier, 0x01);
    const std::size_t levels[] = {1, 4, 8, 14};
    for (unsigned i = 0; i < 4; ++i) {
      put(Fcr, (i << 6) | 0x03);
      uart.receive(std::string(levels[i] - 1, 'x'));
      EXPECT_EQ(get(Iir) & 0x0f, levels[i] == 1 ? 0x01U : 0x0cU);
      uart.receive("x");
      EXPECT_EQ(get(Iir) & 0x0f, 0x04U) << levels[i];
    }
  });
}

TEST_F(UartTest, bytes_beyond_the_fifo_wait_and_none_is_lost) {
  simulate([&] {
    put(Fcr, 0x01);
    std::string expected;
    for (char byte = 'A'; byte < 'A' + 40; ++byte) expected += byte;
    uart.receive(expected);
    std::string got;
    while ((get(Lsr) & 1) != 0) got += static_cast<char>(get(Data));
    EXPECT_EQ(got, expected);
  });
}

TEST_F(UartTest, clearing_the_receiver_drops_what_its_fifo_holds) {
  simulate([&] {
    put(Fcr, 0x01);
    uart.receive("xxxxxxxxxxxxxxxxy");
    put(Fcr, 0x03);
    EXPECT_EQ(get(Data), 'y');
    EXPECT_EQ(get(Lsr), 0x60U);
    uart.receive("z");
    put(Fcr, 0x00);  // switching the FIFOs off clears them too
    EXPECT_EQ(get(Lsr), 0x60U);
    EXPECT_EQ(get(Iir), 0x01U);
  });
}

TEST_F(UartTest, transmitter_interrupt_comes_when_enabled_and_goes_when_reported) {
  simulate([&] {
    put(Ier, 0x02);
    EXPECT_TRUE(level);
    EXPECT_EQ(get(Iir), 0x02U);
    EXPECT_FALSE(level);
    EXPECT_EQ(get(Iir), 0x01U);
    put(Data, 'x');
    EXPECT_TRUE(level) << "sent, and empty again";
    EXPECT_EQ(get(Iir), 0x02U);
    EXPECT_FALSE(level);
    put(Ier, 0x02);
    EXPECT_FALSE(level) << "it was enabled already";
    put(Ier, 0x00);
    put(Ier, 0x02);
    EXPECT_TRUE(level);
  });
}

TEST_F(UartTest, received_data_go_before_the_empty_transmitter) {
  simulate([&] {
    put(Ier, 0x03);
    uart.receive("a");
    EXPECT_EQ(get(Iir), 0x04U);
    get(Data);
    EXPECT_EQ(get(Iir), 0x02U) << "not lost behind the other";
    EXPECT_EQ(get(Iir), 0x01U);
    EXPECT_FALSE(level);
  });
}

TEST_F(UartTest, loopback_receives_what_is_written_and_shows_the_modems_outputs) {
  simulate([&] {
    put(Mcr, 0x10);
    EXPECT_EQ(get(Msr), 0x0bU) << "DCD, DSR and CTS fell";
    EXPECT_EQ(get(Msr), 0x00U) << "reading clears the changes";
    uart.receive("outside");
    EXPECT_EQ(get(Lsr), 0x60U) << "the input is disconnected";
    put(Data, 'L');
    EXPECT_EQ(get(Data), 'L');
    put(Mcr, 0x1f);
    EXPECT_EQ(get(Msr), 0xfbU) << "all rose; RI's rise is not reported";
    put(Mcr, 0x1b);
    EXPECT_EQ(get(Msr), 0xb4U) << "RI fell";
    put(Mcr, 0x00);
    EXPECT_EQ(get(Data), 'o');
  });
  EXPECT_EQ(sent, "");
}

TEST_F(UartTest, overrun_sets_line_status_and_its_interrupt_until_read) {
  simulate([&] {
    put(Mcr, 0x10);
    put(Ier, 0x04);
    put(Data, 'a');
    EXPECT_FALSE(level);
    put(Data, 'b');
    EXPECT_TRUE(level);
    EXPECT_EQ(get(Iir), 0x06U);
    EXPECT_EQ(get(Lsr), 0x63U);
    EXPECT_FALSE(level);
    EXPECT_EQ(get(Lsr), 0x61U);
    EXPECT_EQ(get(Data), 'b') << "the single buffer is overwritten";
  });
}

TEST_F(UartTest, full_fifo_keeps_its_bytes_on_overrun) {
  simulate([&] {
    put(Fcr, 0x01);
    put(Mcr, 0x10);
    for (unsigned i = 0; i < 17; ++i) put(Data, 'a' + i);
    EXPECT_EQ(get(Lsr), 0x63U);
    for (unsigned i = 0; i < 16; ++i) EXPECT_EQ(get(Data), 'a' + i);
    EXPECT_EQ(get(Lsr), 0x60U);
  });
}

TEST_F(UartTest, modem_status_interrupt_lasts_until_msr_is_read) {
  simulate([&] {
    put(Ier, 0x08);
    put(Mcr, 0x10);
    EXPECT_TRUE(level);
    EXPECT_EQ(get(Iir), 0x00U);
    get(Msr);
    EXPECT_FALSE(level);
  });
}

TEST_F(UartTest, debugger_reads_without_side_effects) {
  simulate([&] {
    put(Ier, 0x03);
    uart.receive("a");
    EXPECT_EQ(bus.peek(Data, 1), 'a');
    EXPECT_EQ(bus.peek(Data, 1), 'a');
    get(Data);
    EXPECT_EQ(bus.peek(Iir, 1), 0x02U);
    EXPECT_TRUE(level);
  });
}

TEST_F(UartTest, only_byte_accesses_to_its_eight_registers_are_taken) {
  simulate([&] {
    EXPECT_EQ(bus.try_read(0, 4), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_read(8, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bus.try_write(8, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

}  // namespace
}  // namespace faultline
