// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long instructions take in cycle fidelity: a single-issue, in-order pipeline with full
// bypassing, a scoreboard and a branch predictor. Caches and TLBs have their own parameters
// (CacheParams, MmuParams); the load-to-use latency is that of the L1 data cache. Not modelled: a
// store buffer, write ports of the register file, early-out of the divider, a branch target buffer
// (a jump through a register that is no return costs a misprediction).
//
// Sources: [E31] SiFive E31 Core Complex Manual, 3.2 "Instruction Fetch Unit" and 3.3 "Execution
// Pipeline": the five-stage pipeline that the 64-bit U54 shares. [U54] Microchip PolarFire SoC
// (SiFive U54) documentation, "Branch Prediction". "Assumption": no source; of the right order for
// a five-stage core.

#include <array>
#include <cstdint>
#include <vector>

#include "models/common/params.h"
#include "models/cpu/instruction.h"

namespace faultline {

/// Latencies are from an instruction's issue to the first issue that may use its result, in core
/// cycles, at least 1; penalties are cycles lost besides the issue cycle, and may be 0.
struct TimingParams {
  unsigned mul_cycles = 5;        ///< all multiplications; the multiplier takes one at a time [E31]
  unsigned div_word_cycles = 33;  ///< 32-bit division: one bit a cycle, no early out [E31: 2 to 33]
  unsigned div_cycles = 65;       ///< 64-bit division: one bit a cycle (assumption, from [E31])
  unsigned csr_cycles = 3;        ///< result latency of a CSR access [E31]

  unsigned float_single_cycles = 4;       ///< add, multiply, convert, fused; pipelined (assumption)
  unsigned float_double_cycles = 6;       ///< the same for doubles (assumption)
  unsigned float_simple_cycles = 2;       ///< sign, minimum, comparison, class, moves (assumption)
  unsigned float_div_single_cycles = 20;  ///< fdiv.s, fsqrt.s; one at a time (assumption)
  unsigned float_div_double_cycles = 34;  ///< fdiv.d, fsqrt.d (assumption)

  unsigned amo_cycles =
      2;  ///< added to the load-to-use latency for the result of an AMO (assumption)

  unsigned taken_penalty_cycles = 0;         ///< a jump or branch that was predicted [E31]
  unsigned mispredicted_penalty_cycles = 3;  ///< [E31], [U54]
  unsigned bht_entries = 512;                ///< 2-bit counters, a power of two [E31]
  unsigned ras_entries = 6;                  ///< return-address stack; 0 for none [E31]

  unsigned csr_write_penalty_cycles =
      3;  ///< refill after a CSR write that changes translation (assumption)
  unsigned fence_penalty_cycles = 1;  ///< besides waiting for outstanding misses (assumption)
  unsigned fence_i_penalty_cycles =
      4;  ///< besides invalidating the L1I: a pipeline refill (assumption)
  unsigned sfence_penalty_cycles = 4;  ///< dropping TLB entries, and a refill (assumption)
  unsigned trap_entry_cycles =
      5;  ///< from the failed instruction to the handler's first fetch (assumption)
  unsigned trap_return_cycles = 4;  ///< xRET: a refill (assumption)
};

/// What of `params` cannot be built.
[[nodiscard]] std::vector<ParamProblem> check(const TimingParams& params);

/// Result latency by operation, in cycles. Loads and AMOs have theirs from the cache and are 1
/// here.
using LatencyTable = std::array<std::uint16_t, kOperations>;
[[nodiscard]] LatencyTable latency_table(const TimingParams& params);

/// True for operations in a unit that takes one operation at a time.
[[nodiscard]] constexpr bool is_float_division(Op op) {
  return op == Op::FdivS || op == Op::FdivD || op == Op::FsqrtS || op == Op::FsqrtD;
}

}  // namespace faultline
