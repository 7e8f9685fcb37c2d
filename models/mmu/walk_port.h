// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a walk engine reaches page-table entries: through the L1 data cache or through a TLM-2.0
// socket, in time; the bytes themselves are at their home in main memory.

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm>

#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/types.h"

namespace faultline {

class Cache;

/// A transaction that is used again and again, one for each walk that can be under way.
struct WalkTransaction {
  WalkTransaction();
  ~WalkTransaction();
  WalkTransaction(const WalkTransaction&) = delete;
  WalkTransaction& operator=(const WalkTransaction&) = delete;

  tlm::tlm_generic_payload payload;
  MemoryAttributes attributes;
};

class WalkPort {
 public:
  struct Response {
    std::uint64_t value = 0;  ///< of the entry when the response arrived
    ServedBy served_by = ServedBy::None;
    bool error = false;   ///< the memory system refused
    bool stored = false;  ///< compare_and_set: the entry had the expected value
  };

  /// All calls go through `l1d`; without one, through `socket`.
  void connect(Cache& l1d) { l1d_ = &l1d; }
  void set_direct_memory(const DirectMemory& memory) { memory_ = memory; }
  [[nodiscard]] const DirectMemory& direct_memory() const { return memory_; }

  // To be called at the clock's true time with its horizon looked up, as LocalClock::spend() leaves
  // it; it is so again afterwards.

  /// Reads `bytes` (4 or 8) at `address`; the clock is advanced to the response, by at least one
  /// cycle. An address outside main memory is an error after that cycle.
  Response read(LocalClock& clock, WalkTransaction& transaction, PhysAddr address, unsigned bytes);
  /// Sets the entry to `desired` if it still is `expected`, atomically at the time of the response.
  /// To the memory system this is a store.
  Response compare_and_set(LocalClock& clock, WalkTransaction& transaction, PhysAddr address,
                           unsigned bytes, std::uint64_t expected, std::uint64_t desired);

  /// To L2 or memory, if the walker enters there. Transactions are of one entry; their data pointer
  /// is the entry's home in main memory itself, so a target that owns it has nothing to copy.
  tlm_utils::simple_initiator_socket_optional<WalkPort> socket{"walker"};

 private:
  Response access(LocalClock& clock, WalkTransaction& transaction, PhysAddr address, unsigned bytes,
                  bool store);
  Response miss_l1d(LocalClock& clock, PhysAddr address, bool store);
  Response send(LocalClock& clock, WalkTransaction& transaction, PhysAddr address, unsigned bytes,
                bool store);

  Cache* l1d_ = nullptr;
  DirectMemory memory_{};
};

/// A little-endian entry of 4 or 8 bytes at its home.
[[nodiscard]] std::uint64_t load_entry(const unsigned char* host, unsigned bytes);
void store_entry(unsigned char* host, unsigned bytes, std::uint64_t value);

}  // namespace faultline
