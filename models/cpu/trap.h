// SPDX-License-Identifier: Apache-2.0
#pragma once

// Synchronous exceptions as values: what an instruction that cannot complete hands back.

#include <cstdint>

#include "models/cpu/csr.h"
#include "models/mmu/abort.h"

namespace faultline {

/// An exception to be taken: xcause and xtval.
struct Trap {
  std::uint64_t cause = 0;
  std::uint64_t tval = 0;
};

[[nodiscard]] constexpr Trap make_trap(Exception cause, std::uint64_t tval) {
  return {static_cast<std::uint64_t>(cause), tval};
}

/// The exception that an abort becomes: a page fault or an access fault of the original access's
/// type, with the address as accessed (RISC-V Privileged 1.12, 3.1.16 and 4.3.2).
[[nodiscard]] constexpr Trap make_trap(const Abort& abort) {
  const bool page_fault = is_page_fault(abort.status);
  switch (abort.access) {
    case AccessType::Fetch:
      return make_trap(
          page_fault ? Exception::InstructionPageFault : Exception::InstructionAccessFault,
          abort.address.value);
    case AccessType::Load:
      return make_trap(page_fault ? Exception::LoadPageFault : Exception::LoadAccessFault,
                       abort.address.value);
    case AccessType::Store:
    case AccessType::Amo:
      break;
  }
  return make_trap(page_fault ? Exception::StorePageFault : Exception::StoreAccessFault,
                   abort.address.value);
}

}  // namespace faultline
