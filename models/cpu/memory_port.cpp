// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/memory_port.h"

#include <bit>
#include <cassert>

namespace faultline {

// Guest and host are little-endian: the low bytes of a value are its first bytes in memory.
static_assert(std::endian::native == std::endian::little);

namespace {

void set_up(tlm::tlm_generic_payload& payload, tlm::tlm_command command, PhysAddr address,
            unsigned bytes, std::uint64_t& value) {
  payload.set_command(command);
  payload.set_address(address.value);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

/// memcpy, with the usual sizes as single moves.
void copy(void* to, const void* from, unsigned bytes) {
  switch (bytes) {
    case 8:
      std::memcpy(to, from, 8);
      break;
    case 4:
      std::memcpy(to, from, 4);
      break;
    case 2:
      std::memcpy(to, from, 2);
      break;
    default:
      std::memcpy(to, from, bytes);
      break;
  }
}

}  // namespace

std::uint64_t MemoryPort::read(PhysAddr address, unsigned bytes) {
  std::uint64_t value = 0;
  if (use_host_pointers_ && memory_.contains(address, bytes)) {
    copy(&value, memory_.at(address), bytes);
  } else {
    debug(tlm::TLM_READ_COMMAND, address, bytes, value);
  }
  return value;
}

void MemoryPort::write(PhysAddr address, unsigned bytes, std::uint64_t value) {
  if (use_host_pointers_ && memory_.contains(address, bytes)) {
    copy(memory_.at(address), &value, bytes);
  } else {
    debug(tlm::TLM_WRITE_COMMAND, address, bytes, value);
  }
}

void MemoryPort::debug(tlm::tlm_command command, PhysAddr address, unsigned bytes,
                       std::uint64_t& value) {
  tlm::tlm_generic_payload payload;
  set_up(payload, command, address, bytes, value);
  [[maybe_unused]] const unsigned moved = socket_->transport_dbg(payload);
  assert(moved == bytes && "main memory must answer debug transactions");
}

bool MemoryPort::transfer(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                          unsigned bytes, std::uint64_t& value) {
  tlm::tlm_generic_payload payload;
  MemoryAttributes attributes;
  set_up(payload, command, address, bytes, value);
  payload.set_extension(&attributes);
  clock.transport(socket_, payload);
  clock.refresh_horizon();  // the device may have set something going
  payload.clear_extension(&attributes);
  return payload.is_response_ok();
}

bool MemoryPort::read_device(LocalClock& clock, PhysAddr address, unsigned bytes,
                             std::uint64_t& value) {
  value = 0;
  return transfer(clock, tlm::TLM_READ_COMMAND, address, bytes, value);
}

bool MemoryPort::write_device(LocalClock& clock, PhysAddr address, unsigned bytes,
                              std::uint64_t value) {
  return transfer(clock, tlm::TLM_WRITE_COMMAND, address, bytes, value);
}

}  // namespace faultline
