// SPDX-License-Identifier: Apache-2.0
#pragma once

// The page fault, from the trap handler's question to the pte: entry, dispatch and the leaf paths,
// in the order and with the names of Linux 6.1 (arch/riscv/mm/fault.c, mm/memory.c).

#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/page_alloc.h"

/// What the hart was doing (causes 13, 15 and 12 of scause).
enum class fault_access : std::uint8_t { load, store, fetch };

/// Signals and their codes, with Linux's numbers.
inline constexpr int SIGNAL_NONE = 0;
inline constexpr int SIGNAL_KILL = 9;  ///< out of memory
inline constexpr int SIGNAL_BUS = 7;
inline constexpr int SIGNAL_SEGV = 11;
inline constexpr int CODE_SEGV_MAPERR = 1;  ///< no mapping there
inline constexpr int CODE_SEGV_ACCERR = 2;  ///< the mapping forbids it
inline constexpr int CODE_BUS_ADRERR = 2;   ///< beyond the end of the file, or unreadable

/// How a fault ended. In user mode the caller delivers the signal; in kernel mode it looks for a
/// fixup.
struct fault_outcome {
  int signal;              ///< SIGNAL_NONE: resolved, execute the instruction again
  int code;                ///< si_code
  std::uintptr_t address;  ///< si_addr
};

/// Resolves a page fault of `mm` at `address` (as in stval). Takes mmap_lock itself. `user_mode` is
/// false when the kernel touched user memory on behalf of the process.
fault_outcome do_page_fault(mm_struct& mm, std::uintptr_t address, fault_access access,
                            bool user_mode);

/// The VMA that covers `address`, grown downwards if it is a stack, with mmap_lock held for
/// reading. Null: no such VMA, the lock is not held.
[[nodiscard]] vm_area_struct* lock_mm_and_find_vma(mm_struct& mm, std::uintptr_t address);
/// The outcome of a fault that has no answer; counts it.
fault_outcome bad_area(int code, std::uintptr_t address);

/// Resolves a fault inside `vma`, permissions already checked; mmap_lock held for reading. `flags`
/// are fault_flag bits. Counts min_flt or maj_flt of the address space.
vm_fault_t handle_mm_fault(vm_area_struct& vma, std::uintptr_t address, unsigned flags);

/// Bytes around a file fault that are mapped if they are cached: a power of two from PAGE_SIZE to
/// PMD_SIZE. False: not such a value, nothing changed.
[[nodiscard]] bool set_fault_around_bytes(std::uint64_t bytes);

/// Copies the ptes of a VMA to its copy `dst` in a child (fork): private writable pages lose W on
/// both sides and are exclusive to neither; the child's ptes are old. The caller flushes the
/// parent's TLB. Returns 0 or -ENOMEM.
[[nodiscard]] int copy_page_range(vm_area_struct& dst, vm_area_struct& src);

/// The page behind a present pte, or null if it has no descriptor to count in (the zero page).
[[nodiscard]] page* vm_normal_page(pte_t pte);
/// Number of the frame of the zero page.
[[nodiscard]] std::uint64_t zero_pfn();

/// Copies between kernel memory and an address space that need not be the current one, faulting
/// pages in as the process itself would. Takes mmap_lock. Returns the bytes copied; short where the
/// process could not have done it.
std::uint64_t access_remote_vm(mm_struct& mm, std::uintptr_t address, void* buffer,
                               std::uint64_t bytes, bool write);
