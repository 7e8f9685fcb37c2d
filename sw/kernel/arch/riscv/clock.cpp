// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/clock.h"

#include "sw/lib/csr.h"
#include "sw/lib/sbi.h"

namespace {

bool has_stimecmp = false;

/// Whether stimecmp can be read: an illegal instruction is continued at its fixup.
bool stimecmp_exists() {
  std::uint64_t exists = 0;
  std::uint64_t value = 0;
  asm volatile(
      "1: csrr %[value], %[number]\n"
      "li %[exists], 1\n"
      "2:\n"
      ".pushsection __ex_table, \"a\"\n"
      ".balign 8\n"
      ".dword 1b, 2b\n"
      ".popsection\n"
      : [exists] "+r"(exists), [value] "=r"(value)
      : [number] "i"(csr::kStimecmp)
      : "memory");
  return exists != 0;
}

}  // namespace

void clock_init() {
  has_stimecmp = stimecmp_exists();
  set_clock(~std::uint64_t{0});
  csr::set<csr::kSie>(csr::kInterruptSti);
}

void set_clock(std::uint64_t ticks) {
  if (has_stimecmp) {
    csr::write<csr::kStimecmp>(ticks);
  } else {
    sbi::call(sbi::kTime, 0, ticks);
  }
}

std::uint64_t read_time() {
  return csr::read<csr::kTime>();
}
