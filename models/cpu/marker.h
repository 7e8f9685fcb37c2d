// SPDX-License-Identifier: Apache-2.0
#pragma once

// Markers: what a guest tells the simulator, by instructions that any other machine executes as
// no-operations (`slti x0, x0, N`, a hint designated for custom use: RISC-V Unprivileged 20191213,
// table 2.3). The hart obeys the first two; the others are its observer's.

#include <cstdint>

namespace faultline {

enum class Marker : std::uint16_t {
  EnterFunctional = 0x100,  ///< go on in functional fidelity
  EnterConfigured = 0x101,  ///< go on in the configured fidelity: the end of a warm-up
  RegionBegin = 0x102,      ///< the region of interest begins
  RegionEnd = 0x103,        ///< the region of interest ends
  CachesCold = 0x104,       ///< faults from here on meet cold caches
  CachesWarm = 0x105,       ///< faults from here on meet warm caches
  CachesAny = 0x106,        ///< neither is known of the faults from here on
};
inline constexpr int kFirstMarker = static_cast<int>(Marker::EnterFunctional);
inline constexpr int kLastMarker = static_cast<int>(Marker::CachesAny);

}  // namespace faultline
