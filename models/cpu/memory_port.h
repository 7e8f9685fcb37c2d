// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a hart moves bytes: main memory through host pointers (or, if the host option is off, debug
// transactions), device registers by transactions at their true time. Caches are not here: they
// model time and state, not data.

#include <cstdint>
#include <cstring>
#include <tlm>

#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/types.h"

namespace faultline {

class MemoryPort {
 public:
  using Socket = tlm::tlm_initiator_socket<32>;

  MemoryPort(Socket& socket, bool use_host_pointers)
      : socket_(socket), use_host_pointers_(use_host_pointers) {}

  void set_direct_memory(const DirectMemory& memory) { memory_ = memory; }
  /// True if `address` lies in main memory.
  [[nodiscard]] bool in_memory(PhysAddr address) const { return memory_.contains(address); }
  /// The host's pointer to a page of main memory; null if pointers must not be used.
  [[nodiscard]] unsigned char* host_page(PhysAddr page) const {
    return use_host_pointers_ && memory_.contains(page, kPageBytes) ? memory_.at(page) : nullptr;
  }

  /// Reads main memory. `bytes` is 1 to 8; the result is zero-extended.
  [[nodiscard]] std::uint64_t read(PhysAddr address, unsigned bytes);
  /// Writes the low `bytes` bytes of `value` to main memory.
  void write(PhysAddr address, unsigned bytes, std::uint64_t value);

  /// One uncached access to a device, at local time; false if it was answered with an error.
  bool read_device(LocalClock& clock, PhysAddr address, unsigned bytes, std::uint64_t& value);
  bool write_device(LocalClock& clock, PhysAddr address, unsigned bytes, std::uint64_t value);

 private:
  bool transfer(LocalClock& clock, tlm::tlm_command command, PhysAddr address, unsigned bytes,
                std::uint64_t& value);
  void debug(tlm::tlm_command command, PhysAddr address, unsigned bytes, std::uint64_t& value);

  Socket& socket_;
  bool use_host_pointers_;
  DirectMemory memory_{};
};

}  // namespace faultline
