// SPDX-License-Identifier: Apache-2.0
#pragma once

// A page of code that every program gets: where a signal handler returns to. The C library of
// RISC-V leaves this to the kernel (Linux: __vdso_rt_sigreturn), and unwinders know the two
// instructions. The page is no ELF image, so the auxiliary vector does not mention it.

#include <cstdint>

#include "sw/kernel/mm/mm_types.h"

/// Makes the page. Called once at boot.
void vdso_init();
/// Maps the page into an address space; mmap_lock held for writing. Returns 0 or -errno.
[[nodiscard]] int map_vdso(mm_struct& mm);
/// Address of the instructions that call rt_sigreturn.
[[nodiscard]] std::uintptr_t vdso_rt_sigreturn(const mm_struct& mm);
