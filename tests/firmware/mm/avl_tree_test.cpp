// SPDX-License-Identifier: Apache-2.0
// The balanced tree under the VMAs: order, links and balance under random insertion and removal.

#include "sw/lib/avl_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <set>

namespace faultline::test {
namespace {

struct Item {
  avl_node node;
  int key;
};

Item* item_of(avl_node* node) {
  return reinterpret_cast<Item*>(reinterpret_cast<std::uintptr_t>(node) - offsetof(Item, node));
}

void insert(avl_tree& tree, Item& item) {
  avl_node* parent = nullptr;
  avl_node** link = tree.root_link();
  while (*link != nullptr) {
    parent = *link;
    link = item.key < item_of(parent)->key ? &parent->left : &parent->right;
  }
  tree.insert(item.node, parent, link);
}

// Checks the subtree and appends its keys in order; returns its height.
int check(avl_node* node, const avl_node* parent, std::set<int>& keys) {
  if (node == nullptr) {
    return 0;
  }
  EXPECT_EQ(node->parent, parent);
  const int left = check(node->left, node, keys);
  EXPECT_TRUE(keys.empty() || *keys.rbegin() < item_of(node)->key);
  keys.insert(item_of(node)->key);
  const int right = check(node->right, node, keys);
  EXPECT_LE(std::abs(left - right), 1);
  EXPECT_EQ(node->height, std::max(left, right) + 1);
  return node->height;
}

TEST(AvlTree, stays_ordered_and_balanced) {
  constexpr unsigned kSeed = 11;
  RecordProperty("seed", kSeed);
  std::mt19937 random(kSeed);
  std::array<Item, 300> items{};
  for (int i = 0; i < 300; ++i) {
    items[static_cast<std::size_t>(i)].key = i;
  }
  avl_tree tree;
  std::set<int> reference;
  for (unsigned step = 0; step < 5000; ++step) {
    Item& item = items[random() % items.size()];
    if (reference.insert(item.key).second) {
      insert(tree, item);
    } else {
      tree.erase(item.node);
      reference.erase(item.key);
    }
    std::set<int> keys;
    check(tree.root(), nullptr, keys);
    ASSERT_EQ(keys, reference);
    ASSERT_FALSE(HasFailure());
  }
}

TEST(AvlTree, ascending_insertion_gives_the_height_of_a_full_tree) {
  std::array<Item, 1023> items{};
  avl_tree tree;
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].key = static_cast<int>(i);
    insert(tree, items[i]);
  }
  EXPECT_EQ(tree.root()->height, 10);
}

}  // namespace
}  // namespace faultline::test
