// SPDX-License-Identifier: Apache-2.0
// Inserts keys in random order into a B-tree whose nodes are pages, then looks all of them up and
// walks them in order: the index of a database, where each level of a lookup is another page and so
// another TLB entry. Nodes split as they fill, so memory grows page by page as it would in a
// program. Checks every value and the order.

#include <algorithm>

#include "sw/programs/marker.h"
#include "sw/programs/memory.h"
#include "sw/programs/options.h"
#include "sw/programs/random.h"

namespace {

using namespace program;

constexpr char kUsage[] =
    "usage: btree [--keys N] [--lookups M] [--seed S]\n"
    "Inserts N keys (20000), then makes M lookups (N), every fourth of an absent key. The region "
    "of\n"
    "interest is both.\n";

/// A leaf holds keys and values. An inner node holds keys and children: child i leads to the keys
/// that are at least key i and less than key i + 1; key 0 is not looked at.
struct Node {
  static constexpr std::size_t kCapacity = 255;
  std::uint64_t count;
  std::uint64_t is_leaf;
  std::uint64_t keys[kCapacity];
  std::uint64_t values[kCapacity];  ///< of an inner node: indices of nodes
};
static_assert(sizeof(Node) == kPageSize);

class BTree {
 public:
  /// Has room for `keys` keys: nodes are at least half full, but for those on the way to the last.
  explicit BTree(std::size_t keys)
      : nodes_(map_array<Node>(keys / (Node::kCapacity / 2 - 1) + kMostLevels)) {
    nodes_[root_].is_leaf = 1;
  }

  /// Inserts a key that is not there.
  void insert(std::uint64_t key, std::uint64_t value) {
    if (nodes_[root_].count == Node::kCapacity) {
      const std::size_t old_root = root_;
      root_ = used_++;
      Node& root = nodes_[root_];
      root.count = 1;
      root.values[0] = old_root;
      split_child(root, 0);
    }
    Node* node = &nodes_[root_];
    while (node->is_leaf == 0) {
      std::size_t at = child_of(*node, key);
      if (nodes_[node->values[at]].count == Node::kCapacity) {
        split_child(*node, at);
        at = child_of(*node, key);
      }
      node = &nodes_[node->values[at]];
    }
    put(*node, lower_bound(*node, key), key, value);
  }

  /// The value of a key; 0 if it is absent.
  [[nodiscard]] std::uint64_t value_of(std::uint64_t key) const {
    const Node* node = &nodes_[root_];
    while (node->is_leaf == 0) node = &nodes_[node->values[child_of(*node, key)]];
    const std::size_t at = lower_bound(*node, key);
    return at < node->count && node->keys[at] == key ? node->values[at] : 0;
  }

  /// Whether all keys, taken in order, ascend; adds their number to `count`.
  [[nodiscard]] bool in_order(std::size_t& count) const {
    std::uint64_t last = 0;
    return walk(nodes_[root_], last, count);
  }
  [[nodiscard]] std::size_t pages() const { return used_; }

 private:
  static constexpr std::size_t kMostLevels = 16;

  /// Index of the first key that is not less.
  static std::size_t lower_bound(const Node& node, std::uint64_t key) {
    return static_cast<std::size_t>(std::lower_bound(node.keys, node.keys + node.count, key) -
                                    node.keys);
  }
  static std::size_t child_of(const Node& node, std::uint64_t key) {
    return static_cast<std::size_t>(std::upper_bound(node.keys + 1, node.keys + node.count, key) -
                                    node.keys - 1);
  }
  static void put(Node& node, std::size_t at, std::uint64_t key, std::uint64_t value) {
    std::copy_backward(node.keys + at, node.keys + node.count, node.keys + node.count + 1);
    std::copy_backward(node.values + at, node.values + node.count, node.values + node.count + 1);
    node.keys[at] = key;
    node.values[at] = value;
    ++node.count;
  }

  /// Moves the upper half of a full child into a new node beside it. `parent` has room.
  void split_child(Node& parent, std::size_t at) {
    constexpr std::size_t kHalf = Node::kCapacity / 2;
    Node& low = nodes_[parent.values[at]];
    const std::size_t index = used_++;
    Node& high = nodes_[index];
    high.is_leaf = low.is_leaf;
    high.count = low.count - kHalf;
    std::copy_n(low.keys + kHalf, high.count, high.keys);
    std::copy_n(low.values + kHalf, high.count, high.values);
    low.count = kHalf;
    put(parent, at + 1, high.keys[0], index);
  }

  bool walk(const Node& node, std::uint64_t& last, std::size_t& count) const {
    for (std::size_t i = 0; i < node.count; ++i) {
      if (node.is_leaf == 0) {
        if (!walk(nodes_[node.values[i]], last, count)) return false;
        continue;
      }
      if (node.keys[i] <= last) return false;
      last = node.keys[i];
      ++count;
    }
    return true;
  }

  std::span<Node> nodes_;
  std::size_t root_ = 0;
  std::size_t used_ = 1;
};

/// Key number `index`: never 0, all different, in no order. Odd numbers only with an odd factor, so
/// that even ones are absent.
std::uint64_t key_of(std::uint64_t index) {
  return (2 * index + 1) * 0xd1342543de82ef95;
}

/// Lookups that gave the wrong value.
std::size_t look_up(const BTree& tree, std::size_t lookups, std::size_t keys, std::uint64_t seed) {
  Random random(seed);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < lookups; ++i) {
    const bool absent = i % 4 == 3;
    const std::size_t index = random.next() % keys;
    const std::uint64_t key = key_of(index) + (absent ? 1 : 0);
    if (tree.value_of(key) != (absent ? 0 : index + 1)) ++wrong;
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv, {"keys", "lookups", "seed"}, kUsage);
  const std::size_t keys = options.number("keys", 20000, 1, kMaxPages * 64);
  const std::size_t lookups = options.number("lookups", keys, 0, ~std::uint64_t{0});
  const std::uint64_t seed = options.number("seed", 1, 0, ~std::uint64_t{0});
  BTree tree(keys);

  marker::region_begins();
  for (std::size_t i = 0; i < keys; ++i) tree.insert(key_of(i), i + 1);
  const std::size_t wrong = look_up(tree, lookups, keys, seed);
  marker::region_ends();

  std::size_t found = 0;
  const bool right = tree.in_order(found) && found == keys && wrong == 0;
  std::printf("btree: %zu keys in %zu pages, %zu lookups, %zu wrong: %s\n", keys, tree.pages(),
              lookups, wrong, right ? "passed" : "FAILED");
  return right ? 0 : 1;
}
