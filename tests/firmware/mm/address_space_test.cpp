// SPDX-License-Identifier: Apache-2.0
// Where mappings go, what mmap refuses, limits, the heap, and the life of an address space.

#include <gtest/gtest.h>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

constexpr std::uintptr_t kBase = 0x10'0000'0000;
constexpr std::uintptr_t kPage = PAGE_SIZE;
constexpr unsigned kRw = PROT_READ | PROT_WRITE;
constexpr unsigned kPrivateAnon = MAP_PRIVATE | MAP_ANONYMOUS;

struct AddressSpace : ::testing::Test {
  Machine machine;
  TestFile f{1, 8};
  Process process{machine};
  mm_struct& mm = process.mm();

  std::int64_t map(std::uintptr_t hint, std::uint64_t bytes, unsigned flags = kPrivateAnon) {
    return do_mmap(mm, nullptr, hint, bytes, kRw, flags, 0);
  }
};

TEST_F(AddressSpace, mappings_without_address_go_downwards_from_below_the_stack) {
  const auto base = static_cast<std::int64_t>(mm.mmap_base);
  EXPECT_EQ(mm.mmap_base, TASK_SIZE - (128u << 20));
  EXPECT_EQ(map(0, kPage), base - 0x1000);
  EXPECT_EQ(map(0, 3 * kPage - 1), base - 0x4000);
  EXPECT_EQ(process.vmas(mm.mmap_base), "-4-0 rw-p");
}

TEST_F(AddressSpace, the_highest_hole_that_fits_is_taken) {
  const std::uintptr_t base = mm.mmap_base;
  process.map_anon(base - 2 * kPage, 1, PROT_READ);
  process.map_anon(base - 8 * kPage, 2, PROT_READ);
  EXPECT_EQ(map(0, kPage), static_cast<std::int64_t>(base - kPage));
  EXPECT_EQ(map(0, 5 * kPage), static_cast<std::int64_t>(base - 13 * kPage));
  EXPECT_EQ(map(0, 4 * kPage), static_cast<std::int64_t>(base - 6 * kPage));
}

TEST_F(AddressSpace, a_free_hint_is_taken_and_an_occupied_one_is_not) {
  EXPECT_EQ(map(kBase + 123, 2 * kPage), static_cast<std::int64_t>(kBase));
  EXPECT_EQ(map(kBase + kPage, kPage), static_cast<std::int64_t>(mm.mmap_base - kPage));
}

TEST_F(AddressSpace, a_stack_keeps_its_gap_free) {
  constexpr std::uintptr_t kTop = kBase + 0x100'0000;
  ASSERT_EQ(setup_stack_vma(mm, kTop, kPage), 0);
  const std::uintptr_t gap_start = kTop - kPage - 256 * kPage;
  EXPECT_EQ(map(gap_start, kPage), static_cast<std::int64_t>(mm.mmap_base - kPage));
  EXPECT_EQ(map(gap_start - kPage, kPage), static_cast<std::int64_t>(gap_start - kPage));
}

TEST_F(AddressSpace, above_the_base_is_used_when_below_is_full) {
  mm.mmap_base = kMmapMinAddr + 4 * kPage;
  EXPECT_EQ(map(0, 4 * kPage), static_cast<std::int64_t>(kMmapMinAddr));
  EXPECT_EQ(map(0, 2 * kPage), static_cast<std::int64_t>(mm.mmap_base));
  EXPECT_EQ(map(0, TASK_SIZE), -MM_ENOMEM);
}

TEST_F(AddressSpace, bad_arguments_are_refused) {
  EXPECT_EQ(map(0, 0), -MM_EINVAL);
  EXPECT_EQ(map(0, kPage, MAP_ANONYMOUS), -MM_EINVAL);
  EXPECT_EQ(map(0, kPage, MAP_PRIVATE), -MM_EINVAL);
  EXPECT_EQ(map(kBase + 1, kPage, kPrivateAnon | MAP_FIXED), -MM_EINVAL);
  EXPECT_EQ(map(TASK_SIZE - kPage, 2 * kPage, kPrivateAnon | MAP_FIXED), -MM_ENOMEM);
  EXPECT_EQ(map(kPage, kPage, kPrivateAnon | MAP_FIXED), -1);  // EPERM
  EXPECT_EQ(map(0, ~std::uint64_t{0}), -MM_ENOMEM);
  EXPECT_EQ(do_mmap(mm, &f, 0, kPage, PROT_READ, MAP_PRIVATE, 100), -MM_EINVAL);
  EXPECT_EQ(do_mmap(mm, &f, 0, kPage, kRw, MAP_SHARED, 0), -MM_EACCES);
  constexpr std::uint64_t kLastPage = (~std::uint64_t{0} >> 1) & ~(kPage - 1);
  EXPECT_EQ(do_mmap(mm, &f, 0, kPage, PROT_READ, MAP_PRIVATE, kLastPage), -75);  // EOVERFLOW
  EXPECT_EQ(do_mmap(mm, &f, 0, kPage, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, 0), -MM_EINVAL);
  EXPECT_EQ(map(0, kPage, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN), -MM_EINVAL);
  EXPECT_EQ(do_munmap(mm, kBase + 1, kPage), -MM_EINVAL);
  EXPECT_EQ(do_munmap(mm, kBase, 0), -MM_EINVAL);
  EXPECT_EQ(do_munmap(mm, kBase, TASK_SIZE), -MM_EINVAL);
  EXPECT_EQ(mm.map_count, 0u);
  EXPECT_EQ(f.f_count, 1);
}

TEST_F(AddressSpace, noreplace_refuses_an_overlap) {
  process.map_anon(kBase, 2);
  EXPECT_EQ(map(kBase + kPage, 2 * kPage, kPrivateAnon | MAP_FIXED_NOREPLACE), -MM_EEXIST);
  EXPECT_EQ(map(kBase + 2 * kPage, kPage, kPrivateAnon | MAP_FIXED_NOREPLACE),
            static_cast<std::int64_t>(kBase + 2 * kPage));
}

TEST_F(AddressSpace, size_limit_counts_what_is_replaced_only_once) {
  mm.rlimit_as = 4 * kPage;
  process.map_anon(kBase, 4);
  process.hart().put(kBase, 5);
  EXPECT_EQ(map(0, kPage), -MM_ENOMEM);
  EXPECT_EQ(map(kBase, 5 * kPage, kPrivateAnon | MAP_FIXED), -MM_ENOMEM);
  EXPECT_EQ(process.hart().get(kBase), 5u) << "a refused mapping replaces nothing";
  EXPECT_EQ(map(kBase, 4 * kPage, kPrivateAnon | MAP_FIXED), static_cast<std::int64_t>(kBase));
}

TEST_F(AddressSpace, heap_grows_and_shrinks_by_pages) {
  set_brk_start(mm, kBase);
  EXPECT_EQ(do_brk(mm, 0), kBase);
  EXPECT_EQ(do_brk(mm, kBase + 100), kBase + 100);
  process.hart().put(kBase + 64, 1);
  EXPECT_EQ(do_brk(mm, kBase + 3 * kPage), kBase + 3 * kPage);
  EXPECT_EQ(process.vmas(kBase), "0-3 rw-p");
  EXPECT_EQ(process.hart().get(kBase + 64), 1u);
  EXPECT_EQ(do_brk(mm, kBase + kPage + 1), kBase + kPage + 1);
  EXPECT_EQ(process.vmas(kBase), "0-2 rw-p");
  mm.rlimit_data = 8 * kPage;
  EXPECT_EQ(do_brk(mm, kBase + 9 * kPage), kBase + kPage + 1);
}

TEST_F(AddressSpace, heap_stops_at_the_next_mapping) {
  set_brk_start(mm, kBase);
  process.map_anon(kBase + 4 * kPage, 1, PROT_READ);
  EXPECT_EQ(do_brk(mm, kBase + 4 * kPage), kBase + 4 * kPage);
  EXPECT_EQ(do_brk(mm, kBase + 4 * kPage + 1), kBase + 4 * kPage);
}

TEST_F(AddressSpace, root_table_has_the_kernels_upper_half) {
  for (unsigned i = 0; i < 512; ++i) {
    EXPECT_EQ(mm.pgd[i].value, i < 256 ? 0 : machine.kernel_root()[i].value);
  }
}

TEST_F(AddressSpace, exit_returns_every_page) {
  f.writable = true;
  const auto use_everything = [&] {
    Process other(machine);
    other.map_anon(kBase, 600);
    other.map_file(2 * kBase, 8, f, kRw);
    other.map_file(3 * kBase, 8, f, kRw, MAP_SHARED);
    ASSERT_GT(do_mmap(other.mm(), nullptr, 0, 40 * kPage, kRw, MAP_SHARED | MAP_ANONYMOUS, 0), 0);
    ASSERT_EQ(setup_stack_vma(other.mm(), TASK_SIZE, kPage), 0);
    for (const vm_area_struct* vma = other.mm().mmap; vma != nullptr; vma = vma->vm_next) {
      for (std::uintptr_t va = vma->vm_start; va < vma->vm_end; va += kPage) {
        if (va % (3 * kPage) != 0) {
          other.hart().put(va, va);
        } else {
          EXPECT_EQ(other.hart().get(va) >> 63, 0u);
        }
      }
    }
  };
  const std::uint64_t free_before = Machine::settled_free_pages();
  const std::uint64_t objects_before = nr_slab().objects;
  use_everything();
  EXPECT_EQ(Machine::settled_free_pages(), free_before);
  EXPECT_EQ(nr_slab().objects, objects_before);
  EXPECT_EQ(f.f_count, 1);
}

}  // namespace
}  // namespace faultline::test
