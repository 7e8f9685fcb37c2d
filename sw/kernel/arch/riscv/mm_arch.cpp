// SPDX-License-Identifier: Apache-2.0
// What the memory-management core asks of RISC-V: fences, and zeroing and copying of pages.

#include <cstring>

#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/pgtable.h"
#include "sw/kernel/proc/task.h"

unsigned smp_processor_id() {
  return 0;
}

void local_flush_tlb_page(std::uintptr_t va) {
  asm volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

void local_flush_tlb_page_asid(std::uintptr_t va, std::uint64_t asid) {
  asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

void local_flush_tlb_all_asid(std::uint64_t asid) {
  asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

void local_flush_icache() {
  asm volatile("fence.i" ::: "memory");
}

void clear_page(void* page) {
  std::memset(page, 0, PAGE_SIZE);
}

void copy_page(void* to, const void* from) {
  std::memcpy(to, from, PAGE_SIZE);
}

unsigned& current_memalloc_flags() {
  return get_current()->memalloc_flags;
}

void mm_panic(const char* reason) {
  panic("%s", reason);
}
