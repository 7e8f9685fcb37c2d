// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/paths.h"

#include <array>

namespace faultline {

namespace {

using enum PathMark;

constexpr std::array<MarkFunction, 21> kMarkFunctions{{
    {"do_trap_page_fault", PageFault},
    {"do_page_fault", PageFault},
    {"handle_mm_fault", HandleFault},
    {"do_anonymous_page", AnonymousPage},
    {"do_huge_pmd_anonymous_page", HugeAnonymousPage},
    {"do_read_fault", ReadFault},
    {"filemap_fault", FileFault},
    {"do_cow_fault", CowFault},
    {"do_shared_fault", SharedFault},
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

// Signals first: a process that is ended may have gone any way before. Then from the rare to the
// common; a stack that grows goes on as another path and is told apart before it.
constexpr std::array<FaultPath, 20> kPaths{{
    {"kernel_fixup", Any, bit(Fixup), 0, "kernel access to a bad user address, broken off"},
    {"sigsegv", Any, bit(Signal), 0, "no valid mapping: the process gets a signal"},
    {"trampoline", Any, 0, bit(PageFault) | bit(Replayed),
     "no page fault of software: the kernel goes on elsewhere, as when it turns translation on",
     false},
    {"stack_growth", Any, bit(ExpandStack), 0, "below the stack, which grows (do_anonymous_page)"},
    {"huge_anon_write", Write, bit(HugeAnonymousPage), 0, "2 MiB anonymous page, zeroed"},
    {"huge_anon_read", Read, bit(HugeAnonymousPage), 0, "huge zero page"},
    {"swap_in", Any, bit(SwapPage), 0, "page that was swapped out (do_swap_page)"},
    {"write_after_zero_page", Any, bit(WpCopy), bit(CopyPage),
     "write to a page that maps the zero page: a new zeroed page (do_wp_page)"},
    {"wp_copy", Any, bit(WpCopy) | bit(CopyPage), 0,
     "write to a shared page: copied (wp_page_copy)"},
    {"wp_reuse", Any, bit(WriteProtected) | bit(WpReuse), 0,
     "write to a read-only page of one owner: made writable (wp_page_reuse)"},
    {"wp_other", Any, bit(WriteProtected), 0, "do_wp_page that neither copied nor reused"},
    {"cow", Any, bit(CowFault), 0, "write to a private file page: copied (do_cow_fault)"},
    {"shared_write", Any, bit(SharedFault), 0, "write to a shared file page (do_shared_fault)"},
    {"read_fault_filemap", Any, bit(ReadFault) | bit(FileFault), 0,
     "read of a file page that fault-around did not map (filemap_fault)"},
    {"read_fault", Any, bit(ReadFault), 0, "read of a file page, mapped by fault-around"},
    {"anon_write", Write, bit(AnonymousPage), 0, "first write to an anonymous page: zeroed page"},
    {"anon_read", Read, bit(AnonymousPage), 0, "first read of an anonymous page: zero page"},
    {"access_flag", Any, bit(AccessFlags), 0, "A or D set by software (Svade)"},
    {"spurious", Any, bit(HandleFault), 0, "nothing to do: the entry was in order already"},
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
