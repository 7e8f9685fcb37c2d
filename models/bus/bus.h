// SPDX-License-Identifier: Apache-2.0
#pragma once

// The crossbar between initiators (last-level cache, uncached ports of the harts) and targets
// (DRAM, devices): decodes the address, delays requests and responses, and lets one request at a
// time into each target. Not modelled: contention for the response channels (every initiator has
// its own from every target), limits on outstanding transactions, atomic transactions.

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/params.h"
#include "models/common/stats.h"
#include "models/common/types.h"

namespace faultline {

/// Defaults are assumptions: a crossbar with a register stage at either end of both channels.
struct BusParams {
  /// From the initiator's port to the target's, cycles; 0 or more.
  unsigned request_latency_cycles = 2;
  /// From the target's port to the initiator's, cycles; 0 or more.
  unsigned response_latency_cycles = 2;
  /// Bytes a channel moves in one cycle (one beat): a power of two, 1 to 64.
  unsigned width_bytes = 32;
};

/// What a Bus cannot be built with; empty if all is well.
[[nodiscard]] std::vector<ParamProblem> check(const BusParams& params);

/// Timing of one transaction, in core cycles. It reaches the initiator's port at t, is decoded
/// there and crosses in request_latency_cycles. The target's request channel is then taken for 1
/// cycle by a read and for one cycle a beat by a write (a beat is width_bytes; bursts as in
/// TileLink 1.8.1, chapter 4): a request that finds it taken waits. Requests enter in the order in
/// which they came to the crossbar; of two in the same cycle, the one whose thread SystemC runs
/// first, which is the same in every run. The target sees the request when its last beat has
/// entered, that is beats - 1 cycles after it was granted. Its response takes
/// response_latency_cycles back, and for a read one cycle more for each beat after the first.
///
/// Addresses pass unchanged. An address where nothing is, or a range that crosses the border of a
/// region, is answered with TLM_ADDRESS_ERROR_RESPONSE after request and response latency.
class Bus : public sc_core::sc_module {
 public:
  using InitiatorPort = tlm_utils::simple_target_socket_tagged_optional<Bus>;
  using TargetPort = tlm_utils::simple_initiator_socket_tagged<Bus>;

  /// One for each initiator; any may stay unbound.
  sc_core::sc_vector<InitiatorPort> from_initiator;
  /// One for each region of the memory map, with its index.
  sc_core::sc_vector<TargetPort> to_target;

  /// `map` must be complete; it is copied.
  Bus(const sc_core::sc_module_name& name, const BusParams& params, std::uint64_t period_ps,
      unsigned initiators, const MemoryMap& map, StatGroup& stats);

  [[nodiscard]] const MemoryMap& map() const { return map_; }

 private:
  struct InitiatorStats {
    std::uint64_t transactions = 0;
    std::uint64_t decode_errors = 0;
  };
  struct Target {
    Cycles free_at = 0;  // first cycle in which the request channel takes a request
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t bytes = 0;
    std::uint64_t busy_cycles = 0;
    std::uint64_t wait_cycles = 0;
  };

  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end);
  void deliver(LocalClock& clock, unsigned index, tlm::tlm_generic_payload& payload);
  static void clip(const Region& region, tlm::tlm_dmi& dmi);
  void register_stats(StatGroup& stats);

  BusParams params_;
  std::uint64_t period_ps_;
  MemoryMap map_;
  std::vector<InitiatorStats> initiators_;
  std::vector<Target> targets_;
};

}  // namespace faultline
