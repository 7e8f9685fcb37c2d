// SPDX-License-Identifier: Apache-2.0
#include "sw/lib/avl_tree.h"

namespace {

std::int32_t height(const avl_node* node) {
  return node == nullptr ? 0 : node->height;
}

void update_height(avl_node& node) {
  const std::int32_t l = height(node.left);
  const std::int32_t r = height(node.right);
  node.height = (l > r ? l : r) + 1;
}

}  // namespace

void avl_tree::insert(avl_node& node, avl_node* parent, avl_node** link) {
  node = {.left = nullptr, .right = nullptr, .parent = parent, .height = 1};
  *link = &node;
  rebalance_upwards(parent);
}

void avl_tree::erase(avl_node& node) {
  if (node.left == nullptr || node.right == nullptr) {
    avl_node* child = node.left != nullptr ? node.left : node.right;
    replace_child(node.parent, &node, child);
    rebalance_upwards(node.parent);
    return;
  }
  // Two children: the successor, which has no left child, takes the node's place.
  avl_node* next = node.right;
  while (next->left != nullptr) {
    next = next->left;
  }
  avl_node* lowest_changed = next;
  if (next->parent != &node) {
    lowest_changed = next->parent;
    replace_child(next->parent, next, next->right);
    next->right = node.right;
    next->right->parent = next;
  }
  next->left = node.left;
  next->left->parent = next;
  next->height = node.height;
  replace_child(node.parent, &node, next);
  rebalance_upwards(lowest_changed);
}

void avl_tree::replace_child(avl_node* parent, avl_node* from, avl_node* to) {
  if (parent == nullptr) {
    root_ = to;
  } else if (parent->left == from) {
    parent->left = to;
  } else {
    parent->right = to;
  }
  if (to != nullptr) {
    to->parent = parent;
  }
}

avl_node* avl_tree::rotate(avl_node* down, bool left) {
  avl_node* up = left ? down->right : down->left;
  avl_node* moved = left ? up->left : up->right;
  replace_child(down->parent, down, up);
  (left ? down->right : down->left) = moved;
  if (moved != nullptr) {
    moved->parent = down;
  }
  (left ? up->left : up->right) = down;
  down->parent = up;
  update_height(*down);
  update_height(*up);
  return up;
}

void avl_tree::rebalance_upwards(avl_node* node) {
  while (node != nullptr) {
    const std::int32_t old_height = node->height;
    const std::int32_t lean = height(node->left) - height(node->right);
    if (lean > 1) {
      if (height(node->left->left) < height(node->left->right)) {
        rotate(node->left, true);
      }
      node = rotate(node, false);
    } else if (lean < -1) {
      if (height(node->right->right) < height(node->right->left)) {
        rotate(node->right, false);
      }
      node = rotate(node, true);
    } else {
      update_height(*node);
    }
    if (node->height == old_height) {
      return;
    }
    node = node->parent;
  }
}
