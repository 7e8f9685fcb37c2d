// SPDX-License-Identifier: Apache-2.0
#pragma once

// The registers of the interrupted code as handle_exception leaves them on the kernel's stack: 36
// words, in Linux's order. Shared by assembly (offsets in words) and C++.

#define PT_EPC 0
#define PT_RA 1
#define PT_SP 2
#define PT_TP 4
#define PT_STATUS 32
#define PT_BADADDR 33
#define PT_CAUSE 34
#define PT_SIZE 288

#ifndef __ASSEMBLER__
#include <cstddef>
#include <cstdint>

#include "sw/lib/csr.h"

struct pt_regs {
  std::uint64_t epc;
  std::uint64_t ra, sp, gp, tp;
  std::uint64_t t0, t1, t2, s0, s1;
  std::uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
  std::uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
  std::uint64_t t3, t4, t5, t6;
  std::uint64_t status, badaddr, cause;
  std::uint64_t orig_a0;  ///< a0 as it was at a system call
};
static_assert(sizeof(pt_regs) == PT_SIZE);
static_assert(offsetof(pt_regs, tp) == PT_TP * 8 && offsetof(pt_regs, status) == PT_STATUS * 8);

/// Whether the registers are those of a program.
[[nodiscard]] inline bool user_mode(const pt_regs& regs) {
  return (regs.status & csr::kStatusSpp) == 0;
}
#endif
