// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walk_port.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/cache/cache.h"

namespace faultline {

static_assert(std::endian::native == std::endian::little, "entries are little-endian in memory");

std::uint64_t load_entry(const unsigned char* host, unsigned bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, host, bytes);
  return value;
}

void store_entry(unsigned char* host, unsigned bytes, std::uint64_t value) {
  std::memcpy(host, &value, bytes);
}

WalkTransaction::WalkTransaction() {
  payload.set_extension(&attributes);
}

WalkTransaction::~WalkTransaction() {
  payload.clear_extension(&attributes);
}

WalkPort::Response WalkPort::read(LocalClock& clock, WalkTransaction& transaction, PhysAddr address,
                                  unsigned bytes) {
  Response response = access(clock, transaction, address, bytes, false);
  if (!response.error) response.value = load_entry(memory_.at(address), bytes);
  return response;
}

WalkPort::Response WalkPort::compare_and_set(LocalClock& clock, WalkTransaction& transaction,
                                             PhysAddr address, unsigned bytes,
                                             std::uint64_t expected, std::uint64_t desired) {
  Response response = access(clock, transaction, address, bytes, true);
  if (response.error) return response;
  response.value = load_entry(memory_.at(address), bytes);
  response.stored = response.value == expected;
  if (response.stored) store_entry(memory_.at(address), bytes, desired);
  return response;
}

// Returns at the time of the response, with nothing of an earlier time left to happen, so that the
// caller sees the bytes as they are then.
WalkPort::Response WalkPort::access(LocalClock& clock, WalkTransaction& transaction,
                                    PhysAddr address, unsigned bytes, bool store) {
  if (!memory_.contains(address, bytes)) {
    clock.spend(1);
    return {.error = true};
  }
  if (l1d_ != nullptr && l1d_->try_hit(address, store)) {
    clock.spend(std::max<Cycles>(l1d_->latency_cycles(), 1));
    return {.served_by = ServedBy::L1};
  }
  const Cycles earliest_response = clock.now() + 1;
  const Response response = l1d_ != nullptr ? miss_l1d(clock, address, store)
                                            : send(clock, transaction, address, bytes, store);
  clock.advance_to(earliest_response);
  clock.before_shared();
  return response;
}

WalkPort::Response WalkPort::miss_l1d(LocalClock& clock, PhysAddr address, bool store) {
  const CacheResult result = l1d_->load_miss(clock, address);
  if (store && !result.error) l1d_->store(clock, address);
  return {.served_by = result.served_by, .error = result.error};
}

WalkPort::Response WalkPort::send(LocalClock& clock, WalkTransaction& transaction, PhysAddr address,
                                  unsigned bytes, bool store) {
  tlm::tlm_generic_payload& payload = transaction.payload;
  payload.set_command(store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(address.value);
  payload.set_data_ptr(memory_.at(address));
  payload.set_data_length(bytes);
  payload.set_streaming_width(bytes);
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  transaction.attributes.served_by = ServedBy::None;
  clock.transport(socket, payload);
  return {.served_by = transaction.attributes.served_by, .error = payload.is_response_error()};
}

}  // namespace faultline
