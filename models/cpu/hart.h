// SPDX-License-Identifier: Apache-2.0
#pragma once

// A RISC-V hart: RV64IMAFDC with Zicsr and Zifencei, M, S and U mode, in one SystemC thread. This
// shell has the thread, the socket for uncached accesses and the board's handles; what executes is
// Core (core.h). Not modelled: debug and trigger modules, the hypervisor extension, superscalar or
// out-of-order execution, speculation.

#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <memory>
#include <systemc>

#include "models/bus/memory_map.h"
#include "models/common/memory_attributes.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/cpu/arch_state.h"
#include "models/cpu/csr_file.h"
#include "models/cpu/hart_params.h"
#include "models/cpu/hart_stop.h"
#include "models/cpu/observer.h"

namespace faultline {

class Cache;
class Core;
class Mmu;
class Pmp;

/// The models that a hart is wired to; all must outlive it.
struct HartLinks {
  Mmu& mmu;
  Cache& l1i;
  Cache& l1d;
  Pmp& pmp;
  const MemoryMap& map;
};

/// The board's timebase as the hart sees it: `time`, and when stimecmp will be reached.
struct Timebase {
  std::function<std::uint64_t(Cycles now)> mtime_at;  ///< mtime in a core cycle
  std::function<Cycles(std::uint64_t mtime)>
      cycle_of;  ///< first cycle in which mtime is there; ~0: never
};

class Hart : public sc_core::sc_module {
 public:
  /// Accesses to device registers, each a transaction at its true time; also debug transactions to
  /// main memory if direct_memory is off.
  tlm_utils::simple_initiator_socket<Hart> uncached;

  /// `params` passed check(); `stats` is this hart's own group.
  Hart(const sc_core::sc_module_name& name, const HartParams& params, std::uint64_t period_ps,
       const HartLinks& links, StatGroup& stats);
  ~Hart() override;

  // --- To be called before the simulation starts ---

  /// Main memory; everything of kind Memory in the map must lie in it.
  void set_direct_memory(const DirectMemory& memory);
  void set_timebase(Timebase timebase);
  /// Null: nobody.
  void set_observer(HartObserver* observer);
  /// Called in the hart's thread when it has stopped for good, whatever the reason.
  void on_stop(std::function<void(const HartStop&)> callback);
  /// Called in the hart's thread every so many retired instructions, or a little later.
  void on_progress(std::uint64_t every_instructions, std::function<void()> callback);
  /// Calls `callback` after each store of this hart (or external_write()) to any of the 8 bytes at
  /// `address`, which must be a multiple of 8. The store has been done then.
  void watch_store(PhysAddr address, std::function<void()> callback);

  // --- At any time ---

  /// Has the observer, if there is one, called before every instruction: from the first boundary
  /// between instructions on at which the hart's time is `cycle` or more or at least `instructions`
  /// have retired since the start (~0: not by this), until HartObserver::reached() returns false.
  /// May be called by the observer. The guest notices nothing; the host is several times slower.
  void observe_instructions_from(Cycles cycle, std::uint64_t instructions);

  /// Drives an interrupt line: 3 MSI, 7 MTI, 9 SEI, 11 MEI. To be called at the true time, from any
  /// process.
  void set_interrupt(unsigned cause, bool level);
  /// Tells that mtime was written: the time at which stimecmp is reached may have changed.
  void timebase_changed();
  /// Tells that somebody else wrote main memory (a device, another hart): decoded instructions and
  /// the reservation follow.
  void external_write(PhysAddr address, std::uint64_t bytes);
  /// The hart stops at the next instruction boundary.
  void request_stop();

  /// Registers, pc and privilege; exact while the hart is not executing an instruction.
  [[nodiscard]] ArchState& state();
  [[nodiscard]] CsrFile& csr();
  /// Local time, in core cycles.
  [[nodiscard]] Cycles now() const;
  /// Instructions retired since the start; no reset of statistics changes it.
  [[nodiscard]] std::uint64_t instructions() const;
  [[nodiscard]] Fidelity fidelity() const;
  /// Valid once the hart has stopped.
  [[nodiscard]] const HartStop& stop_report() const;

 private:
  void run();

  std::unique_ptr<Core> core_;
};

}  // namespace faultline
