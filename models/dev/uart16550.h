// SPDX-License-Identifier: Apache-2.0
#pragma once

// A 16550D serial port (National Semiconductor PC16550D data sheet, 1995) with one-byte registers.
// Not modelled: the line itself. A byte that is written is sent at once, so the transmitter is
// always empty; bytes that arrive wait outside until the receiver has room, so nothing is lost;
// parity and framing errors and breaks do not occur; the modem's inputs are fixed at "connected"
// (DCD, DSR, CTS), as on QEMU.

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "models/dev/device.h"

namespace faultline {

/// The interrupt's level is the OR of its enabled sources (data sheet 8.6, table IV): overrun,
/// received data (at the FIFO's trigger level), character timeout (data below the trigger level;
/// the four character times are no time here), transmitter empty. The FIFOs hold 16 bytes when
/// enabled, else 1. In loopback (MCR bit 4) what is written is received, and MCR's outputs appear
/// in MSR.
class Uart16550 : public Device {
 public:
  using Sink = std::function<void(char)>;
  using Line = std::function<void(bool level)>;

  Uart16550(const sc_core::sc_module_name& name, const DeviceParams& params);

  /// Who gets the bytes that the guest writes.
  void set_sink(Sink sink) { sink_ = std::move(sink); }
  /// Who hears of the interrupt: called at each change of level.
  void on_interrupt(Line line) { line_ = std::move(line); }
  /// Bytes for the guest, now.
  void receive(std::string_view bytes);

 private:
  bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
            std::uint64_t& value) override;
  bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
             std::uint64_t value) override;
  [[nodiscard]] bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                          std::uint64_t& value) const override;

  [[nodiscard]] bool divisor_latch_access() const { return (line_control_ & 0x80) != 0; }
  [[nodiscard]] bool fifos_enabled() const { return (fifo_control_ & 1) != 0; }
  [[nodiscard]] bool loopback() const { return (modem_control_ & 0x10) != 0; }
  [[nodiscard]] std::size_t receiver_capacity() const { return fifos_enabled() ? 16 : 1; }
  [[nodiscard]] std::size_t trigger_level() const;
  [[nodiscard]] std::uint8_t interrupt_identification() const;
  [[nodiscard]] std::uint8_t line_status() const;
  [[nodiscard]] std::uint8_t modem_status() const;
  void transmit(std::uint8_t byte);
  void write_fifo_control(std::uint8_t value);
  void write_modem_control(std::uint8_t value);
  void fill_receiver();
  void update_interrupt();

  std::uint16_t divisor_ = 0;
  std::uint8_t interrupt_enable_ = 0;
  std::uint8_t fifo_control_ = 0;
  std::uint8_t line_control_ = 0;
  std::uint8_t modem_control_ = 0;
  std::uint8_t modem_deltas_ = 0;  // MSR bits 3:0
  std::uint8_t scratch_ = 0;
  bool overrun_ = false;
  bool transmitter_interrupt_ = false;  // THR became empty and IIR has not reported it yet
  bool level_ = false;
  std::deque<std::uint8_t> receiver_;  // what the receiver's buffer or FIFO holds
  std::deque<std::uint8_t> waiting_;   // what arrived and found no room
  Sink sink_;
  Line line_;
};

}  // namespace faultline
