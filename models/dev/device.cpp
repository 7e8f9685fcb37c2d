// SPDX-License-Identifier: Apache-2.0
#include "models/dev/device.h"

#include <bit>
#include <cassert>

namespace faultline {

namespace {

std::uint64_t load_little_endian(const unsigned char* data, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{data[i]} << (8 * i);
  return value;
}

void store_little_endian(unsigned char* data, unsigned size, std::uint64_t value) {
  for (unsigned i = 0; i < size; ++i) data[i] = static_cast<unsigned char>(value >> (8 * i));
}

}  // namespace

Device::Device(const sc_core::sc_module_name& name, const DeviceParams& params,
               unsigned access_sizes)
    : sc_module(name), socket("socket"), params_(params), access_sizes_(access_sizes) {
  assert(params.bytes > 0 && params.period_ps > 0);
  socket.register_b_transport(this, &Device::b_transport);
  socket.register_transport_dbg(this, &Device::transport_dbg);
}

bool Device::takes(std::uint64_t offset, unsigned size) const {
  return std::has_single_bit(size) && (size & access_sizes_) != 0 && offset % size == 0;
}

void Device::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t offset = payload.get_address() - params_.base.value;
  const unsigned size = payload.get_data_length();
  const std::uint64_t now_ps = (sc_core::sc_time_stamp() + delay).value();
  delay += sc_core::sc_time::from_value(params_.latency_cycles * params_.period_ps);
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  } else if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (!takes(offset, size) || payload.get_streaming_width() < size) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    payload.set_response_status(access(payload, offset, now_ps) ? tlm::TLM_OK_RESPONSE
                                                                : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

bool Device::access(tlm::tlm_generic_payload& payload, std::uint64_t offset, std::uint64_t now_ps) {
  const unsigned size = payload.get_data_length();
  if (offset >= params_.bytes) return false;
  if (payload.is_write()) {
    return write(offset, size, now_ps, load_little_endian(payload.get_data_ptr(), size));
  }
  std::uint64_t value = 0;
  if (!read(offset, size, now_ps, value)) return false;
  store_little_endian(payload.get_data_ptr(), size, value);
  return true;
}

unsigned Device::transport_dbg(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address() - params_.base.value;
  const unsigned size = payload.get_data_length();
  std::uint64_t value = 0;
  if (!payload.is_read() || !takes(offset, size) || offset >= params_.bytes ||
      !peek(offset, size, sc_core::sc_time_stamp().value(), value)) {
    return 0;
  }
  store_little_endian(payload.get_data_ptr(), size, value);
  return size;
}

}  // namespace faultline
