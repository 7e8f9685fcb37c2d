// SPDX-License-Identifier: Apache-2.0
#pragma once

// Intrusive AVL tree: a balanced search tree whose nodes live in the objects. It keeps shape and
// balance only; the owner compares keys while it descends (as with Linux's rbtree), so that lookups
// are inlined into the owner's own code. Not synchronised.

#include <cstdint>

/// A node; what it holds is meaningless while it is in no tree.
struct avl_node {
  avl_node* left;
  avl_node* right;
  avl_node* parent;
  std::int32_t height;  ///< of the subtree: 1 for a leaf
};

/// The tree. All-zero bytes are an empty tree.
class avl_tree {
 public:
  [[nodiscard]] avl_node* root() const { return root_; }

  /// Hangs `node` into the empty place `*link` below `parent` (both found by descending from
  /// root_link()) and balances.
  void insert(avl_node& node, avl_node* parent, avl_node** link);
  /// Takes `node` out and balances.
  void erase(avl_node& node);
  /// Where a descent starts: the address of the root pointer.
  [[nodiscard]] avl_node** root_link() { return &root_; }

 private:
  void rebalance_upwards(avl_node* node);
  avl_node* rotate(avl_node* down, bool left);
  void replace_child(avl_node* parent, avl_node* from, avl_node* to);

  avl_node* root_ = nullptr;
};
