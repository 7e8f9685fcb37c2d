// SPDX-License-Identifier: Apache-2.0
#include "models/dev/dma_port.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace faultline {

namespace {

PhysAddr line_address(PhysAddr address) {
  return PhysAddr{address.value & ~(kLineBytes - 1)};
}

}  // namespace

DmaPort::DmaPort(const sc_core::sc_module_name& name, unsigned burst_bytes)
    : sc_module(name), socket("socket"), burst_bytes_(burst_bytes) {
  assert(std::has_single_bit(burst_bytes) && burst_bytes >= kLineBytes);
}

bool DmaPort::reaches(PhysAddr address, std::uint64_t bytes) const {
  return links_.memory.contains(address, bytes);
}

std::uint64_t DmaPort::burst_at(PhysAddr address, std::uint64_t bytes) const {
  return std::min<std::uint64_t>(bytes, burst_bytes_ - address.value % burst_bytes_);
}

bool DmaPort::read(LocalClock& clock, PhysAddr address, void* to, std::uint64_t bytes) {
  return transfer(clock, tlm::TLM_READ_COMMAND, address, static_cast<unsigned char*>(to), bytes);
}

bool DmaPort::write(LocalClock& clock, PhysAddr address, const void* from, std::uint64_t bytes) {
  // A payload has one pointer for both directions; the target of a write only reads through it.
  auto* data = const_cast<unsigned char*>(static_cast<const unsigned char*>(from));
  return transfer(clock, tlm::TLM_WRITE_COMMAND, address, data, bytes);
}

bool DmaPort::transfer(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                       unsigned char* data, std::uint64_t bytes) {
  if (!reaches(address, bytes)) return false;
  while (bytes > 0) {
    const std::uint64_t part = burst_at(address, bytes);
    if (!burst(clock, command, address, data, part)) return false;
    address = address + part;
    data += part;
    bytes -= part;
  }
  return true;
}

bool DmaPort::burst(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                    unsigned char* data, std::uint64_t bytes) {
  if (links_.snoop && !snoop(clock, command, address, bytes)) return false;
  if (!send(clock, command, address, data, bytes)) return false;
  if (command == tlm::TLM_WRITE_COMMAND && links_.written) links_.written(address, bytes);
  return true;
}

bool DmaPort::snoop(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                    std::uint64_t bytes) {
  const PhysAddr end = address + bytes;
  const bool write = command == tlm::TLM_WRITE_COMMAND;
  for (PhysAddr line = line_address(address); line < end; line = line + kLineBytes) {
    clock.before_shared();
    if (!links_.snoop(line, write, clock.now())) continue;
    const bool replaced = write && address <= line && line + kLineBytes <= end;
    if (replaced) continue;
    ++snooped_lines_;
    if (!send(clock, tlm::TLM_WRITE_COMMAND, line, links_.memory.at(line), kLineBytes)) {
      return false;
    }
  }
  return true;
}

bool DmaPort::send(LocalClock& clock, tlm::tlm_command command, PhysAddr address,
                   unsigned char* data, std::uint64_t bytes) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address.value);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  clock.transport(socket, payload);
  return payload.is_response_ok();
}

}  // namespace faultline
