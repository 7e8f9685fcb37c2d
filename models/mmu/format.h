// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a format's name in the configuration, or its number in satp.MODE, to its policy type. The
// format that an MMU is built for is the largest that it knows: whoever has Sv57 has Sv48 and Sv39,
// and whoever has Sv48 has Sv39 (RISC-V Privileged 1.12, 4.5 and 4.6).

#include <utility>

#include "models/mmu/params.h"
#include "models/mmu/sv_format.h"
#include "models/mmu/translation.h"

namespace faultline {

/// Calls `visitor.template operator()<Format>()` for the policy type of `format`.
template <typename Visitor>
constexpr decltype(auto) with_format(PageTableFormat format, Visitor&& visitor) {
  switch (format) {
    case PageTableFormat::Sv57:
      return std::forward<Visitor>(visitor).template operator()<Sv57>();
    case PageTableFormat::Sv48:
      return std::forward<Visitor>(visitor).template operator()<Sv48>();
    case PageTableFormat::Sv39:
      break;
  }
  return std::forward<Visitor>(visitor).template operator()<Sv39>();
}

/// The same for the format of the tables that `satp` points to. Its MODE must be that of a format.
template <typename Visitor>
constexpr decltype(auto) with_format_of(std::uint64_t satp, Visitor&& visitor) {
  switch (static_cast<SatpMode>(satp >> 60)) {
    case SatpMode::Sv57:
      return std::forward<Visitor>(visitor).template operator()<Sv57>();
    case SatpMode::Sv48:
      return std::forward<Visitor>(visitor).template operator()<Sv48>();
    default:
      return std::forward<Visitor>(visitor).template operator()<Sv39>();
  }
}

/// True if satp.MODE may be `mode` where `largest` is the largest format: Bare, or no more levels.
constexpr bool supports_satp_mode(PageTableFormat largest, std::uint64_t mode) {
  return mode == static_cast<std::uint64_t>(SatpMode::Bare) ||
         (mode >= Sv39::kSatpMode &&
          mode <= with_format(largest, []<typename Format>() { return Format::kSatpMode; }));
}

}  // namespace faultline
