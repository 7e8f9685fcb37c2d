// SPDX-License-Identifier: Apache-2.0
#pragma once

// The single instructions among what the memory-management core asks of the architecture, inline
// where they are used. Included by mm/arch.h, which says what each does.

#include <cstdint>

inline unsigned smp_processor_id() {
  return 0;  // one hart runs the kernel
}

inline void local_flush_tlb_page(std::uintptr_t va) {
  asm volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

inline void local_flush_tlb_page_asid(std::uintptr_t va, std::uint64_t asid) {
  asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

inline void local_flush_tlb_all_asid(std::uint64_t asid) {
  asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

inline void local_flush_icache() {
  asm volatile("fence.i" ::: "memory");
}
