// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the format's name in the configuration to its policy type.

#include <utility>

#include "models/mmu/params.h"
#include "models/mmu/sv39.h"

namespace faultline {

/// Calls `visitor.template operator()<Format>()` for the policy type of `format`.
template <typename Visitor>
constexpr decltype(auto) with_format(PageTableFormat format, Visitor&& visitor) {
  switch (format) {
    case PageTableFormat::Sv39:
      break;
  }
  return std::forward<Visitor>(visitor).template operator()<Sv39>();
}

}  // namespace faultline
