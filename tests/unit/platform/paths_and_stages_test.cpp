// SPDX-License-Identifier: Apache-2.0
// The rules by which functions stand for paths and stages.

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string_view>

#include "platform/measure/paths.h"
#include "platform/measure/stages.h"

namespace faultline {
namespace {

TEST(FaultPaths, are_told_apart_by_functions_and_access) {
  const auto name = [](std::initializer_list<PathMark> marks, AccessType access) {
    PathMarks mask =
        bit(PathMark::PageFault) | bit(PathMark::HandleFault) | bit(PathMark::Replayed);
    for (const PathMark mark : marks) mask |= bit(mark);
    return fault_paths()[classify(mask, access)].name;
  };
  using enum PathMark;
  EXPECT_EQ(name({AnonymousPage}, AccessType::Load), "anon_read");
  EXPECT_EQ(name({AnonymousPage}, AccessType::Amo), "anon_write");
  EXPECT_EQ(name({ExpandStack, AnonymousPage}, AccessType::Store), "stack_growth");
  EXPECT_EQ(name({HugeAnonymousPage}, AccessType::Load), "huge_anon_read");
  EXPECT_EQ(name({HugeAnonymousPage}, AccessType::Store), "huge_anon_write");
  EXPECT_EQ(name({HugeAnonymousPage, AnonymousPage}, AccessType::Store), "anon_write");
  EXPECT_EQ(name({HugeWriteProtect}, AccessType::Store), "huge_wp_reuse");
  EXPECT_EQ(name({HugeWriteProtect, HugeSplit, WriteProtected, WpCopy}, AccessType::Store),
            "huge_wp_split");
  EXPECT_EQ(name({HugeAccessed}, AccessType::Load), "huge_access_flag");
  EXPECT_EQ(name({SwapPage, SwapRead}, AccessType::Load), "swap_in_device");
  EXPECT_EQ(name({SwapPage, WriteProtected, WpCopy}, AccessType::Store), "swap_in_cache");
  EXPECT_EQ(name({SharedFault, ShmemFault, SwapRead}, AccessType::Store), "shmem_swap_in");
  EXPECT_EQ(name({ReadFault}, AccessType::Fetch), "read_fault");
  EXPECT_EQ(name({ReadFault, FileFault, CacheMiss}, AccessType::Load), "read_fault_major");
  EXPECT_EQ(name({ReadFault, FileFault}, AccessType::Load), "read_fault_filemap");
  EXPECT_EQ(name({ReadFault, ShmemFault}, AccessType::Load), "shmem_read");
  EXPECT_EQ(name({CowFault, FileFault, CopyPage}, AccessType::Store), "cow");
  EXPECT_EQ(name({CowFault, FileFault, CacheMiss, CopyPage}, AccessType::Store), "cow_major");
  EXPECT_EQ(name({SharedFault, ShmemFault}, AccessType::Store), "shared_write");
  EXPECT_EQ(name({SharedFault, FileFault, PageMkwrite}, AccessType::Store), "shared_write_mkwrite");
  EXPECT_EQ(name({SharedFault, FileFault, CacheMiss, PageMkwrite}, AccessType::Store),
            "shared_write_major");
  EXPECT_EQ(name({WriteProtected, WpCopy}, AccessType::Store), "write_after_zero_page");
  EXPECT_EQ(name({WriteProtected, WpCopy, CopyPage}, AccessType::Store), "wp_copy");
  EXPECT_EQ(name({WriteProtected, AnonShared, WpCopy, CopyPage}, AccessType::Store),
            "wp_copy_anon");
  EXPECT_EQ(name({WriteProtected, WpShared, WpReuse}, AccessType::Store), "wp_shared");
  EXPECT_EQ(name({WriteProtected, WpShared, PageMkwrite, WpReuse}, AccessType::Store),
            "wp_shared_mkwrite");
  EXPECT_EQ(name({WriteProtected, WpReuse, AccessFlags, SetPte}, AccessType::Store), "wp_reuse");
  EXPECT_EQ(name({AccessFlags, SetPte}, AccessType::Load), "access_flag");
  EXPECT_EQ(name({AccessFlags}, AccessType::Load), "spurious");
  EXPECT_EQ(name({}, AccessType::Load), "spurious");
  EXPECT_EQ(name({ReadFault, FileFault, Sigbus, Signal}, AccessType::Load), "sigbus");
  EXPECT_EQ(name({AnonymousPage, OutOfMemory}, AccessType::Store), "oom");
  EXPECT_EQ(name({Signal, SegvMaperr}, AccessType::Store), "sigsegv_maperr");
  EXPECT_EQ(name({Signal, SegvAccerr}, AccessType::Store), "sigsegv_accerr");
  EXPECT_EQ(name({Signal}, AccessType::Store), "signal");
  EXPECT_EQ(fault_paths()[classify(bit(Replayed), AccessType::Load)].name, "other");
}

TEST(Stages, no_function_stands_in_two_stages) {
  std::map<std::string_view, int> seen;
  for (const StageFunctions& stage : stage_functions()) {
    for (const std::string_view name : stage.functions) {
      EXPECT_EQ(++seen[name], 1) << name;
    }
  }
}

}  // namespace
}  // namespace faultline
