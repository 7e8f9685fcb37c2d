// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a device reaches main memory by itself: transactions on the bus at their true time, coherent
// with the caches. The caches hold no data (models/cache), so coherence is a matter of tags and
// time: before a read, lines that are dirty in a cache are written back by the port, each with a
// transaction of its own; before a write, lines are dropped from the caches, after being written
// back if the write does not replace them as a whole. Not modelled: the time of a snoop itself (as
// of a directory that is searched beside the access; assumption), address translation of devices
// (there is no IOMMU).

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>

#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/types.h"

namespace faultline {

/// What a DMA port asks of the machine around it.
struct DmaLinks {
  /// Every address that the port may touch; all else is refused.
  DirectMemory memory{};
  /// Makes the caches give up the line at `line` (a multiple of kLineBytes) before it is written,
  /// or only its dirty data before it is read, at cycle `now`; true if a cache held it dirty. Null:
  /// no caches.
  std::function<bool(PhysAddr line, bool write, Cycles now)> snoop{};
  /// Called when bytes of memory have been changed. Null: nobody wants to know.
  std::function<void(PhysAddr address, std::uint64_t bytes)> written{};
};

class DmaPort : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<DmaPort> socket;

  /// `burst_bytes`: a transaction crosses no multiple of it: a power of two from kLineBytes on.
  DmaPort(const sc_core::sc_module_name& name, unsigned burst_bytes);

  /// To be set before the simulation starts.
  void connect(DmaLinks links) { links_ = std::move(links); }

  /// True if `bytes` (may be 0) from `address` on lie in memory.
  [[nodiscard]] bool reaches(PhysAddr address, std::uint64_t bytes) const;
  /// Bytes that one transaction from `address` on may have, at most `bytes`.
  [[nodiscard]] std::uint64_t burst_at(PhysAddr address, std::uint64_t bytes) const;

  /// Moves `bytes`, burst after burst; the clock moves to the end of the last. To be called from
  /// the clock's thread. False: the range does not lie in memory (nothing was moved), or the bus
  /// answered with an error.
  bool read(LocalClock& clock, PhysAddr address, void* to, std::uint64_t bytes);
  bool write(LocalClock& clock, PhysAddr address, const void* from, std::uint64_t bytes);

  /// Bytes of dirty lines that were written back for this port; a statistic.
  [[nodiscard]] std::uint64_t& snooped_lines() { return snooped_lines_; }

 private:
  bool transfer(LocalClock& clock, tlm::tlm_command command, PhysAddr address, unsigned char* data,
                std::uint64_t bytes);
  bool burst(LocalClock& clock, tlm::tlm_command command, PhysAddr address, unsigned char* data,
             std::uint64_t bytes);
  bool snoop(LocalClock& clock, tlm::tlm_command command, PhysAddr address, std::uint64_t bytes);
  bool send(LocalClock& clock, tlm::tlm_command command, PhysAddr address, unsigned char* data,
            std::uint64_t bytes);

  unsigned burst_bytes_;
  DmaLinks links_{};
  std::uint64_t snooped_lines_ = 0;
};

}  // namespace faultline
