// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the memory-management core asks of the architecture below it. The kernel implements these
// functions with RISC-V instructions, the host's unit tests with counters over an arena. Only the
// hart that calls is concerned: the remote half of a TLB shoot-down comes with a second hart that
// runs user code.

#include <cstdint>

/// Number of harts the core keeps private lists for; smp_processor_id() is below it.
inline constexpr unsigned kMaxHarts = 8;

/// Index of the calling hart (dense, from 0; not the mhartid).
[[nodiscard]] unsigned smp_processor_id();

/// SFENCE.VMA va, x0: forgets the leaf translations of one page in all address spaces.
void local_flush_tlb_page(std::uintptr_t va);
/// SFENCE.VMA va, asid: forgets the leaf translations of one page of one address space.
void local_flush_tlb_page_asid(std::uintptr_t va, std::uint64_t asid);
/// SFENCE.VMA x0, asid: forgets everything of one address space, pointers to tables included.
void local_flush_tlb_all_asid(std::uint64_t asid);
/// FENCE.I: instruction fetches of this hart see earlier stores.
void local_flush_icache();

/// Zeroes one page of 4 KiB at `page` (aligned): 64 lines, each written whole and in ascending
/// order.
void clear_page(void* page);
/// Copies one page of 4 KiB (both aligned, not overlapping).
void copy_page(void* to, const void* from);

/// Sleeps until wake_up_var(key) is called; may return without that, so the caller loops on its
/// condition. The kernel is neither preempted nor interrupted between the check and the sleep: no
/// wake-up is lost. Not from interrupt context, and no spinlock may be held.
void wait_on_var(const void* key);
/// Wakes all that sleep on `key`. From any context.
void wake_up_var(const void* key);

/// No page is to be had, even by reclaim: ends the process that holds most memory. True: memory
/// will come free (a victim was ended now or is about to exit), so the caller may try again or
/// return to user mode, where the signal is delivered if it was itself. False: there is no victim.
[[nodiscard]] bool out_of_memory();

/// Bits of current_memalloc_flags().
enum memalloc_flag : unsigned {
  PF_MEMALLOC = 1u << 0,  ///< is freeing memory: its allocations use the reserve, never reclaim
};
/// The memalloc_flag bits of the calling task.
[[nodiscard]] unsigned& current_memalloc_flags();

/// Reports a broken invariant of the kernel and ends the machine. Never returns.
[[noreturn]] void mm_panic(const char* reason);

#if defined(__riscv)
#include "sw/kernel/arch/riscv/local_ops.h"
#endif
