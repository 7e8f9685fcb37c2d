// SPDX-License-Identifier: Apache-2.0
#pragma once

// The abort: what the MMU raises when a translation fails. It says what happened in terms that
// belong to no architecture; the hart turns it into scause and stval (an Arm core would make FSR
// and FAR of it).

#include <cstdint>

#include "models/common/types.h"

namespace faultline {

/// Why a translation failed. `None` is success.
enum class AbortStatus : std::uint8_t {
  None,
  NonCanonical,         ///< the address's upper bits are no sign extension
  Translation,          ///< an entry with V=0
  ReservedEncoding,     ///< R=0 and W=1, reserved bits, or a pointer at the last level
  MisalignedSuperpage,  ///< a leaf above level 0 with low PPN bits set
  Permission,           ///< U, R, W, X against privilege, SUM and MXR
  AccessFlag,           ///< A=0, or a write with D=0, under Svade
  WalkAccessFault,      ///< PMP, PMA or the bus refused the access to an entry: access fault
  AccessFault,          ///< PMP or PMA refused the translated address: access fault
};

/// True for the statuses that RISC-V reports as page faults (12, 13, 15); the others that are not
/// None are access faults (1, 5, 7).
[[nodiscard]] constexpr bool is_page_fault(AbortStatus status) {
  return status != AbortStatus::None && status != AbortStatus::WalkAccessFault &&
         status != AbortStatus::AccessFault;
}

[[nodiscard]] const char* to_string(AbortStatus status);

/// One failed translation.
struct Abort {
  AbortStatus status = AbortStatus::None;
  AccessType access = AccessType::Load;  ///< the original access, also when an entry's read failed
  std::uint8_t level = 0;  ///< level of the entry that decided; root = levels-1, leaf page = 0
  VirtAddr address{};      ///< as accessed, not page-aligned; goes to stval
};

}  // namespace faultline
