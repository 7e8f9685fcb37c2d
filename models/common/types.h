// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words every model speaks: addresses, cycles, privileges and kinds of access. Nothing here has
// behaviour; nothing here knows SystemC.

#include <compare>
#include <cstdint>
#include <functional>

namespace faultline {

/// A number of core clock cycles, or a point in time counted in them since the start of simulation.
using Cycles = std::uint64_t;

/// A virtual address as software uses it (before the check that it is canonical).
struct VirtAddr {
  std::uint64_t value = 0;
  constexpr VirtAddr() = default;
  constexpr explicit VirtAddr(std::uint64_t v) : value(v) {}
  auto operator<=>(const VirtAddr&) const = default;
  [[nodiscard]] constexpr VirtAddr operator+(std::uint64_t n) const { return VirtAddr{value + n}; }
};

/// A physical address of the board's memory map (56 bits in the RISC-V formats).
struct PhysAddr {
  std::uint64_t value = 0;
  constexpr PhysAddr() = default;
  constexpr explicit PhysAddr(std::uint64_t v) : value(v) {}
  auto operator<=>(const PhysAddr&) const = default;
  [[nodiscard]] constexpr PhysAddr operator+(std::uint64_t n) const { return PhysAddr{value + n}; }
};

/// Address-space identifier (16 bits in satp of RV64; RISC-V Privileged 1.12, 4.1.11).
using Asid = std::uint16_t;

/// Privilege modes with the encoding of RISC-V Privileged 1.12, 1.2.
enum class Privilege : std::uint8_t { User = 0, Supervisor = 1, Machine = 3 };

/// What an access wants; an AMO and a store-conditional fault as stores do.
enum class AccessType : std::uint8_t { Fetch, Load, Store, Amo };

/// True for accesses that need write permission.
[[nodiscard]] constexpr bool writes(AccessType type) {
  return type == AccessType::Store || type == AccessType::Amo;
}

inline constexpr unsigned kPageShift = 12;
inline constexpr std::uint64_t kPageBytes = std::uint64_t{1} << kPageShift;
inline constexpr unsigned kLineShift = 6;
inline constexpr std::uint64_t kLineBytes = std::uint64_t{1} << kLineShift;

/// Which part of the memory system answered a read, for walk records and fault stages.
enum class ServedBy : std::uint8_t {
  None,
  L1,
  L2,
  DramRowHit,
  DramRowClosed,
  DramRowConflict,
  Device
};

/// The name used in results: "L1", "L2", "DRAM row hit", ...
[[nodiscard]] const char* to_string(ServedBy level);
[[nodiscard]] const char* to_string(AccessType type);
[[nodiscard]] const char* to_string(Privilege privilege);

}  // namespace faultline

template <>
struct std::hash<faultline::VirtAddr> {
  std::size_t operator()(faultline::VirtAddr a) const noexcept {
    return std::hash<std::uint64_t>{}(a.value);
  }
};
template <>
struct std::hash<faultline::PhysAddr> {
  std::size_t operator()(faultline::PhysAddr a) const noexcept {
    return std::hash<std::uint64_t>{}(a.value);
  }
};
