// SPDX-License-Identifier: Apache-2.0
// madvise, mincore, msync and brk: what each does to VMAs, pages and the device, and Linux's
// errors.

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "sw/kernel/mm/huge_memory.h"
#include "tests/firmware/mm/disk_file.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;

struct Advice : ::testing::Test {
  Machine machine{32u << 20};
  Disk disk{machine, "disk", 1024};
  DiskFile f{disk, 0, 64};
  Process process{machine};
  Hart& hart = process.hart();
  mm_struct& mm = process.mm();

  void map_file(std::uintptr_t va, std::uint64_t pages, unsigned prot = kRw,
                unsigned flags = MAP_SHARED) {
    ASSERT_EQ(do_mmap(mm, &f, va, pages * kPage, prot, flags | MAP_FIXED, 0),
              static_cast<std::int64_t>(va));
  }
  int advise(std::uintptr_t va, std::uint64_t pages, int advice) {
    return do_madvise(mm, va, pages * kPage, advice);
  }
  std::uint64_t flags_at(std::uintptr_t va) { return find_vma(mm, va)->vm_flags; }
  /// "1" and "0" for each page of one VMA.
  std::string in_core(std::uintptr_t va, std::uint64_t pages) {
    std::vector<unsigned char> vec(pages, 2);
    const std::int64_t n = do_mincore(mm, va, pages, vec.data());
    std::string text;
    for (std::int64_t i = 0; i < n; ++i) {
      text += static_cast<char>('0' + vec[static_cast<std::size_t>(i)]);
    }
    return n < 0 ? std::to_string(n) : text;
  }
};

TEST_F(Advice, dontneed_gives_private_pages_back_at_once_with_one_flush) {
  process.map_anon(kBase, 8);
  for (std::uintptr_t i = 0; i < 8; ++i) {
    hart.put(kBase + i * kPage, i + 1);
  }
  const Since since(machine);
  EXPECT_EQ(advise(kBase + 2 * kPage, 4, MADV_DONTNEED), 0);
  EXPECT_EQ(since.arch().fences(), 1u);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 4);
  EXPECT_EQ(process.vmas(kBase), "0-8 rw-p");
  EXPECT_EQ(hart.get(kBase + 3 * kPage), 0u);
  EXPECT_EQ(hart.get(kBase + 6 * kPage), 7u);
}

TEST_F(Advice, free_is_for_private_memory_and_means_dontneed) {
  process.map_anon(kBase, 2);
  hart.put(kBase, 1);
  EXPECT_EQ(advise(kBase, 2, MADV_FREE), 0);
  EXPECT_EQ(hart.get(kBase), 0u);
  map_file(kBase + 16 * kPage, 2);
  EXPECT_EQ(advise(kBase + 16 * kPage, 2, MADV_FREE), -MM_EINVAL);
}

TEST_F(Advice, dontneed_of_a_shared_file_keeps_what_was_stored) {
  map_file(kBase, 4);
  hart.put(kBase, 5);
  EXPECT_EQ(advise(kBase, 4, MADV_DONTNEED), 0);
  EXPECT_EQ(process.pte(kBase), 0u);
  EXPECT_EQ(hart.get(kBase), 5u);
}

TEST_F(Advice, patterns_and_huge_pages_are_flags_that_split_and_merge) {
  process.map_anon(kBase, 9);
  EXPECT_EQ(advise(kBase + 3 * kPage, 3, MADV_RANDOM), 0);
  EXPECT_EQ(process.vmas(kBase), "0-3 rw-p; 3-6 rw-p; 6-9 rw-p");
  EXPECT_EQ(flags_at(kBase + 3 * kPage) & (VM_RAND_READ | VM_SEQ_READ), VM_RAND_READ);
  EXPECT_EQ(advise(kBase + 3 * kPage, 3, MADV_SEQUENTIAL), 0);
  EXPECT_EQ(flags_at(kBase + 3 * kPage) & (VM_RAND_READ | VM_SEQ_READ), VM_SEQ_READ);
  EXPECT_EQ(advise(kBase, 9, MADV_NORMAL), 0);
  EXPECT_EQ(process.vmas(kBase), "0-9 rw-p");
  EXPECT_EQ(advise(kBase, 9, MADV_HUGEPAGE), 0);
  EXPECT_EQ(flags_at(kBase) & (VM_HUGEPAGE | VM_NOHUGEPAGE), VM_HUGEPAGE);
  EXPECT_EQ(advise(kBase, 9, MADV_NOHUGEPAGE), 0);
  EXPECT_EQ(flags_at(kBase) & (VM_HUGEPAGE | VM_NOHUGEPAGE), VM_NOHUGEPAGE);
}

TEST_F(Advice, random_reads_single_pages_and_willneed_reads_them_all) {
  map_file(kBase, 64, PROT_READ, MAP_PRIVATE);
  EXPECT_EQ(advise(kBase, 64, MADV_RANDOM), 0);
  EXPECT_EQ(hart.get(kBase + 20 * kPage), DiskFile::word(20, 0));
  EXPECT_EQ(disk.take_log(), "r 20+1");
  EXPECT_EQ(advise(kBase, 8, MADV_WILLNEED), 0);
  while (disk.progress()) {
  }
  EXPECT_EQ(disk.take_log(), "r 0+8");
  EXPECT_FALSE(mm.mmap_lock.is_locked());
  const std::uint64_t major = mm.maj_flt;
  EXPECT_EQ(hart.get(kBase + 7 * kPage), DiskFile::word(7, 0));
  EXPECT_EQ(mm.maj_flt, major);
}

TEST_F(Advice, refuses_as_linux_does) {
  process.map_anon(kBase, 2);
  process.map_anon(kBase + 4 * kPage, 2);
  EXPECT_EQ(advise(kBase + 1, 1, MADV_NORMAL), -MM_EINVAL);
  EXPECT_EQ(advise(kBase, 1, 99), -MM_EINVAL);
  EXPECT_EQ(do_madvise(mm, kBase, ~std::uint64_t{0}, MADV_NORMAL), -MM_EINVAL);
  EXPECT_EQ(advise(kBase, 0, MADV_DONTNEED), 0);
  hart.put(kBase + 4 * kPage, 1);
  EXPECT_EQ(advise(kBase, 6, MADV_DONTNEED), -MM_ENOMEM) << "a hole";
  EXPECT_EQ(hart.get(kBase + 4 * kPage), 0u) << "what lies behind the hole was done";
  EXPECT_EQ(advise(kBase, 8, MADV_DONTNEED), -MM_ENOMEM) << "a hole at the end";
  find_vma(mm, kBase)->vm_flags |= VM_LOCKED;
  EXPECT_EQ(advise(kBase, 1, MADV_DONTNEED), -MM_EINVAL);
}

TEST_F(Advice, mincore_tells_what_is_mapped_or_cached) {
  process.map_anon(kBase, 3);
  hart.put(kBase + kPage, 1);
  EXPECT_EQ(in_core(kBase, 3), "010");
  map_file(kBase + 16 * kPage, 64, PROT_READ);
  EXPECT_EQ(in_core(kBase + 16 * kPage, 4), "0000");
  EXPECT_EQ(advise(kBase + 16 * kPage, 2, MADV_WILLNEED), 0);
  EXPECT_EQ(in_core(kBase + 16 * kPage, 4), "0000") << "still being read";
  while (disk.progress()) {
  }
  EXPECT_EQ(in_core(kBase + 16 * kPage, 4), "1100") << "cached, though not mapped";
  EXPECT_EQ(in_core(kBase + 15 * kPage, 1), std::to_string(-MM_ENOMEM));
  EXPECT_EQ(in_core(kBase, 100), "010") << "one mapping at a time";
}

TEST_F(Advice, mincore_sees_every_page_of_a_huge_one) {
  set_transparent_hugepage(thp_mode::always);
  process.map_anon(kBase, HPAGE_PMD_NR);
  hart.put(kBase, 1);
  EXPECT_EQ(in_core(kBase, HPAGE_PMD_NR), std::string(HPAGE_PMD_NR, '1'));
}

TEST_F(Advice, msync_writes_what_was_stored_and_waits) {
  map_file(kBase, 8);
  hart.put(kBase + kPage, 77);
  hart.put(kBase + 5 * kPage, 78);
  static_cast<void>(disk.take_log());
  EXPECT_EQ(do_msync(mm, kBase, 8 * kPage, MS_ASYNC), 0);
  EXPECT_EQ(disk.take_log(), "");
  EXPECT_EQ(do_msync(mm, kBase, 4 * kPage, MS_SYNC), 0);
  EXPECT_EQ(disk.take_log(), "w 1+1") << "that range only";
  std::uint64_t value = 0;
  std::memcpy(&value, disk.page_bytes(1), 8);
  EXPECT_EQ(value, 77u);
  EXPECT_EQ(do_msync(mm, kBase, 8 * kPage, MS_SYNC | MS_INVALIDATE), 0);
  EXPECT_EQ(disk.take_log(), "w 5+1");
  EXPECT_EQ(process.pte_bits(kBase + kPage), 0x53u) << "the next store will be heard of";
  EXPECT_FALSE(mm.mmap_lock.is_locked());
}

TEST_F(Advice, msync_reports_a_write_that_failed) {
  map_file(kBase, 8);
  hart.put(kBase, 1);
  disk.break_page(0);
  EXPECT_EQ(do_msync(mm, kBase, kPage, MS_SYNC), -MM_EIO);
  EXPECT_FALSE(mm.mmap_lock.is_locked());
}

TEST_F(Advice, msync_refuses_as_linux_does) {
  map_file(kBase, 2);
  process.map_anon(kBase + 4 * kPage, 2);
  EXPECT_EQ(do_msync(mm, kBase, kPage, MS_SYNC | MS_ASYNC), -MM_EINVAL);
  EXPECT_EQ(do_msync(mm, kBase, kPage, 8), -MM_EINVAL);
  EXPECT_EQ(do_msync(mm, kBase + 1, kPage, MS_SYNC), -MM_EINVAL);
  EXPECT_EQ(do_msync(mm, kBase, ~std::uint64_t{0} - kPage, MS_SYNC), -MM_ENOMEM);
  EXPECT_EQ(do_msync(mm, kBase, 0, MS_SYNC), 0);
  EXPECT_EQ(do_msync(mm, kBase, 6 * kPage, MS_SYNC), -MM_ENOMEM) << "a hole";
  EXPECT_EQ(do_msync(mm, kBase + 4 * kPage, 2 * kPage, MS_SYNC), 0) << "nothing to write";
  find_vma(mm, kBase)->vm_flags |= VM_LOCKED;
  EXPECT_EQ(do_msync(mm, kBase, kPage, MS_INVALIDATE), -MM_EBUSY);
}

TEST_F(Advice, mprotect_knows_stacks_that_grow_down) {
  ASSERT_EQ(setup_stack_vma(mm, kBase, 4 * kPage), 0);
  EXPECT_EQ(do_mprotect(mm, kBase - kPage, kPage, PROT_READ | PROT_GROWSDOWN), 0);
  EXPECT_EQ(process.vmas(kBase), "-4-0 r--p");
  process.map_anon(kBase + 16 * kPage, 1);
  EXPECT_EQ(do_mprotect(mm, kBase + 16 * kPage, kPage, PROT_READ | PROT_GROWSDOWN), -MM_EINVAL);
  EXPECT_EQ(do_mprotect(mm, kBase + 16 * kPage, kPage, PROT_READ | PROT_SEM), 0);
  EXPECT_EQ(do_mprotect(mm, kBase + 16 * kPage, kPage, 16), -MM_EINVAL);
}

TEST_F(Advice, heap_grows_and_shrinks_with_its_limit_and_its_neighbours) {
  set_brk_start(mm, kBase + 8);
  EXPECT_EQ(do_brk(mm, 0), kBase + 8) << "where it is";
  EXPECT_EQ(do_brk(mm, kBase + 3 * kPage), kBase + 3 * kPage);
  hart.put(kBase + 2 * kPage, 1);
  EXPECT_EQ(do_brk(mm, kBase + kPage + 1), kBase + kPage + 1);
  EXPECT_EQ(mm.rss_stat[MM_ANONPAGES], 0);
  EXPECT_EQ(do_brk(mm, kBase + 3 * kPage), kBase + 3 * kPage);
  EXPECT_EQ(hart.get(kBase + 2 * kPage), 0u);
  mm.rlimit_data = 4 * kPage;
  EXPECT_EQ(do_brk(mm, kBase + 5 * kPage), kBase + 3 * kPage) << "beyond the limit";
  mm.rlimit_data = kUnlimited;
  process.map_anon(kBase + 6 * kPage, 1);
  EXPECT_EQ(do_brk(mm, kBase + 7 * kPage), kBase + 3 * kPage) << "something is there";
}

}  // namespace
}  // namespace faultline::test
