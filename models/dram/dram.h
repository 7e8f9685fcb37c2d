// SPDX-License-Identifier: Apache-2.0
#pragma once

// Main memory as a SystemC module: a DDR4 controller for each channel behind one TLM-2.0 target
// socket, and the bytes. The commands are computed by DramController in plain C++; this shell gives
// it time.
//
// Modelled: when a request reaches the command queue, when its data is back at the socket, back
// pressure of a full write queue. A read blocks until its data arrives. A write is posted: it is
// done when its queue has room. A transaction over several lines is one request a line, all at
// once; it ends with the last. Not modelled: ECC, power, and the moment in which bytes move: they
// are read and written in the order in which the transactions arrive, at their arrival.
//
// Time: nobody acts before the next pending event of the simulation (the horizon). So commands are
// computed ahead up to the horizon plus the front end's latency, where no later request can have a
// say, and a read whose column command lies before that returns with its latency as annotated
// delay: no process waits. Only where somebody may interfere the calling thread waits, and a method
// process wakes when the next command is certain. Refreshes and posted writes of idle time are
// caught up with when the next request arrives.

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include <tlm_utils/simple_target_socket.h>

#include "models/common/stats.h"
#include "models/dram/address_map.h"
#include "models/dram/backing_store.h"
#include "models/dram/clock_ratio.h"
#include "models/dram/controller.h"
#include "models/dram/params.h"

namespace faultline {

class Dram : public sc_core::sc_module {
 public:
  /// Addresses are those of the memory map: DramParams::base is the first byte's. b_transport must
  /// be called from a thread; nobody else may act before its delay is over (LocalClock::transport
  /// sees to it). Any length and alignment; no byte enables, no streaming. Reports
  /// ServedBy::DramRowHit, -Closed or -Conflict in MemoryAttributes, for a read: of several lines
  /// the slowest; one answered by the write queue counts as a hit.
  tlm_utils::simple_target_socket<Dram> target;

  /// `params` must have passed check(). `period_ps`: one core cycle. Throws std::runtime_error if
  /// the host refuses the memory.
  Dram(const sc_core::sc_module_name& name, const DramParams& params, std::uint64_t period_ps,
       StatGroup& stats);
  ~Dram() override;

  [[nodiscard]] const DramParams& params() const { return params_; }
  [[nodiscard]] const DramTiming& timing() const { return timing_; }
  [[nodiscard]] BackingStore& store() { return store_; }

  /// Brings refreshes, posted writes and their statistics up to core cycle `now`, as if a request
  /// arrived then. To be called before statistics are read or reset; as with a request, nobody may
  /// act before.
  void settle(Cycles now);
  /// Sees every command of `channel` from now on, in order, when it is decided.
  void set_observer(unsigned channel, DramController::Observer observer);

 private:
  struct Transfer;
  struct Waiter;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);

  [[nodiscard]] tlm::tlm_response_status check_payload(const tlm::tlm_generic_payload& p) const;
  [[nodiscard]] bool contains(std::uint64_t address, std::uint64_t length) const;
  void move_bytes(const tlm::tlm_generic_payload& payload);
  void submit(std::uint64_t line, DramCycles arrival, Transfer& transfer);
  void advance_channel(DramController& channel, DramCycles limit);
  [[nodiscard]] DramController* next_awaited();
  void run_ahead(const Transfer* until);
  void deliver(const DramController::Completion& completion);
  void wait_for(Transfer& transfer);
  void step();
  void schedule_step();
  [[nodiscard]] DramCycles certain_limit() const;
  [[nodiscard]] sc_core::sc_time time_of(Cycles cycle) const;
  void count(const Transfer& transfer, std::uint64_t bytes);
  void register_stats(StatGroup& stats);

  DramParams params_;
  DramTiming timing_;
  std::uint64_t period_ps_;
  ClockRatio clock_;
  AddressMap map_;
  BackingStore store_;
  std::vector<std::unique_ptr<DramController>> channels_;

  sc_core::sc_event step_event_;
  DramCycles limit_ = 0;  // run_ahead: the first cycle that a request to come may influence
  unsigned blocked_ = 0;  // transfers whose thread waits
  std::vector<std::unique_ptr<Waiter>> free_waiters_;

  std::uint64_t read_requests_ = 0;
  std::uint64_t write_requests_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t write_bytes_ = 0;
  std::uint64_t read_latency_sum_ = 0;
  std::uint64_t read_latency_min_ = 0;
  std::uint64_t read_latency_max_ = 0;
  std::uint64_t write_stall_cycles_ = 0;
};

}  // namespace faultline
