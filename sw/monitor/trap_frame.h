// SPDX-License-Identifier: Apache-2.0
#pragma once

// The registers of the code that trapped into the monitor, as monitor_trap_entry leaves them on the
// stack: shared by assembly and C++.

#define FRAME_SIZE 256

#ifndef __ASSEMBLER__
#include <cstdint>

namespace monitor {

struct TrapFrame {
  std::uint64_t mepc;           ///< in the place of x0
  std::uint64_t registers[31];  ///< x1 to x31

  /// Argument register a0 to a7.
  std::uint64_t& a(unsigned n) { return registers[9 + n]; }
};
static_assert(sizeof(TrapFrame) == FRAME_SIZE);

}  // namespace monitor
#endif
