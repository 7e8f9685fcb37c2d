// SPDX-License-Identifier: Apache-2.0
#include "models/bus/memory_map.h"

#include <algorithm>
#include <limits>

namespace faultline {

bool MemoryMap::add(Region region) {
  if (region.bytes == 0 || region.kind == RegionKind::Hole) return false;
  const auto last_of = [](const Region& r) { return r.base.value + (r.bytes - 1); };
  if (region.bytes - 1 > std::numeric_limits<std::uint64_t>::max() - region.base.value) {
    return false;
  }
  const bool overlaps = std::any_of(regions_.begin(), regions_.end(), [&](const Region& other) {
    return region.base.value <= last_of(other) && other.base.value <= last_of(region);
  });
  if (overlaps) return false;
  regions_.push_back(std::move(region));
  return true;
}

}  // namespace faultline
