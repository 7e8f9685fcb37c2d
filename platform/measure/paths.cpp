// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/paths.h"

#include <array>

namespace faultline {

namespace {

using enum PathMark;

// si_code of SIGSEGV (Linux, asm-generic/siginfo.h).
constexpr unsigned kSegvMaperr = 1;
constexpr unsigned kSegvAccerr = 2;

constexpr std::array kMarkFunctions{
    MarkFunction{"do_trap_page_fault", PageFault},
    MarkFunction{"do_page_fault", PageFault},
    MarkFunction{"handle_mm_fault", HandleFault},
    MarkFunction{"do_anonymous_page", AnonymousPage},
    MarkFunction{"do_huge_pmd_anonymous_page", HugeAnonymousPage},
    MarkFunction{"do_huge_pmd_wp_page", HugeWriteProtect},
    MarkFunction{"huge_pmd_set_accessed", HugeAccessed},
    MarkFunction{"__split_huge_pmd", HugeSplit},
    MarkFunction{"do_read_fault", ReadFault},
    MarkFunction{"filemap_fault", FileFault},
    MarkFunction{"do_sync_mmap_readahead", CacheMiss},
    MarkFunction{"do_cow_fault", CowFault},
    MarkFunction{"do_shared_fault", SharedFault},
    MarkFunction{"do_page_mkwrite", PageMkwrite},
    MarkFunction{"shmem_fault", ShmemFault},
    MarkFunction{"do_swap_page", SwapPage},
    MarkFunction{"swapin_readahead", SwapRead},
    MarkFunction{"do_wp_page", WriteProtected},
    MarkFunction{"wp_page_copy", WpCopy},
    MarkFunction{"wp_page_reuse", WpReuse},
    MarkFunction{"wp_page_shared", WpShared},
    MarkFunction{"wp_can_reuse_anon_folio", AnonShared},
    MarkFunction{"copy_user_highpage", CopyPage},
    MarkFunction{"ptep_set_access_flags", AccessFlags},
    MarkFunction{"set_pte_at", SetPte},
    MarkFunction{"expand_stack", ExpandStack},
    MarkFunction{"expand_downwards", ExpandStack},
    MarkFunction{"force_sig_fault", Signal},
    MarkFunction{"bad_area", Signal},
    MarkFunction{"bad_area", SegvMaperr, kSegvMaperr},
    MarkFunction{"bad_area", SegvAccerr, kSegvAccerr},
    MarkFunction{"bad_area_nosemaphore", Signal},
    MarkFunction{"do_sigbus", Sigbus},
    MarkFunction{"pagefault_out_of_memory", OutOfMemory},
    MarkFunction{"fixup_exception", Fixup},
};

using enum PathAccess;

/// Ways in which a fault of any path may end; those paths are told apart from it by its end.
constexpr PathMarks kBrokenOff = bit(Signal) | bit(Sigbus) | bit(OutOfMemory) | bit(Fixup);

// A rule is tried after those above it; the order is also that of the tables.
constexpr std::array kPaths{
    FaultPath{"anon_read", Read, bit(AnonymousPage), bit(ExpandStack) | kBrokenOff,
              "A: first read of an anonymous page: the shared zero page (do_anonymous_page)"},
    FaultPath{"anon_write", Write, bit(AnonymousPage), bit(ExpandStack) | kBrokenOff,
              "B: first write to an anonymous page: zeroed page (do_anonymous_page)"},
    FaultPath{"stack_growth", Any, bit(ExpandStack), kBrokenOff,
              "L: below the stack, which grows: zeroed page (do_anonymous_page)"},
    FaultPath{"huge_anon_read", Read, bit(HugeAnonymousPage), kBrokenOff,
              "D: first read of a 2 MiB block: the huge zero page (do_huge_pmd_anonymous_page)"},
    FaultPath{"huge_anon_write", Write, bit(HugeAnonymousPage), kBrokenOff,
              "D: first write to a 2 MiB block: zeroed (do_huge_pmd_anonymous_page)"},
    FaultPath{"huge_wp_split", Any, bit(HugeWriteProtect) | bit(HugeSplit), kBrokenOff,
              "D: write to a shared 2 MiB page: split, then one 4 KiB page (do_huge_pmd_wp_page)"},
    FaultPath{"huge_wp_reuse", Any, bit(HugeWriteProtect), kBrokenOff,
              "D: write to a read-only 2 MiB page of one owner (do_huge_pmd_wp_page)"},
    FaultPath{"huge_access_flag", Any, bit(HugeAccessed), kBrokenOff,
              "D: A or D of a 2 MiB page set by software, or spurious (huge_pmd_set_accessed)"},
    FaultPath{"swap_in_device", Any, bit(SwapPage) | bit(SwapRead), kBrokenOff,
              "J: page that was swapped out, read from the device (do_swap_page)"},
    FaultPath{"swap_in_cache", Any, bit(SwapPage), kBrokenOff,
              "J: page that was swapped out, still or already in the swap cache (do_swap_page)"},
    FaultPath{"shmem_swap_in", Any, bit(ShmemFault) | bit(SwapRead), kBrokenOff,
              "J: page of shared anonymous memory, read from the swap device (shmem_fault)"},
    FaultPath{"read_fault", Any, bit(ReadFault), bit(FileFault) | bit(ShmemFault) | kBrokenOff,
              "E: read of a file page, mapped by fault-around (do_read_fault)"},
    FaultPath{"read_fault_major", Any, bit(ReadFault) | bit(CacheMiss), kBrokenOff,
              "E: read of a file page that is not in the page cache: I/O (filemap_fault)"},
    FaultPath{"read_fault_filemap", Any, bit(ReadFault) | bit(FileFault), kBrokenOff,
              "E: read of a cached file page that fault-around did not map (filemap_fault)"},
    FaultPath{"shmem_read", Any, bit(ReadFault) | bit(ShmemFault), kBrokenOff,
              "E: first read of a page of shared anonymous memory: zeroed page (shmem_fault)"},
    FaultPath{"cow_major", Any, bit(CowFault) | bit(CacheMiss), kBrokenOff,
              "F: as cow, the file page is not in the page cache: I/O (do_cow_fault)"},
    FaultPath{"cow", Any, bit(CowFault), kBrokenOff,
              "F: write to a private file page that was not mapped: a copy (do_cow_fault)"},
    FaultPath{
        "shared_write_major", Any, bit(SharedFault) | bit(CacheMiss), kBrokenOff,
        "G: write to a shared file page that is not in the page cache: I/O (do_shared_fault)"},
    FaultPath{"shared_write_mkwrite", Any, bit(SharedFault) | bit(PageMkwrite), kBrokenOff,
              "G: write to a shared file page that was not mapped (do_shared_fault, page_mkwrite)"},
    FaultPath{"shared_write", Any, bit(SharedFault), kBrokenOff,
              "G: write to a page of shared memory that was not mapped (do_shared_fault)"},
    FaultPath{"write_after_zero_page", Any, bit(WpCopy), bit(CopyPage) | kBrokenOff,
              "C: write to a page that maps the zero page: a new zeroed page (wp_page_copy)"},
    FaultPath{"wp_copy_anon", Any, bit(WpCopy) | bit(AnonShared), kBrokenOff,
              "H: write to an anonymous page that others use too, as after fork: a copy "
              "(wp_page_copy)"},
    FaultPath{"wp_copy", Any, bit(WpCopy), kBrokenOff,
              "H: write to a private file page that was mapped: a copy (wp_page_copy)"},
    FaultPath{
        "wp_shared_mkwrite", Any, bit(WpShared) | bit(PageMkwrite), kBrokenOff,
        "I: first write to a shared file page that was mapped (wp_page_shared, page_mkwrite)"},
    FaultPath{"wp_shared", Any, bit(WpShared), kBrokenOff,
              "I: write to a read-only page of shared memory (wp_page_shared)"},
    FaultPath{"wp_reuse", Any, bit(WriteProtected) | bit(WpReuse), kBrokenOff,
              "I: write to a read-only page of one owner: made writable (wp_page_reuse)"},
    FaultPath{"access_flag", Any, bit(AccessFlags) | bit(SetPte), kBrokenOff,
              "K: A, or A and D, set by software (Svade; ptep_set_access_flags)"},
    FaultPath{"spurious", Any, bit(HandleFault), kBrokenOff,
              "K: nothing to do: the entry was in order already"},
    FaultPath{"kernel_fixup", Any, bit(Fixup), 0,
              "kernel access to a bad user address, broken off: EFAULT"},
    FaultPath{"oom", Any, bit(OutOfMemory), 0,
              "no page to be had: a process is killed (pagefault_out_of_memory)"},
    FaultPath{"sigbus", Any, bit(Sigbus), 0,
              "beyond the end of the file, or it cannot be read: SIGBUS"},
    FaultPath{"sigsegv_maperr", Any, bit(SegvMaperr), 0, "nothing mapped there: SIGSEGV"},
    FaultPath{"sigsegv_accerr", Any, bit(SegvAccerr), 0, "the mapping forbids the access: SIGSEGV"},
    FaultPath{"signal", Any, bit(Signal), 0, "the process gets a signal, for another reason"},
    FaultPath{"trampoline", Any, 0, bit(PageFault) | bit(Replayed),
              "no page fault of software: the kernel goes on elsewhere, as when it turns "
              "translation on",
              false},
    FaultPath{"other", Any, 0, 0, "none of the above"},
};

bool fits(const FaultPath& path, PathMarks marks, AccessType access) {
  if (path.access == Write && !writes(access)) return false;
  if (path.access == Read && writes(access)) return false;
  return (marks & path.entered) == path.entered && (marks & path.not_entered) == 0;
}

}  // namespace

std::span<const MarkFunction> mark_functions() {
  return kMarkFunctions;
}

std::span<const FaultPath> fault_paths() {
  return kPaths;
}

std::size_t classify(PathMarks marks, AccessType access) {
  std::size_t index = 0;
  while (!fits(kPaths[index], marks, access)) ++index;
  return index;
}

bool is_error(PathMarks marks) {
  return (marks & kBrokenOff) != 0;
}

}  // namespace faultline
