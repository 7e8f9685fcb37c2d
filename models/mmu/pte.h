// SPDX-License-Identifier: Apache-2.0
#pragma once

// The fields of a RISC-V page-table entry (RISC-V Privileged 1.12, 4.3.1 and 4.4.1), defined once;
// the RTL package uses the same names (PteV, PteR, ...). Svnapot and Svpbmt are not modelled: N and
// PBMT are reserved bits.

#include <cstdint>

namespace faultline {

inline constexpr std::uint64_t kPteV = 1 << 0;    ///< valid
inline constexpr std::uint64_t kPteR = 1 << 1;    ///< readable
inline constexpr std::uint64_t kPteW = 1 << 2;    ///< writable
inline constexpr std::uint64_t kPteX = 1 << 3;    ///< executable
inline constexpr std::uint64_t kPteU = 1 << 4;    ///< belongs to user mode
inline constexpr std::uint64_t kPteG = 1 << 5;    ///< global: in all address spaces
inline constexpr std::uint64_t kPteA = 1 << 6;    ///< accessed
inline constexpr std::uint64_t kPteD = 1 << 7;    ///< dirty
inline constexpr std::uint64_t kPteRsw = 3 << 8;  ///< software's own; ignored

inline constexpr unsigned kPtePpnShift = 10;
inline constexpr unsigned kPtePpnBits = 44;  ///< RV64 formats
inline constexpr std::uint64_t kPtePpnMask = ((std::uint64_t{1} << kPtePpnBits) - 1)
                                             << kPtePpnShift;
inline constexpr std::uint64_t kPteReserved = std::uint64_t{0x7f} << 54;  ///< bits 60:54
inline constexpr std::uint64_t kPtePbmt = std::uint64_t{3} << 61;         ///< Svpbmt; here reserved
inline constexpr std::uint64_t kPteN = std::uint64_t{1} << 63;  ///< Svnapot; here reserved

/// The bits that a TLB keeps of a leaf (Leaf::flags).
inline constexpr std::uint64_t kPteFlags = 0xff;

}  // namespace faultline
