// SPDX-License-Identifier: Apache-2.0
#pragma once

// An initiator that reads and writes the registers of one device, with and without simulated time.

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <systemc>
#include <tlm>

#include "models/common/types.h"
#include "models/dev/device.h"

namespace faultline {

inline constexpr std::uint64_t kPeriodPs = 500;
inline constexpr unsigned kLatency = 4;

inline DeviceParams device_at(std::uint64_t base, std::uint64_t bytes) {
  return {PhysAddr{base}, bytes, kLatency, kPeriodPs};
}

struct RegisterAccess : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<RegisterAccess> socket{"socket"};

  RegisterAccess(const sc_core::sc_module_name& name, Device& device)
      : sc_module(name), base_(device.base().value) {
    socket.bind(device.socket);
  }

  /// One access, `delay` after SystemC's time; the response must come kLatency cycles later.
  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t offset, unsigned size,
                                  std::uint64_t& value, Cycles delay = 0) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(base_ + offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(size);
    payload.set_streaming_width(size);
    sc_core::sc_time time = sc_core::sc_time::from_value(delay * kPeriodPs);
    socket->b_transport(payload, time);
    EXPECT_EQ(time.value(), (delay + kLatency) * kPeriodPs);
    return payload.get_response_status();
  }
  /// Reads a register that must be there.
  std::uint64_t read(std::uint64_t offset, unsigned size = 4, Cycles delay = 0) {
    std::uint64_t value = 0;
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, offset, size, value, delay), tlm::TLM_OK_RESPONSE)
        << "offset " << offset;
    return value;
  }
  void write(std::uint64_t offset, std::uint64_t value, unsigned size = 4, Cycles delay = 0) {
    EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, offset, size, value, delay), tlm::TLM_OK_RESPONSE)
        << "offset " << offset;
  }
  tlm::tlm_response_status try_read(std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    return access(tlm::TLM_READ_COMMAND, offset, size, value);
  }
  tlm::tlm_response_status try_write(std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    return access(tlm::TLM_WRITE_COMMAND, offset, size, value);
  }
  /// Reads as a debugger does; ~0 if refused.
  std::uint64_t peek(std::uint64_t offset, unsigned size = 4) {
    std::uint64_t value = 0;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(base_ + offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(size);
    return socket->transport_dbg(payload) == size ? value : ~std::uint64_t{0};
  }

 private:
  std::uint64_t base_;
};

/// Runs one thread to its end.
inline void simulate(const std::function<void()>& thread) {
  bool ended = false;
  sc_core::sc_spawn([&] {
    thread();
    ended = true;
  });
  sc_core::sc_start();
  EXPECT_TRUE(ended);
}

inline void wait_cycles(Cycles cycles) {
  sc_core::wait(sc_core::sc_time::from_value(cycles * kPeriodPs));
}

}  // namespace faultline
