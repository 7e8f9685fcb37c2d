// SPDX-License-Identifier: Apache-2.0
#pragma once

// The designs of the co-simulation: sets of parameters that between them reach every part of the
// RTL.

#include <cstdint>
#include <string>
#include <vector>

#include "models/mmu/params.h"

namespace faultline {

/// What is compared.
enum class CosimUnit : std::uint8_t { Walker, L2Tlb };

/// One design: a module of the RTL with one set of parameters.
struct CosimDesign {
  std::string name;  ///< without spaces
  CosimUnit unit = CosimUnit::Walker;
  std::string description;  ///< one line
  MmuParams params{};  ///< of these only what concerns the unit; passes check() with engine rtl
  unsigned share = 1;  ///< of the walks or operations, against the others
};

/// The standard designs; the first is the default machine's walker.
[[nodiscard]] std::vector<CosimDesign> standard_designs();

/// The designs of a configured machine: "walker", and "l2_tlb" if it has one.
[[nodiscard]] std::vector<CosimDesign> designs_of(const MmuParams& params);

}  // namespace faultline
