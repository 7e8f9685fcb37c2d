// SPDX-License-Identifier: Apache-2.0
#pragma once

// Address spaces and their VMAs: create, look up, map, unmap, protect, grow, tear down. Arguments
// and results are those of the system calls: negative values are -errno. Unless said otherwise the
// caller holds mmap_lock for writing.

#include "sw/kernel/mm/mm_types.h"

/// Error numbers used here, with Linux's values.
inline constexpr int MM_ENOMEM = 12;
inline constexpr int MM_EACCES = 13;
inline constexpr int MM_EFAULT = 14;
inline constexpr int MM_EEXIST = 17;
inline constexpr int MM_EINVAL = 22;
inline constexpr int MM_EIO = 5;
inline constexpr int MM_EAGAIN = 11;
inline constexpr int MM_EBUSY = 16;
inline constexpr int MM_EROFS = 30;

/// Arguments of mmap, with Linux's values for RISC-V.
enum mmap_prot : unsigned {
  PROT_NONE = 0,
  PROT_READ = 1,
  PROT_WRITE = 2,
  PROT_EXEC = 4,
  PROT_SEM = 8,                 ///< accepted, without meaning here
  PROT_GROWSDOWN = 0x01000000,  ///< mprotect: from the start of the stack's VMA on
};
enum mmap_flag : unsigned {
  MAP_SHARED = 0x01,
  MAP_PRIVATE = 0x02,
  MAP_FIXED = 0x10,
  MAP_ANONYMOUS = 0x20,
  MAP_GROWSDOWN = 0x100,
  MAP_LOCKED = 0x2000,
  MAP_POPULATE = 0x8000,
  MAP_FIXED_NOREPLACE = 0x100000,
};

enum mremap_flag : unsigned { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4 };
enum msync_flag : unsigned { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
enum madvise_advice : int {
  MADV_NORMAL = 0,
  MADV_RANDOM = 1,
  MADV_SEQUENTIAL = 2,
  MADV_WILLNEED = 3,
  MADV_DONTNEED = 4,
  MADV_FREE = 8,
  MADV_HUGEPAGE = 14,
  MADV_NOHUGEPAGE = 15,
  MADV_PAGEOUT = 21,
};

/// Lowest address a process may map (Linux default of vm.mmap_min_addr).
inline constexpr std::uintptr_t kMmapMinAddr = 65536;
/// Pages kept free below a stack (Linux: stack_guard_gap).
inline constexpr std::uint64_t kStackGuardGap = 256;
/// Most VMAs an address space may have (Linux: sysctl_max_map_count).
inline constexpr unsigned kMaxMapCount = 65530;

/// A new, empty address space with one user and the kernel's half of the root table; null: out of
/// memory. Limits are those of a Debian shell: stack 8 MiB, the rest unlimited.
[[nodiscard]] mm_struct* mm_alloc();
/// A copy of an address space for fork: the same VMAs, private pages shared until one side writes,
/// both sides' ptes write-protected. Takes both mmap_locks. Null: out of memory.
[[nodiscard]] mm_struct* dup_mm(mm_struct& old);
/// The part of dup_mm that copies VMAs and ptes into the empty `mm`. Returns 0 or -errno; then `mm`
/// holds what was copied so far, for mmput to undo.
[[nodiscard]] int dup_mmap(mm_struct& mm, mm_struct& old);
/// Gives a user back; the last one tears the address space down. No hart may have its root table in
/// satp.
void mmput(mm_struct* mm);
/// Unmaps everything, frees all VMAs and tables but the root. Takes mmap_lock itself.
void exit_mmap(mm_struct& mm);

/// The first VMA that ends above `address` (it may begin above it too), or null.
[[nodiscard]] vm_area_struct* find_vma(mm_struct& mm, std::uintptr_t address);

/// mmap: returns the address or -errno. `offset` is in bytes, page aligned. `f` must be null with
/// MAP_ANONYMOUS and only then. Does not populate: MAP_POPULATE and MAP_LOCKED are the caller's to
/// act on with populate_vma_range.
[[nodiscard]] std::int64_t do_mmap(mm_struct& mm, file* f, std::uintptr_t address,
                                   std::uint64_t length, unsigned prot, unsigned flags,
                                   std::uint64_t offset);
/// munmap: returns 0 or -errno. Holes in the range are fine.
[[nodiscard]] int do_munmap(mm_struct& mm, std::uintptr_t start, std::uint64_t length);
/// mprotect: returns 0 or -errno; -ENOMEM for a hole, what lies below it is changed by then.
[[nodiscard]] int do_mprotect(mm_struct& mm, std::uintptr_t start, std::uint64_t length,
                              unsigned prot);
/// Changes the permissions of [start, end) inside one VMA: splits, merges, rewrites ptes and
/// flushes. Returns 0 or -errno; `vma` becomes the VMA that covers the range.
[[nodiscard]] int mprotect_fixup(vm_area_struct*& vma, std::uintptr_t start, std::uintptr_t end,
                                 std::uint64_t new_flags);
/// mremap: returns the new address or -errno. Keeps contents; moves whole page tables where it can.
[[nodiscard]] std::int64_t do_mremap(mm_struct& mm, std::uintptr_t address,
                                     std::uint64_t old_length, std::uint64_t new_length,
                                     unsigned flags, std::uintptr_t new_address);
/// madvise: returns 0 or -errno. Takes mmap_lock itself, for the advice decides how.
[[nodiscard]] int do_madvise(mm_struct& mm, std::uintptr_t start, std::uint64_t length, int advice);
/// mincore: writes one byte for each of up to `pages` pages from `start`, 1 if a touch would need
/// no device. mmap_lock held for reading. Returns how many it wrote, those of one VMA, or -ENOMEM:
/// there is none at `start`.
[[nodiscard]] std::int64_t do_mincore(mm_struct& mm, std::uintptr_t start, std::uint64_t pages,
                                      unsigned char* vec);
/// msync: returns 0 or -errno. Takes mmap_lock itself and waits for the device without it.
[[nodiscard]] int do_msync(mm_struct& mm, std::uintptr_t start, std::uint64_t length,
                           unsigned flags);
/// brk: moves the end of the heap and returns where it is afterwards (unchanged if refused).
[[nodiscard]] std::uintptr_t do_brk(mm_struct& mm, std::uintptr_t brk);
/// Sets where the heap begins; it is empty afterwards.
void set_brk_start(mm_struct& mm, std::uintptr_t start);
/// Maps a stack that ends at `top` (page aligned), `bytes` large at first, growing down on faults.
/// Returns 0 or -errno.
[[nodiscard]] int setup_stack_vma(mm_struct& mm, std::uintptr_t top, std::uint64_t bytes);
/// Chooses where mappings without an address go, from rlimit_stack: below the stack's largest
/// extent (between 128 MiB and 5/6 of the space), as Linux without randomisation.
void arch_pick_mmap_layout(mm_struct& mm);

/// Grows a VM_GROWSDOWN VMA so that it covers `address`; returns 0 or -ENOMEM (limit, guard gap).
[[nodiscard]] int expand_stack(vm_area_struct& vma, std::uintptr_t address);
/// Faults in every page of [start, end), for writing where the VMA allows it. mmap_lock held for
/// reading.
void populate_vma_range(mm_struct& mm, std::uintptr_t start, std::uintptr_t end);

/// Makes the slabs of mm_struct and vm_area_struct; called by mem_init().
void mmap_init();
