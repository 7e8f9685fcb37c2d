// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a transaction of the memory system carries besides the TLM-2.0 generic payload.

#include <tlm>

#include "models/common/types.h"

namespace faultline {

/// Ignorable extension (TLM-2.0.1, 14.21): a target that does not know it works all the same.
/// Travels with every transaction of the caches and the walker; lives in the initiator, never on
/// the heap of the payload (set_extension before, clear_extension after, by the initiator).
struct MemoryAttributes : tlm::tlm_extension<MemoryAttributes> {
  /// Filled in by whoever answers: which level had the data. A target that does not fill it leaves
  /// None.
  ServedBy served_by = ServedBy::None;

  [[nodiscard]] tlm::tlm_extension_base* clone() const override {
    return new MemoryAttributes(*this);
  }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const MemoryAttributes&>(other);
  }
};

/// Main memory as the core reaches it for data: obtained once through the direct memory interface
/// (TLM-2.0.1, 11.3) of whatever target sits at the DRAM's addresses. Caches model time and state;
/// the bytes live at their home.
struct DirectMemory {
  PhysAddr base{};
  std::uint64_t bytes = 0;
  unsigned char* host = nullptr;

  /// True if [address, address+length) lies wholly inside.
  [[nodiscard]] bool contains(PhysAddr address, std::uint64_t length = 1) const {
    const std::uint64_t offset = address.value - base.value;
    return offset < bytes && length <= bytes - offset;
  }
  /// Host pointer of an address that is contained.
  [[nodiscard]] unsigned char* at(PhysAddr address) const {
    return host + (address.value - base.value);
  }
};

}  // namespace faultline
