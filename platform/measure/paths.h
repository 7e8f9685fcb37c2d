// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which path through the kernel a fault took, decided by the functions that it entered and by its
// kind of access. One table of rules, tried in order; a new path is one more line.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "models/common/types.h"

namespace faultline {

/// The functions that tell paths apart. Each is one bit of a mask.
enum class PathMark : std::uint8_t {
  PageFault,          ///< do_page_fault
  HandleFault,        ///< handle_mm_fault
  AnonymousPage,      ///< do_anonymous_page
  HugeAnonymousPage,  ///< do_huge_pmd_anonymous_page
  HugeWriteProtect,   ///< do_huge_pmd_wp_page
  HugeAccessed,       ///< huge_pmd_set_accessed
  HugeSplit,          ///< __split_huge_pmd
  ReadFault,          ///< do_read_fault
  FileFault,          ///< filemap_fault
  CacheMiss,          ///< do_sync_mmap_readahead: the page is not in the page cache
  CowFault,           ///< do_cow_fault
  SharedFault,        ///< do_shared_fault
  PageMkwrite,        ///< do_page_mkwrite: the file system is asked
  ShmemFault,         ///< shmem_fault
  SwapPage,           ///< do_swap_page
  SwapRead,           ///< swapin_readahead: the page is not in the swap cache
  WriteProtected,     ///< do_wp_page
  WpCopy,             ///< wp_page_copy
  WpReuse,            ///< wp_page_reuse
  WpShared,           ///< wp_page_shared
  AnonShared,         ///< wp_can_reuse_anon_folio: an anonymous page that others may use too
  CopyPage,           ///< copy_user_highpage
  AccessFlags,        ///< ptep_set_access_flags
  SetPte,             ///< set_pte_at
  ExpandStack,        ///< expand_stack, expand_downwards
  Signal,             ///< force_sig_fault, bad_area: the process is to get a signal
  SegvMaperr,         ///< bad_area(SEGV_MAPERR, ...)
  SegvAccerr,         ///< bad_area(SEGV_ACCERR, ...)
  Sigbus,             ///< do_sigbus
  OutOfMemory,        ///< pagefault_out_of_memory
  Fixup,              ///< fixup_exception: a kernel access to user memory is broken off
  Replayed,           ///< no function: the access was made again
};

using PathMarks = std::uint64_t;
[[nodiscard]] constexpr PathMarks bit(PathMark mark) {
  return PathMarks{1} << static_cast<unsigned>(mark);
}

/// One function and the mark that entering it leaves.
struct MarkFunction {
  std::string_view function;
  PathMark mark;
  std::optional<unsigned> argument{};  ///< only if this is its first argument (0 to 3)
};
[[nodiscard]] std::span<const MarkFunction> mark_functions();

/// The accesses a rule is for.
enum class PathAccess : std::uint8_t { Any, Read, Write };

/// One path: a fault takes it if all of `entered` and none of `not_entered` were entered.
struct FaultPath {
  std::string_view name;
  PathAccess access;
  PathMarks entered;
  PathMarks not_entered;
  std::string_view description;
  bool in_tables = true;  ///< false: the database knows such faults, the tables leave them out
};

/// All paths. The last one fits every fault.
[[nodiscard]] std::span<const FaultPath> fault_paths();
/// Index in fault_paths() of the first path that fits.
[[nodiscard]] std::size_t classify(PathMarks marks, AccessType access);

/// Marks of a fault that mm_account_fault does not count: it ended in an error.
[[nodiscard]] bool is_error(PathMarks marks);

}  // namespace faultline
