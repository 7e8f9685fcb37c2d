// SPDX-License-Identifier: Apache-2.0
#pragma once

// What all memory-mapped devices share: a target socket, a fixed access latency and the checks of a
// register access. Not modelled: a device that is busy; accesses follow each other at any rate.

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/common/types.h"

namespace faultline {

/// Where a device lies and how fast it answers.
struct DeviceParams {
  PhysAddr base{};
  std::uint64_t bytes = 0;         ///< size of its range
  unsigned latency_cycles = 4;     ///< from request to response, core cycles; assumption
  std::uint64_t period_ps = 1000;  ///< length of a core cycle
};

/// Base of the devices. An access is naturally aligned, of 1, 2, 4 or 8 bytes, little-endian,
/// without byte enables; what the device does not take is answered with an error:
/// TLM_BURST_ERROR_RESPONSE for a wrong size or alignment, TLM_ADDRESS_ERROR_RESPONSE for an
/// address without a register. The access takes effect when the request arrives (SystemC's time
/// plus the transaction's delay; the caller vouches that no other process acts before); the
/// response follows latency_cycles later. Addresses are those of the memory map.
class Device : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Device> socket;

  [[nodiscard]] PhysAddr base() const { return params_.base; }
  [[nodiscard]] std::uint64_t bytes() const { return params_.bytes; }

 protected:
  /// `access_sizes`: the sum of the sizes the device takes, such as 4 or 1 + 2 + 4 + 8.
  Device(const sc_core::sc_module_name& name, const DeviceParams& params, unsigned access_sizes);

  /// Reads `size` bytes at `offset` from the base into `value`, at simulated time `now_ps`
  /// (picoseconds); false: no such register.
  virtual bool read(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                    std::uint64_t& value) = 0;
  /// Writes the low `size` bytes of `value` (the others are 0).
  virtual bool write(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                     std::uint64_t value) = 0;
  /// As read(), but without side effects: for debuggers.
  [[nodiscard]] virtual bool peek(std::uint64_t offset, unsigned size, std::uint64_t now_ps,
                                  std::uint64_t& value) const = 0;

  [[nodiscard]] std::uint64_t period_ps() const { return params_.period_ps; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool access(tlm::tlm_generic_payload& payload, std::uint64_t offset, std::uint64_t now_ps);
  [[nodiscard]] bool takes(std::uint64_t offset, unsigned size) const;

  DeviceParams params_;
  unsigned access_sizes_;
};

}  // namespace faultline
