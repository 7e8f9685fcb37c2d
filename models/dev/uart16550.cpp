// SPDX-License-Identifier: Apache-2.0
#include "models/dev/uart16550.h"

#include <array>

namespace faultline {

namespace {

// Registers (data sheet, table II); with DLAB set, 0 and 1 are the divisor latch.
constexpr std::uint64_t kData = 0;             // RBR on reads, THR on writes
constexpr std::uint64_t kInterruptEnable = 1;  // IER
constexpr std::uint64_t kInterruptId = 2;      // IIR on reads, FCR on writes
constexpr std::uint64_t kLineControl = 3;      // LCR
constexpr std::uint64_t kModemControl = 4;     // MCR
constexpr std::uint64_t kLineStatus = 5;       // LSR
constexpr std::uint64_t kModemStatus = 6;      // MSR
constexpr std::uint64_t kScratch = 7;          // SCR

constexpr std::uint8_t kEnableReceived = 0x01;  // IER
constexpr std::uint8_t kEnableTransmitter = 0x02;
constexpr std::uint8_t kEnableLineStatus = 0x04;
constexpr std::uint8_t kEnableModemStatus = 0x08;

constexpr std::uint8_t kIdNone = 0x01;  // IIR, in falling priority below
constexpr std::uint8_t kIdLineStatus = 0x06;
constexpr std::uint8_t kIdReceived = 0x04;
constexpr std::uint8_t kIdTimeout = 0x0c;
constexpr std::uint8_t kIdTransmitter = 0x02;
constexpr std::uint8_t kIdModemStatus = 0x00;
constexpr std::uint8_t kIdFifosEnabled = 0xc0;

constexpr std::uint8_t kDataReady = 0x01;  // LSR
constexpr std::uint8_t kOverrun = 0x02;
constexpr std::uint8_t kTransmitterEmpty = 0x60;  // THRE and TEMT

constexpr std::uint8_t kFifoEnable = 0x01;  // FCR
constexpr std::uint8_t kFifoClearReceiver = 0x02;

constexpr std::uint8_t kConnected = 0xb0;  // MSR: DCD, DSR, CTS

}  // namespace

Uart16550::Uart16550(const sc_core::sc_module_name& name, const DeviceParams& params)
    : Device(name, params, 1) {}

void Uart16550::receive(std::string_view bytes) {
  for (const char byte : bytes) waiting_.push_back(static_cast<std::uint8_t>(byte));
  fill_receiver();
  update_interrupt();
}

// ---- Registers ---------------------------------------------------------------------------------

bool Uart16550::peek(std::uint64_t offset, unsigned /*size*/, std::uint64_t /*now_ps*/,
                     std::uint64_t& value) const {
  switch (offset) {
    case kData:
      value = divisor_latch_access() ? divisor_ & 0xff : receiver_.empty() ? 0 : receiver_.front();
      return true;
    case kInterruptEnable:
      value = divisor_latch_access() ? divisor_ >> 8 : interrupt_enable_;
      return true;
    case kInterruptId:
      value = interrupt_identification() | (fifos_enabled() ? kIdFifosEnabled : 0);
      return true;
    case kLineControl:
      value = line_control_;
      return true;
    case kModemControl:
      value = modem_control_;
      return true;
    case kLineStatus:
      value = line_status();
      return true;
    case kModemStatus:
      value = modem_status();
      return true;
    case kScratch:
      value = scratch_;
      return true;
    default:
      return false;
  }
}

bool Uart16550::read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                     std::uint64_t& value) {
  if (!peek(offset, size, now_ps, value)) return false;
  switch (offset) {
    case kData:
      if (!divisor_latch_access() && !receiver_.empty()) receiver_.pop_front();
      fill_receiver();
      break;
    case kInterruptId:
      if (interrupt_identification() == kIdTransmitter) transmitter_interrupt_ = false;
      break;
    case kLineStatus:
      overrun_ = false;
      break;
    case kModemStatus:
      modem_deltas_ = 0;
      break;
    default:
      break;
  }
  update_interrupt();
  return true;
}

bool Uart16550::write(std::uint64_t offset, unsigned /*size*/, std::uint64_t /*now_ps*/,
                      std::uint64_t value) {
  const auto byte = static_cast<std::uint8_t>(value);
  switch (offset) {
    case kData:
      if (divisor_latch_access()) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0xff00) | byte);
      } else {
        transmit(byte);
      }
      break;
    case kInterruptEnable:
      if (divisor_latch_access()) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00ff) | (byte << 8));
      } else {
        // Enabled while the transmitter is empty, its interrupt comes at once.
        if ((byte & ~interrupt_enable_ & kEnableTransmitter) != 0) transmitter_interrupt_ = true;
        interrupt_enable_ = byte & 0x0f;
      }
      break;
    case kInterruptId:
      write_fifo_control(byte);
      break;
    case kLineControl:
      line_control_ = byte;
      break;
    case kModemControl:
      write_modem_control(byte);
      break;
    case kLineStatus:
    case kModemStatus:
      break;  // writes are for factory tests (data sheet 8.4)
    case kScratch:
      scratch_ = byte;
      break;
    default:
      return false;
  }
  update_interrupt();
  return true;
}

void Uart16550::write_fifo_control(std::uint8_t value) {
  // Switching the FIFOs clears them, and so does bit 1 (data sheet 8.5); the other bits count only
  // with bit 0.
  const bool switched = ((value ^ fifo_control_) & kFifoEnable) != 0;
  fifo_control_ = (value & kFifoEnable) != 0 ? value : 0;
  if (switched || (fifo_control_ & kFifoClearReceiver) != 0) receiver_.clear();
  fill_receiver();
}

void Uart16550::write_modem_control(std::uint8_t value) {
  const std::uint8_t before = modem_status();
  modem_control_ = value & 0x1f;
  const std::uint8_t after = modem_status();
  // Bits 3:0 tell which of 7:4 have changed; of RI (bit 6) only that it fell.
  const unsigned changed = (before ^ after) >> 4;
  const unsigned ring_rose = (after >> 4) & 4;
  modem_deltas_ |= static_cast<std::uint8_t>(changed & ~ring_rose);
  fill_receiver();
}

// ---- Status ------------------------------------------------------------------------------------

std::size_t Uart16550::trigger_level() const {
  static constexpr std::array<std::size_t, 4> kLevels{1, 4, 8, 14};
  return fifos_enabled() ? kLevels[fifo_control_ >> 6] : 1;
}

std::uint8_t Uart16550::line_status() const {
  return static_cast<std::uint8_t>(kTransmitterEmpty | (receiver_.empty() ? 0 : kDataReady) |
                                   (overrun_ ? kOverrun : 0));
}

std::uint8_t Uart16550::modem_status() const {
  if (!loopback()) return kConnected | modem_deltas_;
  // DTR, RTS, OUT1, OUT2 (MCR bits 0..3) appear as DSR, CTS, RI, DCD (MSR bits 5, 4, 6, 7).
  const unsigned dtr = modem_control_ & 1;
  const unsigned rts = (modem_control_ >> 1) & 1;
  const unsigned outs = (modem_control_ >> 2) & 3;
  return static_cast<std::uint8_t>((outs << 6) | (dtr << 5) | (rts << 4) | modem_deltas_);
}

std::uint8_t Uart16550::interrupt_identification() const {
  if ((interrupt_enable_ & kEnableLineStatus) != 0 && overrun_) return kIdLineStatus;
  if ((interrupt_enable_ & kEnableReceived) != 0 && !receiver_.empty()) {
    return receiver_.size() >= trigger_level() ? kIdReceived : kIdTimeout;
  }
  if ((interrupt_enable_ & kEnableTransmitter) != 0 && transmitter_interrupt_) {
    return kIdTransmitter;
  }
  if ((interrupt_enable_ & kEnableModemStatus) != 0 && modem_deltas_ != 0) return kIdModemStatus;
  return kIdNone;
}

void Uart16550::update_interrupt() {
  const bool level = interrupt_identification() != kIdNone;
  if (level == level_) return;
  level_ = level;
  if (line_) line_(level);
}

// ---- Data --------------------------------------------------------------------------------------

void Uart16550::transmit(std::uint8_t byte) {
  transmitter_interrupt_ = true;  // full, and empty again
  if (!loopback()) {
    if (sink_) sink_(static_cast<char>(byte));
  } else if (receiver_.size() < receiver_capacity()) {
    receiver_.push_back(byte);
  } else {
    // The FIFO keeps its bytes, a single buffer takes the new one (data sheet 8.4, bit 1).
    overrun_ = true;
    if (!fifos_enabled()) receiver_.front() = byte;
  }
}

void Uart16550::fill_receiver() {
  if (loopback()) return;  // the serial input is disconnected
  while (!waiting_.empty() && receiver_.size() < receiver_capacity()) {
    receiver_.push_back(waiting_.front());
    waiting_.pop_front();
  }
}

}  // namespace faultline
