// SPDX-License-Identifier: Apache-2.0
#pragma once

// Main memory as a SystemC module: a DDR4 controller for each channel behind one TLM-2.0 target
// socket, and the bytes. The commands are computed by DramController in plain C++; this shell gives
// it time.
//
// Modelled: when a request reaches the command queue, when its data is back at the socket, back
// pressure of a full queue. A read blocks until its data arrives. A write is posted: it is done
// when its queue has room. Not modelled: ECC, power, and the moment in which bytes move: they are
// read and written in the order in which the requests arrive, at their arrival.
//
// Time: nothing else in the simulation acts before the next pending event (the horizon). So
// commands are computed ahead up to the horizon plus the front end's latency, which no later
// request can influence, and a read whose column command lies there returns with its latency as the
// annotated delay; no process waits. Only when something may interfere does the calling thread
// wait, while a method process advances the controllers. Refreshes and posted writes are caught up
// with when the next request arrives.

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <memory>
#include <vector>

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
  /// be called from a thread; its delay must not reach beyond the next pending event
  /// (LocalClock::transport sees to that). Reports ServedBy::DramRow* in MemoryAttributes; a read
  /// out of the write queue counts as a hit.
  tlm_utils::simple_target_socket<Dram> target;

  /// `params` must have passed check(). `period_ps`: one core cycle. Throws std::runtime_error if
  /// the host refuses the memory.
  Dram(const sc_core::sc_module_name& name, const DramParams& params, std::uint64_t period_ps,
       StatGroup& stats);
  ~Dram() override;

  /// The bytes.
  [[nodiscard]] BackingStore& store() { return store_; }
  /// Brings refreshes, posted writes and their statistics up to SystemC's time. To be called before
  /// statistics are read or reset, when SystemC does not run or from a process.
  void settle();
  /// Sees every command of `channel` from now on, in order; see DramController::set_observer.
  void set_observer(unsigned channel, DramController::Observer observer);

  [[nodiscard]] const DramParams& params() const { return params_; }

 private:
  struct Waiter;
  struct Transfer;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);

  DramParams params_;
  std::uint64_t period_ps_;
  ClockRatio clock_;
  AddressMap map_;
  BackingStore store_;
};

}  // namespace faultline
