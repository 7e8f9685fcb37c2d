// SPDX-License-Identifier: Apache-2.0
// The index of the page cache, and what is read and dropped through it.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "tests/firmware/mm/machine.h"

namespace faultline::test {
namespace {

struct PageTree : ::testing::Test {
  Machine machine;
  page_tree tree;
  page pages[8] = {};
};

TEST_F(PageTree, empty_tree_finds_nothing) {
  std::uint64_t index = 0;
  EXPECT_EQ(tree.load(0), nullptr);
  EXPECT_EQ(tree.find(index, ~std::uint64_t{0}), nullptr);
  EXPECT_EQ(tree.erase(5), nullptr);
}

TEST_F(PageTree, holds_indices_from_0_to_the_largest) {
  const std::uint64_t indices[] = {0, 63, 64, 4095, 1u << 20, ~std::uint64_t{0}};
  for (unsigned i = 0; i < 6; ++i) {
    ASSERT_TRUE(tree.store(indices[i], &pages[i]));
  }
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(tree.load(indices[i]), &pages[i]);
  }
  EXPECT_EQ(tree.load(1), nullptr);
  EXPECT_EQ(tree.load(65), nullptr);
  EXPECT_EQ(tree.load(std::uint64_t{1} << 63), nullptr);
  std::uint64_t at = 65;
  EXPECT_EQ(tree.find(at, 4094), nullptr);
  at = 65;
  EXPECT_EQ(tree.find(at, 4095), &pages[3]);
  EXPECT_EQ(at, 4095u);
  at = (1u << 20) + 1;
  EXPECT_EQ(tree.find(at, ~std::uint64_t{0}), &pages[5]);
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(tree.erase(indices[i]), &pages[i]);
  }
}

TEST_F(PageTree, agrees_with_an_ordered_map_and_frees_its_nodes) {
  const std::uint64_t objects_before = nr_slab().objects;
  std::map<std::uint64_t, page*> reference;
  std::mt19937_64 random(7);
  for (unsigned step = 0; step < 20000; ++step) {
    const std::uint64_t index = random() >> (64 - 4 * (1 + random() % 6));
    switch (random() % 3) {
      case 0:
        if (!reference.contains(index)) {
          page* p = &pages[random() % 8];
          ASSERT_TRUE(tree.store(index, p));
          reference[index] = p;
        }
        break;
      case 1: {
        const auto it = reference.find(index);
        EXPECT_EQ(tree.erase(index), it == reference.end() ? nullptr : it->second);
        reference.erase(index);
        break;
      }
      default: {
        std::uint64_t at = index;
        page* found = tree.find(at, index + 1000);
        const auto it = reference.lower_bound(index);
        const bool expected = it != reference.end() && it->first <= index + 1000;
        ASSERT_EQ(found, expected ? it->second : nullptr);
        if (expected) {
          ASSERT_EQ(at, it->first);
        }
        std::map<std::uint64_t, page*> visited;
        tree.for_each(index, index + 300, [&](std::uint64_t place, page& visitee) {
          ASSERT_TRUE(visited.empty() || visited.rbegin()->first < place);
          visited[place] = &visitee;
        });
        const std::map<std::uint64_t, page*> in_range(it, reference.upper_bound(index + 300));
        ASSERT_EQ(visited, in_range);
      }
    }
  }
  for (const auto& [index, p] : reference) {
    ASSERT_EQ(tree.erase(index), p);
  }
  EXPECT_EQ(nr_slab().objects, objects_before);
}

TEST_F(PageTree, visits_pages_up_to_the_largest_index) {
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};
  ASSERT_TRUE(tree.store(kLargest, &pages[0]));
  ASSERT_TRUE(tree.store(kLargest - 64, &pages[1]));
  std::vector<std::uint64_t> visited;
  tree.for_each(0, kLargest, [&](std::uint64_t index, page&) { visited.push_back(index); });
  EXPECT_EQ(visited, (std::vector<std::uint64_t>{kLargest - 64, kLargest}));
  tree.erase(kLargest);
  tree.erase(kLargest - 64);
}

TEST_F(PageTree, inserting_does_not_replace) {
  ASSERT_EQ(tree.insert(7, &pages[0]), insertion::done);
  EXPECT_EQ(tree.insert(7, &pages[1]), insertion::occupied);
  EXPECT_EQ(tree.erase(7), &pages[0]);
}

TEST_F(PageTree, failing_for_memory_changes_nothing) {
  ASSERT_TRUE(tree.store(3, &pages[3]));
  std::vector<page*> hoard;
  while (page* p = alloc_pages(GFP_KERNEL, 0)) {
    hoard.push_back(p);
  }
  unsigned stored = 0;
  while (tree.store((std::uint64_t{stored} + 1) << 40, &pages[1])) {
    ++stored;
  }
  EXPECT_EQ(tree.load((std::uint64_t{stored} + 1) << 40), nullptr);
  EXPECT_EQ(tree.load(3), &pages[3]);
  for (unsigned i = 1; i <= stored; ++i) {
    EXPECT_EQ(tree.erase(std::uint64_t{i} << 40), &pages[1]);
  }
  EXPECT_EQ(tree.erase(3), &pages[3]);
  for (page* p : hoard) {
    put_page(p);
  }
}

struct PageCache : ::testing::Test {
  Machine machine;
};

TEST_F(PageCache, read_crosses_pages_and_stops_at_the_end) {
  TestFile f(5, 3, TestFile::Cached::All, 8);
  std::vector<std::uint64_t> words(3 * 512);
  const std::int64_t bytes = filemap_read(*f.f_mapping, 4088, words.data(), words.size() * 8);
  ASSERT_EQ(bytes, 3 * 4096 - 8 - 4088);
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(bytes) / 8; ++i) {
    ASSERT_EQ(words[i], f.word(4088 + i * 8));
  }
  EXPECT_EQ(filemap_read(*f.f_mapping, 3 * 4096 - 8, words.data(), 8), 0);
}

TEST_F(PageCache, read_brings_missing_pages_in_and_reports_errors) {
  TestFile f(6, 4, TestFile::Cached::None);
  std::uint64_t word = 0;
  EXPECT_EQ(filemap_read(*f.f_mapping, 4096, &word, 8), 8);
  EXPECT_EQ(word, f.word(4096));
  EXPECT_EQ(f.f_mapping->nrpages, 1u);
  f.break_device();
  EXPECT_EQ(filemap_read(*f.f_mapping, 0, &word, 8), -MM_EIO);
  EXPECT_EQ(filemap_read(*f.f_mapping, 4096, &word, 8), 8) << "cached pages need no device";
}

TEST_F(PageCache, page_is_inserted_only_once) {
  TestFile f(7, 1);
  page* p = alloc_pages(GFP_KERNEL, 0);
  EXPECT_EQ(filemap_add_folio(*f.f_mapping, p, 0), -MM_EEXIST);
  put_page(p);
}

TEST_F(PageCache, dropping_a_file_returns_its_pages) {
  const std::uint64_t free_before = Machine::settled_free_pages();
  {
    TestFile f(8, 100);
    EXPECT_EQ(f.f_mapping->nrpages, 100u);
  }
  EXPECT_EQ(Machine::settled_free_pages(), free_before);
}

}  // namespace
}  // namespace faultline::test
