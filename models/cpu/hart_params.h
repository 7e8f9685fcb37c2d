// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a hart is built with.

#include <cstdint>
#include <vector>

#include "models/common/params.h"
#include "models/common/types.h"
#include "models/cpu/csr_file.h"
#include "models/cpu/timing.h"

namespace faultline {

/// How faithfully time is modelled.
enum class Fidelity : std::uint8_t {
  Functional,  ///< one cycle an instruction; neither TLBs nor caches take part
  Cycle,       ///< every stall
};

/// Limits that end a run; 0 is no limit.
struct HartLimits {
  Cycles max_cycles = 0;               ///< since the start of simulation
  std::uint64_t max_instructions = 0;  ///< retired since the start
  /// Traps in a row without one instruction retired in between, after which the hart is stuck: a
  /// handler that cannot be fetched. At least 2.
  std::uint64_t max_fruitless_traps = 16;
  /// Times the very same trap (pc, cause, tval) comes with the very same integer registers, with no
  /// other trap in between, after which the hart is stuck; also, traps of any kind without one xRET
  /// in between. At least 2.
  std::uint64_t max_equal_traps = 10'000;
};

/// Switches for the speed of the host. None changes any result.
struct HartHostOptions {
  bool decode_cache = true;   ///< keep decoded instructions
  bool direct_memory = true;  ///< reach main memory by host pointers, else by debug transactions
  bool translation_hints = true;  ///< cycle fidelity: remember where in the TLBs a page was found
};

struct HartParams {
  CsrParams csr{};
  VirtAddr reset_pc{0x8000'0000};
  Fidelity fidelity = Fidelity::Cycle;  ///< the configured fidelity
  /// The first so many instructions run in functional fidelity; 0 for none.
  std::uint64_t warmup_instructions = 0;
  TimingParams timing{};
  HartLimits limits{};
  HartHostOptions host{};

  /// The run begins in cycle fidelity.
  [[nodiscard]] bool starts_timed() const {
    return fidelity == Fidelity::Cycle && warmup_instructions == 0;
  }
};

/// What of `params` cannot be built.
[[nodiscard]] std::vector<ParamProblem> check(const HartParams& params);

}  // namespace faultline
