// SPDX-License-Identifier: Apache-2.0
#include "models/bus/bus.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace faultline {

std::vector<ParamProblem> check(const BusParams& params) {
  std::vector<ParamProblem> problems;
  if (params.request_latency_cycles > 1000) {
    problems.push_back(
        {"request_latency_cycles", std::to_string(params.request_latency_cycles), "0 to 1000"});
  }
  if (params.response_latency_cycles > 1000) {
    problems.push_back(
        {"response_latency_cycles", std::to_string(params.response_latency_cycles), "0 to 1000"});
  }
  if (!std::has_single_bit(params.width_bytes) || params.width_bytes > kLineBytes) {
    problems.push_back(
        {"width_bytes", std::to_string(params.width_bytes), "a power of two, 1 to 64"});
  }
  return problems;
}

Bus::Bus(const sc_core::sc_module_name& name, const BusParams& params, std::uint64_t period_ps,
         unsigned initiators, const MemoryMap& map, StatGroup& stats)
    : sc_module(name),
      from_initiator("from_initiator", initiators),
      to_target("to_target", map.regions().size()),
      params_(params),
      period_ps_(period_ps),
      map_(map),
      initiators_(initiators),
      targets_(map.regions().size()) {
  assert(check(params).empty());
  for (unsigned i = 0; i < initiators; ++i) {
    const int id = static_cast<int>(i);
    from_initiator[i].register_b_transport(this, &Bus::b_transport, id);
    from_initiator[i].register_transport_dbg(this, &Bus::transport_dbg, id);
    from_initiator[i].register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr, id);
  }
  for (unsigned i = 0; i < to_target.size(); ++i) {
    to_target[i].register_invalidate_direct_mem_ptr(this, &Bus::invalidate_direct_mem_ptr,
                                                    static_cast<int>(i));
  }
  register_stats(stats);
}

void Bus::register_stats(StatGroup& stats) {
  for (std::size_t i = 0; i < initiators_.size(); ++i) {
    StatGroup& group = stats.group("initiator_" + std::to_string(i));
    group.counter("transactions", "transactions", "Transactions from this initiator.",
                  initiators_[i].transactions);
    group.counter("decode_errors", "transactions", "Of these, to addresses where nothing is.",
                  initiators_[i].decode_errors);
  }
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    StatGroup& group = stats.group(map_.regions()[i].name);
    Target& target = targets_[i];
    group.counter("reads", "transactions", "Reads of this target.", target.reads);
    group.counter("writes", "transactions", "Writes to this target.", target.writes);
    group.counter("bytes", "bytes", "Bytes read and written.", target.bytes);
    group.counter("busy_cycles", "cycles", "Cycles in which its request channel was taken.",
                  target.busy_cycles);
    group.counter("wait_cycles", "cycles", "Time that requests waited for the channel.",
                  target.wait_cycles);
  }
}

void Bus::b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  LocalClock clock(period_ps_);
  clock.absorb(delay);
  InitiatorStats& from = initiators_[static_cast<std::size_t>(initiator)];
  ++from.transactions;
  const int target = map_.find(PhysAddr{payload.get_address()}, payload.get_data_length());
  if (target < 0) {
    ++from.decode_errors;
    clock.advance(params_.request_latency_cycles + params_.response_latency_cycles);
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else {
    deliver(clock, static_cast<unsigned>(target), payload);
  }
  delay = clock.offset();
}

void Bus::deliver(LocalClock& clock, unsigned index, tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  const Cycles beats =
      std::max<Cycles>(1, (length + params_.width_bytes - 1) / params_.width_bytes);
  const Cycles request_beats = payload.is_write() ? beats : 1;

  // The order of the grants is that of the calls, which come at their true time; so each can be
  // granted before it has crossed.
  Target& target = targets_[index];
  ++(payload.is_write() ? target.writes : target.reads);
  target.bytes += length;
  clock.advance(params_.request_latency_cycles);
  const Cycles granted = std::max(clock.now(), target.free_at);
  target.wait_cycles += granted - clock.now();
  target.busy_cycles += request_beats;
  target.free_at = granted + request_beats;

  clock.advance_to(granted + request_beats - 1);
  clock.transport(to_target[index], payload);
  clock.advance(params_.response_latency_cycles + (payload.is_read() ? beats - 1 : 0));
}

unsigned Bus::transport_dbg(int /*initiator*/, tlm::tlm_generic_payload& payload) {
  const int target = map_.find(PhysAddr{payload.get_address()}, payload.get_data_length());
  return target < 0 ? 0 : to_target[static_cast<unsigned>(target)]->transport_dbg(payload);
}

bool Bus::get_direct_mem_ptr(int /*initiator*/, tlm::tlm_generic_payload& payload,
                             tlm::tlm_dmi& dmi) {
  const PhysAddr address{payload.get_address()};
  const int target = map_.find(address);
  if (target < 0) {
    // Nothing is here: nor may a pointer be had for the line around it.
    dmi.init();
    dmi.set_start_address(address.value);
    dmi.set_end_address(address.value);
    return false;
  }
  const bool granted = to_target[static_cast<unsigned>(target)]->get_direct_mem_ptr(payload, dmi);
  clip(map_.regions()[static_cast<std::size_t>(target)], dmi);
  return granted;
}

void Bus::clip(const Region& region, tlm::tlm_dmi& dmi) {
  const std::uint64_t first = region.base.value;
  const std::uint64_t last = first + (region.bytes - 1);
  if (dmi.get_start_address() < first) {
    if (dmi.get_dmi_ptr() != nullptr) {
      dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
    }
    dmi.set_start_address(first);
  }
  if (dmi.get_end_address() > last) dmi.set_end_address(last);
}

void Bus::invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  const Region& region = map_.regions()[static_cast<std::size_t>(target)];
  const std::uint64_t first = std::max<std::uint64_t>(start, region.base.value);
  const std::uint64_t last = std::min<std::uint64_t>(end, region.base.value + (region.bytes - 1));
  if (first > last) return;
  for (std::size_t i = 0; i < from_initiator.size(); ++i) {
    InitiatorPort& port = from_initiator[i];
    if (port.get_base_port().size() != 0) port->invalidate_direct_mem_ptr(first, last);
  }
}

}  // namespace faultline
