// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the parts of the monitor share. The monitor is all that runs in M mode: it protects itself,
// hands exceptions and interrupts to the kernel, answers its SBI calls, and gives up with a report
// when it traps itself. It runs on one hart.

#include <cstdint>

#include "sw/monitor/trap_frame.h"

namespace monitor {

/// The monitor's memory: the start of DRAM. The kernel is loaded right behind it.
inline constexpr std::uint64_t kMonitorBase = 0x80000000;
inline constexpr std::uint64_t kMonitorSize = 0x200000;
inline constexpr std::uint64_t kKernelEntry = kMonitorBase + kMonitorSize;

/// Writes a message to the console (conversions: see sw/lib/format.h).
[[gnu::format(printf, 1, 2)]] void print(const char* format, ...);

/// Answers the SBI call in `frame`: error and value into a0 and a1 (the legacy calls: a0 alone).
void handle_sbi_call(TrapFrame& frame);

/// Whether the hart has stimecmp (extension Sstc), found out at the start.
extern bool has_stimecmp;

}  // namespace monitor
