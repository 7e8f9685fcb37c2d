// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page-table formats Sv39, Sv48 and Sv57 (RISC-V Privileged 1.12, 4.4 to 4.6) as policy types:
// everything the walk, the walker and the MMU know of a format they take from such a type, so
// another one (Sv32, Arm's short descriptors) is another struct of this shape. These three differ
// in their number of levels only.

#include <cstdint>

#include "models/common/types.h"
#include "models/mmu/params.h"
#include "models/mmu/pte.h"
#include "models/mmu/translation.h"

namespace faultline {

/// What one entry says, in terms that belong to no format.
struct DecodedPte {
  enum class Kind : std::uint8_t { Invalid, Reserved, Pointer, Leaf };
  Kind kind = Kind::Invalid;
  PhysAddr target{};       ///< Pointer: the next table. Leaf: the page, low bits as in the entry.
  std::uint8_t flags = 0;  ///< kPteV ... kPteD of a leaf; kPteG of a pointer
};

/// A RISC-V format of 8-byte entries in tables of 512, `Levels` of them deep.
template <unsigned Levels>
struct SvFormat {
  static constexpr unsigned kLevels = Levels;
  static constexpr unsigned kPteBytes = 8;
  static constexpr unsigned kVpnBits = 9;  ///< per level
  static constexpr unsigned kVirtualBits = kPageShift + kVpnBits * kLevels;
  static constexpr std::uint64_t kSatpMode = 5 + kLevels;  ///< SatpMode

  /// 4.4.1, 4.5.1, 4.6.1: the bits above kVirtualBits must all equal the highest below, or the
  /// access is a page fault.
  [[nodiscard]] static constexpr bool is_canonical(VirtAddr va) {
    const auto address = static_cast<std::int64_t>(va.value);
    return (address >> (kVirtualBits - 1)) == (address >> 63);
  }
  /// log2 of what one entry of `level` maps: 12, 21, 30, 39, 48.
  [[nodiscard]] static constexpr unsigned page_shift(unsigned level) {
    return kPageShift + kVpnBits * level;
  }
  /// va.vpn[level] x PTESIZE: where in its table the entry of `va` is.
  [[nodiscard]] static constexpr std::uint64_t entry_offset(VirtAddr va, unsigned level) {
    return ((va.value >> page_shift(level)) & ((1U << kVpnBits) - 1)) * kPteBytes;
  }
  /// satp.PPN x PAGESIZE.
  [[nodiscard]] static constexpr PhysAddr root(std::uint64_t satp) {
    return PhysAddr{(satp & ((std::uint64_t{1} << kPtePpnBits) - 1)) << kPageShift};
  }
  /// 4.3.2 steps 3 and 4, except the levels' count: valid, reserved encodings, pointer or leaf.
  /// Without Svnapot and Svpbmt, bits 63:54 are reserved; in a pointer, D, A and U are as well
  /// (4.3.1: "reserved for future standard use").
  [[nodiscard]] static constexpr DecodedPte decode(std::uint64_t pte) {
    using Kind = DecodedPte::Kind;
    if ((pte & kPteV) == 0) return {Kind::Invalid, {}, 0};
    if ((pte & (kPteR | kPteW)) == kPteW) return {Kind::Reserved, {}, 0};
    if ((pte & (kPteReserved | kPtePbmt | kPteN)) != 0) return {Kind::Reserved, {}, 0};
    const PhysAddr target{((pte & kPtePpnMask) >> kPtePpnShift) << kPageShift};
    if ((pte & (kPteR | kPteX)) != 0) {
      return {Kind::Leaf, target, static_cast<std::uint8_t>(pte & kPteFlags)};
    }
    if ((pte & (kPteD | kPteA | kPteU)) != 0) return {Kind::Reserved, {}, 0};
    return {Kind::Pointer, target, static_cast<std::uint8_t>(pte & kPteG)};
  }
  /// Step 7: the entry with A, and for a write D, set.
  [[nodiscard]] static constexpr std::uint64_t with_accessed(std::uint64_t pte, bool dirty) {
    return pte | kPteA | (dirty ? kPteD : 0);
  }
};

/// The policy types of the enumerators of the same names in PageTableFormat and SatpMode.
using Sv39 = SvFormat<3>;
using Sv48 = SvFormat<4>;
using Sv57 = SvFormat<5>;

}  // namespace faultline
