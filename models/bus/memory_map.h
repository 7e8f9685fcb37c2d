// SPDX-License-Identifier: Apache-2.0
#pragma once

// The physical memory map: which addresses exist and what they are (the physical memory attributes
// of RISC-V Privileged 1.12, 3.6, as far as this machine tells them apart). Not modelled: finer
// attributes, such as which atomic operations or access widths a device supports; the devices
// refuse those themselves.

#include <cstdint>
#include <string>
#include <vector>

#include "models/common/types.h"

namespace faultline {

/// What lies at a physical address.
enum class RegionKind : std::uint8_t {
  Hole,    ///< nothing: an access fault
  Memory,  ///< main memory: cacheable, idempotent, every access width, may hold page tables
  Device,  ///< registers: uncached, accesses have side effects
};

/// One range of the memory map, [base, base + bytes).
struct Region {
  std::string name;  ///< "dram", "uart0", ...; for reports
  PhysAddr base{};
  std::uint64_t bytes = 0;
  RegionKind kind = RegionKind::Device;

  /// True if [address, address + length) lies wholly inside.
  [[nodiscard]] bool contains(PhysAddr address, std::uint64_t length = 1) const {
    const std::uint64_t offset = address.value - base.value;
    return offset < bytes && length <= bytes - offset;
  }
};

/// The regions of one machine, filled by the board before the simulation starts.
class MemoryMap {
 public:
  /// Adds a region that is neither empty nor overlaps another nor wraps around the end of the
  /// address space, nor is a hole; returns false, and adds nothing, otherwise. Its index is the
  /// number of regions added before it.
  bool add(Region region);

  /// What [address, address + length) lies in; a range that crosses the border of a region is a
  /// hole.
  [[nodiscard]] RegionKind kind_of(PhysAddr address, std::uint64_t length = 1) const {
    const int index = find(address, length);
    return index < 0 ? RegionKind::Hole : regions_[static_cast<std::size_t>(index)].kind;
  }
  /// Index in regions() of the region that wholly contains [address, address + length); -1 if none
  /// does.
  [[nodiscard]] int find(PhysAddr address, std::uint64_t length = 1) const {
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      if (regions_[i].contains(address, length)) return static_cast<int>(i);
    }
    return -1;
  }
  /// In the order in which they were added.
  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }

 private:
  std::vector<Region> regions_;  // a handful: searched in order, so the busiest belongs first
};

}  // namespace faultline
