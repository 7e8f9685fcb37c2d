// SPDX-License-Identifier: Apache-2.0
// Frames, blocks and small objects.

#include "sw/kernel/mm/page_alloc.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "sw/kernel/mm/slab.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

struct PageAlloc : ::testing::Test {
  static constexpr std::uint64_t kRam = 16u << 20;
  Machine machine{kRam};
};

TEST_F(PageAlloc, all_frames_but_the_reserved_and_the_descriptors_are_managed) {
  constexpr std::uint64_t kFrames = kRam / PAGE_SIZE;
  constexpr std::uint64_t kReserved = Machine::kReservedBytes / PAGE_SIZE;
  constexpr std::uint64_t kDescriptors = kFrames * 64 / PAGE_SIZE;
  EXPECT_EQ(totalram_pages(), kFrames - kReserved - kDescriptors);
  EXPECT_EQ(nr_free_pages(), totalram_pages() - 1) << "the zero page";
}

TEST_F(PageAlloc, new_page_is_in_ram_not_reserved_and_belongs_to_nobody) {
  page* p = alloc_pages(GFP_KERNEL, 0);
  ASSERT_NE(p, nullptr);
  EXPECT_GE(page_to_pfn(p) * PAGE_SIZE, Machine::kRamBase + Machine::kReservedBytes);
  EXPECT_EQ(p->flags, 0u);
  EXPECT_EQ(p->refcount, 1);
  EXPECT_EQ(p->mapcount, -1);
  EXPECT_EQ(p->mapping, 0u);
  EXPECT_EQ(virt_to_page(page_address(p)), p);
  put_page(p);
}

TEST_F(PageAlloc, blocks_are_aligned_to_their_size_and_do_not_overlap) {
  std::set<std::uint64_t> frames;
  std::vector<page*> blocks;
  for (unsigned order = 0; order <= 9; ++order) {
    page* p = alloc_pages(GFP_KERNEL, order);
    ASSERT_NE(p, nullptr) << order;
    EXPECT_EQ(page_to_pfn(p) % (1u << order), 0u) << order;
    for (std::uint64_t i = 0; i < 1u << order; ++i) {
      EXPECT_TRUE(frames.insert(page_to_pfn(p) + i).second);
    }
    blocks.push_back(p);
  }
  for (page* p : blocks) {
    put_page(p);
  }
}

TEST_F(PageAlloc, freed_neighbours_grow_together_again) {
  const std::uint64_t free_before = nr_free_pages();
  std::vector<page*> pages;
  while (page* p = alloc_pages(GFP_ATOMIC, 0)) {
    pages.push_back(p);
  }
  EXPECT_EQ(pages.size(), free_before);
  EXPECT_EQ(nr_free_pages(), 0u);
  std::mt19937 random(1);
  std::shuffle(pages.begin(), pages.end(), random);
  for (page* p : pages) {
    put_page(p);
  }
  drain_local_pages();
  EXPECT_EQ(nr_free_pages(), free_before);
  page* large = alloc_pages(GFP_KERNEL, kMaxOrder);
  ASSERT_NE(large, nullptr);
  put_page(large);
}

TEST_F(PageAlloc, pages_kept_by_the_hart_are_given_up_for_a_large_block) {
  std::vector<page*> blocks;
  while (page* p = alloc_pages(GFP_KERNEL, 1)) {
    blocks.push_back(p);
  }
  page* split[2] = {};
  put_page(blocks.back());
  blocks.pop_back();
  for (page*& p : split) {
    p = alloc_pages(GFP_KERNEL, 0);
  }
  while (page* p = alloc_pages(GFP_KERNEL, 0)) {
    blocks.push_back(p);
  }
  put_page(split[0]);
  put_page(split[1]);
  page* pair = alloc_pages(GFP_KERNEL, 1);
  ASSERT_NE(pair, nullptr);
  put_page(pair);
  for (page* p : blocks) {
    put_page(p);
  }
}

TEST_F(PageAlloc, zeroed_blocks_are_zeroed_page_by_page) {
  const Since since(machine);
  page* p = alloc_pages(__GFP_ZERO, 2);
  const auto* bytes = static_cast<const unsigned char*>(page_address(p));
  for (std::size_t i = 0; i < 4 * PAGE_SIZE; ++i) {
    ASSERT_EQ(bytes[i], 0);
  }
  EXPECT_EQ(since.arch().cleared, 4u);
  put_page(p);
}

TEST_F(PageAlloc, memory_reserved_at_boot_can_be_freed_later) {
  const std::uint64_t free_before = nr_free_pages();
  free_reserved_area(Machine::kRamBase + 0x1001, Machine::kRamBase + 0x20fff);
  EXPECT_EQ(nr_free_pages(), free_before + 0x1e);
  EXPECT_EQ(totalram_pages(), free_before + 0x1e + 1);
}

TEST_F(PageAlloc, what_is_freed_beyond_the_end_of_ram_is_left_out) {
  const std::uint64_t free_before = nr_free_pages();
  const std::uint64_t end = Machine::kRamBase + (32u << 20);
  free_reserved_area(end, end + 2 * PAGE_SIZE);
  EXPECT_EQ(nr_free_pages(), free_before);
}

TEST_F(PageAlloc, random_orders_leave_nothing_behind) {
  const std::uint64_t free_before = Machine::settled_free_pages();
  constexpr unsigned kSeed = 20240611;
  RecordProperty("seed", kSeed);
  std::mt19937 random(kSeed);
  struct Block {
    page* p;
    unsigned order;
  };
  std::vector<Block> blocks;
  std::set<std::uint64_t> used;
  for (unsigned step = 0; step < 20000; ++step) {
    if (random() % 2 == 0 || blocks.empty()) {
      const auto order = static_cast<unsigned>(random() % (random() % 16 == 0 ? kMaxOrder + 1 : 3));
      page* p = alloc_pages(GFP_KERNEL, order);
      if (p == nullptr) {
        continue;
      }
      for (std::uint64_t i = 0; i < 1u << order; ++i) {
        ASSERT_TRUE(used.insert(page_to_pfn(p) + i).second) << "frame handed out twice";
      }
      // Whatever the owner writes must not disturb the allocator.
      std::memset(page_address(p), 0x5a, PAGE_SIZE << order);
      blocks.push_back({p, order});
    } else {
      const std::size_t pick = random() % blocks.size();
      const Block block = blocks[pick];
      blocks[pick] = blocks.back();
      blocks.pop_back();
      for (std::uint64_t i = 0; i < 1u << block.order; ++i) {
        used.erase(page_to_pfn(block.p) + i);
      }
      put_page(block.p);
    }
  }
  for (const Block& block : blocks) {
    put_page(block.p);
  }
  EXPECT_EQ(Machine::settled_free_pages(), free_before);
}

TEST(PageAllocLayout, reserved_ranges_may_overlap_and_lie_anywhere) {
  constexpr std::uint64_t kBytes = 8u << 20;
  Machine machine(kBytes);  // gives the arena and the linear map
  const std::uint64_t base = Machine::kRamBase;
  const phys_range reserved[] = {{base + kBytes - 0x3800, base + kBytes - 0x1000},
                                 {base, base + 0x5000},
                                 {base + 0x4000, base + 0x8001},
                                 {base + 0x400000, base + 0x401000}};
  page_alloc_init({base, base + kBytes}, reserved, 4);
  // 4 frames at the end but one, 9 at the start, 1 in the middle, 32 for the descriptors of 2048
  // frames.
  EXPECT_EQ(totalram_pages(), 2048u - 3 - 9 - 1 - 32);
  std::set<std::uint64_t> frames;
  while (page* p = alloc_pages(GFP_ATOMIC, 0)) {
    frames.insert(page_to_pfn(p) - base / PAGE_SIZE);
  }
  EXPECT_EQ(frames.size(), totalram_pages());
  EXPECT_FALSE(frames.contains(0));
  EXPECT_FALSE(frames.contains(8));
  EXPECT_TRUE(frames.contains(9));
  EXPECT_FALSE(frames.contains(0x400));
  EXPECT_TRUE(frames.contains(2047));
  EXPECT_FALSE(frames.contains(2046));
  EXPECT_FALSE(frames.contains(2044));
}

TEST_F(PageAlloc, reserve_is_for_those_who_cannot_wait) {
  // 4 * sqrt(16 MiB / 1 KiB) KiB are kept; the margin above is a quarter of that.
  const std::uint64_t kilobytes = totalram_pages() * 4;
  const std::uint64_t min = zone_watermark(WMARK_MIN);
  EXPECT_LE(min * min, kilobytes);
  EXPECT_GT((min + 1) * (min + 1), kilobytes);
  EXPECT_EQ(zone_watermark(WMARK_LOW), min + min / 4);
  EXPECT_EQ(zone_watermark(WMARK_HIGH), min + min / 4 * 2);
  std::vector<page*> pages;
  const auto take_all = [&](gfp_t gfp) {
    while (page* p = alloc_pages(gfp, 0)) {
      pages.push_back(p);
    }
  };
  take_all(GFP_NOWAIT);
  EXPECT_EQ(nr_free_pages(), min);
  take_all(GFP_KERNEL);
  EXPECT_EQ(nr_free_pages(), min) << "there is nothing to evict";
  pages.push_back(alloc_pages(GFP_ATOMIC, 0));
  EXPECT_EQ(nr_free_pages(), min - 1);
  EXPECT_EQ(alloc_pages(GFP_NOWAIT, 0), nullptr) << "the reserve is not opened for others";
  take_all(GFP_ATOMIC);
  EXPECT_EQ(nr_free_pages(), 0u);
  for (page* p : pages) {
    put_page(p);
  }
}

struct Slab : PageAlloc {};

TEST_F(Slab, objects_are_aligned_and_do_not_overlap) {
  for (const std::size_t bytes : {1u, 16u, 17u, 100u, 576u, 2048u, 3000u, 5000u, 20000u}) {
    std::vector<unsigned char*> objects;
    for (unsigned i = 0; i < 50; ++i) {
      auto* object = static_cast<unsigned char*>(kmalloc(bytes));
      ASSERT_NE(object, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(object) % 16, 0u);
      std::memset(object, static_cast<int>(i), bytes);
      objects.push_back(object);
    }
    for (unsigned i = 0; i < 50; ++i) {
      EXPECT_EQ(objects[i][0], i);
      EXPECT_EQ(objects[i][bytes - 1], i);
      kfree(objects[i]);
    }
  }
}

TEST_F(Slab, empty_pages_go_back_but_one) {
  std::vector<void*> objects;
  for (unsigned i = 0; i < 200; ++i) {
    objects.push_back(kmalloc(500));
  }
  EXPECT_EQ(nr_slab().pages, 25u);
  EXPECT_EQ(nr_slab().objects, 200u);
  for (void* object : objects) {
    kfree(object);
  }
  EXPECT_EQ(nr_slab().pages, 1u);
  EXPECT_EQ(nr_slab().objects, 0u);
}

TEST_F(Slab, zeroed_memory_is_zeroed_after_use) {
  void* first = kmalloc(64);
  std::memset(first, 0xff, 64);
  kfree(first);
  auto* second = static_cast<unsigned char*>(kzalloc(64));
  EXPECT_EQ(second, first) << "the object freed last is the warm one";
  for (unsigned i = 0; i < 64; ++i) {
    EXPECT_EQ(second[i], 0);
  }
  kfree(second);
  kfree(nullptr);
}

TEST_F(Slab, requests_above_four_megabytes_are_refused) {
  EXPECT_EQ(kmalloc((4u << 20) + 1), nullptr);
}

}  // namespace
}  // namespace faultline::test
