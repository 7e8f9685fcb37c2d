// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/paths.h"

#include <array>

namespace faultline {

namespace {

using enum PathMark;

constexpr std::array<MarkFunction, 22> kMarkFunctions{{
    {"do_trap_page_fault", PageFault},
    {"do_page_fault", PageFault},
    {"handle_mm_fault", HandleFault},
    {"do_anonymous_page", AnonymousPage},
    {"do_huge_pmd_anonymous_page", HugeAnonymousPage},
    {"do_read_fault", ReadFault},
    {"filemap_fault", FileFault},
    {"do_cow_fault", CowFault},
    {"do_shared_fault", SharedFault},
    {"shmem_fault", ShmemFault},
    {"do_swap_page", SwapPage},
    {"do_wp_page", WriteProtected},
    {"wp_page_copy", WpCopy},
    {"wp_page_reuse", WpReuse},
    {"copy_user_highpage", CopyPage},
    {"ptep_set_access_flags", AccessFlags},
    {"expand_stack", ExpandStack},
    {"expand_downwards", ExpandStack},
    {"force_sig_fault", Signal},
    {"bad_area", Signal},
    {"bad_area_nosemaphore", Signal},
    {"fixup_exception", Fixup},
}};

using enum PathAccess;

/// Ways in which a fault of any path may end; those paths are told apart from it by its end.
constexpr PathMarks kBrokenOff = bit(Signal) | bit(Fixup);

// The common ones first, for that is the order of the tables.
constexpr std::array<FaultPath, 21> kPaths{{
    {"anon_write", Write, bit(AnonymousPage), bit(ExpandStack) | kBrokenOff,
     "first write to an anonymous page: zeroed page (do_anonymous_page)"},
    {"anon_read", Read, bit(AnonymousPage), bit(ExpandStack) | kBrokenOff,
     "first read of an anonymous page: the shared zero page (do_anonymous_page)"},
    {"write_after_zero_page", Any, bit(WpCopy), bit(CopyPage) | bit(SwapPage) | kBrokenOff,
     "write to a page that maps the zero page: a new zeroed page (do_wp_page)"},
    {"stack_growth", Any, bit(ExpandStack), kBrokenOff,
     "below the stack, which grows: zeroed page (do_anonymous_page)"},
    {"read_fault", Any, bit(ReadFault), bit(FileFault) | bit(ShmemFault) | kBrokenOff,
     "read of a file page, mapped by fault-around (do_read_fault)"},
    {"read_fault_filemap", Any, bit(ReadFault) | bit(FileFault), kBrokenOff,
     "read of a file page that fault-around did not map (filemap_fault)"},
    {"shmem_read", Any, bit(ReadFault) | bit(ShmemFault), kBrokenOff,
     "first read of a page of shared anonymous memory: zeroed page (shmem_fault)"},
    {"cow", Any, bit(CowFault), kBrokenOff,
     "write to a private file page that was not mapped: a copy (do_cow_fault)"},
    {"wp_copy", Any, bit(WpCopy) | bit(CopyPage), bit(SwapPage) | kBrokenOff,
     "write to a page that others use too: a copy (wp_page_copy)"},
    {"wp_reuse", Any, bit(WriteProtected) | bit(WpReuse), bit(SwapPage) | kBrokenOff,
     "write to a read-only page of one owner: made writable (wp_page_reuse)"},
    {"wp_other", Any, bit(WriteProtected), bit(SwapPage) | kBrokenOff,
     "do_wp_page that neither copied nor reused"},
    {"shared_write", Any, bit(SharedFault), kBrokenOff,
     "write to a shared page that was not mapped (do_shared_fault)"},
    {"huge_anon_write", Write, bit(HugeAnonymousPage), kBrokenOff, "2 MiB anonymous page, zeroed"},
    {"huge_anon_read", Read, bit(HugeAnonymousPage), kBrokenOff, "huge zero page"},
    {"swap_in", Any, bit(SwapPage), kBrokenOff, "page that was swapped out (do_swap_page)"},
    {"access_flag", Any, bit(AccessFlags), kBrokenOff, "A or D set by software (Svade)"},
    {"spurious", Any, bit(HandleFault), kBrokenOff,
     "nothing to do: the entry was in order already"},
    {"kernel_fixup", Any, bit(Fixup), 0, "kernel access to a bad user address, broken off"},
    {"sigsegv", Any, bit(Signal), 0, "no valid mapping: the process gets a signal"},
    {"trampoline", Any, 0, bit(PageFault) | bit(Replayed),
     "no page fault of software: the kernel goes on elsewhere, as when it turns translation on",
     false},
    {"other", Any, 0, 0, "none of the above"},
}};

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

}  // namespace faultline
